import type { FastifyInstance, FastifyRequest } from 'fastify'
import { editKindNames } from '../config/edit/edit-text.js'
import type { PastEdit } from '../config/edit/history.js'
import type { EditorRights } from '../config/edit/prepare.js'
import type { Change } from '../config/plan.js'
import type { CallEffect } from '../config/plan-calls.js'
import { iso } from '../foundation/time.js'
import { groupName, namedAgent, queueName, workflowName } from '../routing/world/ids.js'
import type { Access } from './access.js'
import { editBody } from './bodies.js'
import type { EditableDocument, EditOutcomeDocument, EditPageDocument } from './documents.js'
import type { AskedEdit, EditEffect, Editor, EditOutcome } from './editing.js'
import type { LiveServer } from './live-server.js'
import { Problem } from './problem.js'
import { editQuery, parsed } from './queries.js'
import type { Sight } from './rights.js'
import { Running } from './running.js'

/** In bytes. A group with 700 agents fits. Longer lists are edited in their file. */
const bodyLimit = 32 * 1024

/** `/api/config/objects` and `/api/config/edits`: the config files, edited one object at a time (decision 088). */
export function editRoutes(server: FastifyInstance, live: LiveServer, access: Access): void {
  const running = new Running({ ofPerson: 2, inAll: 24 }, busy)
  const editor = (request: FastifyRequest): Editor => editorOf(request, live, access)
  /** Runs one piece of work for a person. Two pieces of one person may run at the same time. */
  const entered = async <T>(request: FastifyRequest, work: () => Promise<T>): Promise<T> => {
    const leave = running.enter(access.who(request))
    try {
      return await work()
    } finally {
      leave()
    }
  }

  server.get('/api/config/objects', request =>
    entered(request, async () => {
      const found = await live.editing.list(editor(request))
      if (found === 'tooLarge') throw tooLarge()
      return found
    }),
  )
  server.get('/api/config/objects/:of/:id', request =>
    entered(request, async (): Promise<EditableDocument> => {
      const { of: kind, id } = request.params as { readonly of: string; readonly id: string }
      const of = editKindNames.find(each => each === kind)
      const found = of && (await live.editing.read(editor(request), of, id))
      if (!found) throw absent()
      if (found === 'tooLarge') throw tooLarge()
      if ('forbidden' in found) throw new Problem(403, found.forbidden)
      const { mayChange = null, refusal = null, ...rest } = found
      return { ...rest, mayChange, refusal }
    }),
  )
  server.post('/api/config/edits/plan', { bodyLimit }, request =>
    entered(request, async () => {
      const person = editor(request)
      const rights = person.rights()
      return outcomeDocument(await live.editing.plan(person, askedBy(request)), access.sight(request), rights)
    }),
  )
  server.post('/api/config/edits', { bodyLimit }, request =>
    entered(request, async () => {
      const person = editor(request)
      const rights = person.rights()
      const who = access.who(request)?.name ?? ''
      return outcomeDocument(await live.editing.make(person, askedBy(request), who), access.sight(request), rights)
    }),
  )
  historyRoute(server, live, access, entered)
}

type Entered = <T>(request: FastifyRequest, work: () => Promise<T>) => Promise<T>

function historyRoute(server: FastifyInstance, live: LiveServer, access: Access, entered: Entered): void {
  server.get('/api/config/edits', request =>
    entered(request, async (): Promise<EditPageDocument> => {
      const { limit, cursor } = parsed(editQuery, request.query)
      const editor = editorOf(request, live, access)
      const rights = editor.rights()
      const objects = rights.kind === 'all' ? undefined : await live.editing.list(editor)
      if (objects === 'tooLarge') throw tooLarge()
      const own = objects && new Set(objects.flatMap(({ of, name, mayEdit }) => (mayEdit ? [`${of} ${name}`] : [])))
      const found = await live.editing.history(limit + 1, cursor, ({ of, name }) => own?.has(`${of} ${name}`) ?? true)
      const edits = found.slice(0, limit)
      const last = found.length > limit ? edits.at(-1) : undefined
      return {
        edits: edits.map(edit => pastDocument(edit, access.sight(request), rights)),
        next: last === undefined ? null : String(last.id),
      }
    }),
  )
}

/** Throws if the person may edit nothing. So no route forgets to ask. */
export function editorOf(request: FastifyRequest, live: LiveServer, access: Access): Editor {
  const rights = (): EditorRights => editorRights(request, live, access)
  rights()
  // Work goes on after its client has gone. One person has at most two pieces of work at a time.
  return { rights, turn: { name: access.personOf(request) } }
}

