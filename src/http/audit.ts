import type { FastifyInstance, FastifyRequest } from 'fastify'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { z } from 'zod'
import type { Log } from '../foundation/log.js'
import { agentUri, groupName } from '../routing/world/ids.js'
import type { AuditEntry, AuditFilter, NumberedEntry } from '../store/port.js'
import type { Access } from './access.js'
import { auditedTexts, fieldsOf, short } from './audited-texts.js'
import { iso } from '../foundation/time.js'
import type { LiveServer } from './live-server.js'
import { pageOf } from './pages.js'
import { auditListQuery, auditQuery, defined, parsed } from './queries.js'
import { sendCsv } from './reports.js'
import { Running } from './running.js'
import { Problem, readable } from './problem.js'
import type { auditSchema } from './documents.js'
import { csvLine } from '../observability/csv.js'
import { routeOf, type Route } from './routes.js'

/** Writes a requested change to the audit log: one that was made, before its response is sent, or one that is `refused`, with the reason. */
export type AuditNote = (request: FastifyRequest, refused?: string) => void

/** In characters. Reasons of refusals repeat parts of the request, so they are truncated too. */
const longestReason = 300

/** Answers that were noted before, for example further ranges of the same sound. */
const noted = new WeakSet<FastifyRequest>()

/** Keeps this request out of the audit log, because an entry for the same thing is there already. */
export const leaveOutOfAudit = (request: FastifyRequest): void => void noted.add(request)

const columns = ['at', 'who', 'kind', 'from', 'what', 'agent', 'group', 'done', 'because'] as const
const mostListed = 20_000
const entriesPerTurn = 500
/** Lists in progress. Each takes up to 10 MB. */
const mostLists = { ofPerson: 1, inAll: 4 }

interface AuditParts {
  readonly live: LiveServer
  readonly access: Access
  /** The filter of the store, limited to what the person may see. */
  readonly filterOf: (request: FastifyRequest, asked: z.output<typeof auditListQuery>) => Omit<AuditFilter, 'limit'>
}

/** `/api/audit`: who changed what. Managers read the changes to the agents they manage. */
export function auditRoutes(server: FastifyInstance, live: LiveServer, access: Access): void {
  const filterOf: AuditParts['filterOf'] = (request, asked) => {
    const managed = access.who(request)?.role === 'manager' ? [...access.sight(request).managed.agents] : undefined
    return defined({ ...asked, agents: managed })
  }
  auditListRoute(server, { live, access, filterOf })
  server.get('/api/audit', async request => {
    const { cursor, limit, ...asked } = parsed(auditQuery, request.query)
    const filter = filterOf(request, asked)
    const { reader, searched } = access.reading(request)
    const { items, next } = await pageOf<NumberedEntry, number>(
      {
        read: (most, before) => live.audit({ ...filter, ...defined({ before }), limit: most }, reader),
        placeOf: ({ id }) => id,
        ...{ bytesOf, searched },
      },
      limit,
      cursor,
    )
    return { entries: items.map(auditDocument), next: next === undefined ? null : String(next) }
  })
}

/** `/api/audit.csv`. The store is read page by page, with a turn of the event loop after each. */
function auditListRoute(server: FastifyInstance, { live, access, filterOf }: AuditParts): void {
  const lists = new Running(
    mostLists,
    () => new Problem(429, 'too many lists are being made; try again in a few seconds', { 'retry-after': '5' }),
  )
  server.get('/api/audit.csv', async (request, reply) => {
    const filter = filterOf(request, parsed(auditListQuery, request.query))
    const { reader, searched } = access.reading(request)
    const left = lists.enter(access.who(request))
    const lines = [csvLine(columns)]
    try {
      for (let before: number | undefined; ;) {
        const { items, next } = await readable(live.audit({ ...filter, ...defined({ before }), limit: entriesPerTurn }, reader))
        for (const entry of items.map(auditDocument)) lines.push(csvLine(columns.map(column => String(entry[column] ?? ''))))
        if (next === undefined || reply.raw.destroyed) break
        if (lines.length > mostListed)
          throw new Problem(400, `more than ${mostListed} entries match: ask for a shorter time, or add a filter`)
        if (items.length < entriesPerTurn) searched()
        before = next
        await nextTurn()
      }
    } finally {
      left()
    }
    return sendCsv(reply, 'audit', lines)
  })
}

/** In bytes: a little more than an entry takes, because its texts are short. */
const bytesOf = (): number => 1024

/** Stores every change that an authenticated person requested, made or refused, and logs it. */
export function auditNotes(server: FastifyInstance, live: LiveServer, access: Access, log: Log): AuditNote {
  const note: AuditNote = (request, why) => {
    const refused = why === undefined ? undefined : short(why, longestReason)
    const entry = entryOf(request, refused, live, access)
    if (!entry) return
    if (refused !== undefined) access.chargeRefused(request)
    live.saveAudit(entry)
    const { who, kind, from, what, agent } = entry
    const name = kind === 'loopback' ? who : `${kind} ${who}`
    log.info?.(refused === undefined ? `${name} ${what}` : `refused to ${name}: "${what}", because ${refused}`, {
      ...{ event: 'http.change', who, from, requestId: request.id },
      ...(agent !== undefined && { agent }),
    })
  }
  // Before the response is sent, because the client may leave before it has all of it, or before it has any.
  server.addHook('onSend', (request, reply, _payload, next) => {
    if (reply.statusCode < 400 && !noted.has(request)) note(request)
    next()
  })
  return note
}

function entryOf(request: FastifyRequest, refused: string | undefined, live: LiveServer, access: Access): AuditEntry | undefined {
  const who = access.who(request)
  const route = routeOf(request.method, request.routeOptions.url ?? '')
  if (!who || !route?.audit) return undefined
  // The path says what the request is about. A body can't say anything else, and only the fields that the route takes are read.
  const of = { ...textsOfBody(route, request.body), ...auditedTexts(request.params) }
  const agent = agentUri(of['uri'] ?? of['agent'] ?? '')
  return {
    at: live.wall(live.now()),
    who: who.name,
    kind: who.kind,
    from: request.ip,
    what: route.audit(of),
    ...(agent.ok && { agent: agent.value }),
    ...(of['name'] !== undefined && route.needs === 'steer' && { group: groupName(of['name']) }),
    done: refused === undefined,
    ...(refused !== undefined && { because: refused }),
  }
}

function textsOfBody({ body }: Pick<Route, 'body'>, given: unknown): Record<string, string> {
  const names = body ? fieldsOf(body) : []
  return Object.fromEntries(Object.entries(auditedTexts(given)).filter(([name]) => names.includes(name)))
}

const auditDocument = ({
  at,
  who,
  kind,
  from,
  what,
  agent,
  group,
  done,
  because,
}: NumberedEntry): z.output<typeof auditSchema> => ({
  at: iso(at),
  who,
  kind,
  from,
  what,
  agent: agent ?? null,
  group: group ?? null,
  done,
  because: because === undefined ? null : short(because, longestReason),
})
