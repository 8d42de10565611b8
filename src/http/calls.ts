import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { iso } from '../foundation/time.js'
import type { CallId } from '../routing/ids.js'
import { callView, callViews, type CallView } from '../routing/index.js'
import type { CallRecord } from '../store/port.js'
import type { Access } from './access.js'
import type { CallDocument } from './documents.js'
import { listOf, only } from './listing.js'
import type { LiveServer } from './live-server.js'
import { Problem } from './problem.js'
import { readable, recordDocument, recordPage, recordSight, seesRecord } from './records.js'
import { actsOnCalls, type Sight } from './rights.js'

/** `/api/calls`: calls that wait, ring or talk now, or records of those that are over; `/explain` and `/ladder` as far back as stories and SIP messages are kept. */
export function callRoutes(server: FastifyInstance, live: LiveServer, access: Access): void {
  server.get<{ Querystring: { state?: string } }>('/api/calls', (request, reply) => {
    const { state, ...more } = request.query
    if (state === 'finished') return recordPage(live, request.query, recordSight(access, request))
    if ((state ?? 'active') !== 'active' || Object.keys(more).length > 0)
      throw new Problem(400, "state is 'active' (the calls of now, without filters) or 'finished' (their records)")
    const sight = access.sight(request)
    return listOf(
      reply,
      only(callViews(live.world()), view => seesCall(sight, view)),
      view => callDocument(live, view),
    )
  })

  /** A call that may not be seen is not there. */
  const find = async (request: FastifyRequest, call: CallId): Promise<CallView | CallRecord | undefined> => {
    const view = callView(live.world(), call)
    if (view) return seesCall(access.sight(request), view) ? view : undefined
    const record = await readable(live.record(call))
    return record && seesRecord(recordSight(access, request), record) ? record : undefined
  }

  server.get<{ Params: { callId: string } }>('/api/calls/:callId', async request => {
    const found = await find(request, request.params.callId as CallId)
    if (!found) throw new Problem(404, unknown(request.params.callId))
    return 'phase' in found ? callDocument(live, found) : recordDocument(found)
  })

  server.get<{ Params: { callId: string } }>('/api/calls/:callId/explain', async (request, reply) => {
    const call = request.params.callId as CallId
    const story = live.explain(call)
    const seen = (story && access.seesAll(request)) || (await find(request, call))
    if (!seen) throw new Problem(404, `nothing is known of a call '${call}': it never was here, or is too long ago`)
    if (!story)
      throw new Problem(
        404,
        `the decisions of the call '${call}' are not kept over a restart, nor for ever, unlike its record; the journal (data/journal, or journal.folder of the config) has every event for \`carillon replay\``,
      )
    return told(request, reply, story)
  })

  server.get<{ Params: { callId: string } }>('/api/calls/:callId/ladder', async (request, reply) => {
    const found = await find(request, request.params.callId as CallId)
    if (!found) throw new Problem(404, unknown(request.params.callId))
    const who = access.who(request)
    const isWhole = who !== undefined && actsOnCalls(who)
    const arrivedAt = 'phase' in found ? live.wall(found.arrivedAt) : found.arrivedAt
    return told(request, reply, await live.ladder(request.params.callId as CallId, arrivedAt, isWhole))
  })
}

const unknown = (call: string): string => `there is no call '${call}' in progress, and none in the records`

/** In words where words are asked for. */
function told(
  request: FastifyRequest,
  reply: FastifyReply,
  it: { readonly text: string; readonly document: unknown },
): FastifyReply {
  const asText = request.headers.accept?.includes('text/plain') === true
  return asText ? reply.type('text/plain; charset=utf-8').send(it.text) : reply.send(it.document)
}

/** By its queue, its workflow, or an agent of theirs whom it rings or talks to. */
export function seesCall({ queues, workflows, self }: Sight, { queue, workflow, agent, offers }: CallView): boolean {
  if (workflows.has(workflow) || (queue !== undefined && queues.has(queue))) return true
  return self !== undefined && (agent === self || offers.some(offer => offer.agent === self))
}

export function callDocument(live: LiveServer, view: CallView): CallDocument {
  const caller = live.caller(view.id)
  return {
    callId: view.id,
    workflow: view.workflow,
    caller: caller?.uri ?? '',
    callerName: caller?.displayName ?? null,
    arrivedAt: iso(live.wall(view.arrivedAt)),
    queue: view.queue ?? null,
    state: view.phase,
    since: iso(live.wall(view.since)),
    position: view.position ?? null,
    estimatedWait: view.estimatedWait === undefined ? null : view.estimatedWait / 1000,
    answers: view.answers,
    agent: view.agent ?? null,
    group: view.group ?? null,
    offers: view.offers.map(({ offer, agent, group }) => ({ offer, agent, group })),
  }
}