/** Who may edit, by the config and the role. The table of routes lets only managers and admins come here. */
function editorRights(request: FastifyRequest, { editing }: LiveServer, access: Access): EditorRights {
  const who = access.whoNow(request)
  if (!who) throw new Problem(403, 'you may not edit any more')
  if (editing.allowed === 'nobody') throw new Problem(403, 'the config is edited only in its files (edits.by is nobody)')
  if (who.role === 'admin') return { kind: 'all' }
  if (editing.allowed === 'admins') throw new Problem(403, 'only admins edit the config (edits.by is admins)')
  return { kind: 'managed', workflows: who.role === 'manager' ? who.workflows : [] }
}

function askedBy(request: FastifyRequest): AskedEdit {
  const body = parsed(editBody, request.body)
  if (body.kind === 'undo') return { kind: 'undo', id: body.id }
  if (body.kind === 'add') return { kind: 'edit', edit: body }
  const { version, ...edit } = body
  return { kind: 'edit', edit, ...(version !== undefined && { version }) }
}

function outcomeDocument(outcome: EditOutcome, sight: Sight, rights: EditorRights): EditOutcomeDocument {
  switch (outcome.kind) {
    case 'planned':
      return effectDocument(outcome, sight, rights)
    case 'made':
      return { ...effectDocument(outcome, sight, rights), id: outcome.id, notCommitted: outcome.notCommitted ?? null }
    case 'faulty':
      return { ...nothing, faults: outcome.faults.map(fault => ({ ...fault, field: fault.field ?? null })) }
    case 'stale':
      throw new Problem(409, `${outcome.file} was changed since you read it: read it again, and decide again`)
    case 'absent':
      throw absent()
    case 'tooLarge':
      throw tooLarge()
    case 'forbidden':
      throw new Problem(403, outcome.because)
    case 'refused':
      throw new Problem(409, outcome.because)
  }
}

/** A manager does not see warnings about the whole config. */
function effectDocument({ file, changes, calls, warnings }: EditEffect, sight: Sight, rights: EditorRights): EditOutcomeDocument {
  const seesAll = rights.kind === 'all'
  return {
    ...{ ...nothing, done: true, file, warnings: seesAll ? warnings : [] },
    changes: changes.filter(change => seesAll || isSeen(change, sight)),
    calls: calls.filter(({ queue }) => sight.queues.has(queue)).map(callDocument),
  }
}

const nothing: EditOutcomeDocument = {
  ...{ done: false, id: null, file: null, changes: [], calls: [], warnings: [], faults: [], notCommitted: null },
}

/** A manager does not learn what others changed in the same moment. */
function isSeen({ kind, name }: Change, sight: Sight): boolean {
  switch (kind) {
    case 'workflow':
      return sight.workflows.has(workflowName(name))
    case 'queue':
      return sight.queues.has(queueName(name))
    case 'group':
      return sight.groups.has(groupName(name))
    case 'agent':
      return sight.agents.has(namedAgent(name))
    case 'server':
    case 'prompt':
      return false
  }
}

function callDocument({ call, queue, effect }: CallEffect): EditOutcomeDocument['calls'][number] {
  const isThere = effect.kind === 'keepsPlace' || effect.kind === 'moves'
  return {
    ...{ call, queue, effect: effect.kind },
    to: 'to' in effect ? effect.to : null,
    position: isThere ? (effect.position ?? null) : null,
    stopsRinging: isThere ? [...(effect.stopsRinging ?? [])] : [],
    because: 'because' in effect ? effect.because : null,
  }
}

function pastDocument(
  { back, undoes, at, changes, ...edit }: PastEdit,
  sight: Sight,
  rights: EditorRights,
): EditPageDocument['edits'][number] {
  return {
    ...edit,
    changes: changes.filter(change => rights.kind === 'all' || isSeen(change, sight)),
    at: iso(at),
    undoes: undoes ?? null,
    mayUndo: back !== undefined && (rights.kind === 'all' || edit.action === 'change'),
  }
}

const absent = (): Problem => new Problem(404, 'there is no such object in the config files')
const tooLarge = (): Problem => new Problem(409, 'the config needs too much memory or time to be read; edit the file')
const busy = (): Problem => new Problem(429, 'other edits are under way: try again', { 'retry-after': '2' })
