import type { FastifyInstance } from 'fastify'
import type { CallId } from '../routing/ids.js'
import { callView, callViews, type CallView } from '../routing/index.js'
import { iso, type CallDocument } from './documents.js'
import { listOf } from './listing.js'
import type { LiveServer } from './live-server.js'
import { Problem } from './problem.js'
import { readable, recordDocument, recordPage } from './records.js'

/** `/api/calls`: calls that wait, ring or talk now, or records of those that are over; `/explain` as far back as stories are kept. */
export function callRoutes(server: FastifyInstance, live: LiveServer): void {
  server.get<{ Querystring: { state?: string } }>('/api/calls', (request, reply) => {
    const { state, ...more } = request.query
    if (state === 'finished') return recordPage(live, request.query)
    if ((state ?? 'active') !== 'active' || Object.keys(more).length > 0)
      throw new Problem(400, "state is 'active' (the calls of now, without filters) or 'finished' (their records)")
    return listOf(reply, callViews(live.world()), view => callDocument(live, view))
  })

  server.get<{ Params: { callId: string } }>('/api/calls/:callId', async request => {
    const call = request.params.callId as CallId
    const view = callView(live.world(), call)
    if (view) return callDocument(live, view)
    const record = await readable(live.record(call))
    if (!record) throw new Problem(404, `there is no call '${call}' in progress, and none in the records`)
    return recordDocument(record)
  })

  server.get<{ Params: { callId: string } }>('/api/calls/:callId/explain', (request, reply) => {
    const story = live.explain(request.params.callId as CallId)
    if (!story)
      throw new Problem(404, `nothing is known of a call '${request.params.callId}': it never was here, or is too long ago`)
    const asText = request.headers.accept?.includes('text/plain') === true
    return asText ? reply.type('text/plain; charset=utf-8').send(story.text) : reply.send(story.document)
  })
}

export function callDocument(live: LiveServer, view: CallView): CallDocument {
  const caller = live.caller(view.id)
  return {
    callId: view.id,
    workflow: view.workflow,
    caller: caller?.uri ?? '',
    callerName: caller?.displayName ?? null,
    arrivedAt: iso(view.arrivedAt),
    queue: view.queue ?? null,
    state: view.phase,
    since: iso(view.since),
    position: view.position ?? null,
    estimatedWait: view.estimatedWait === undefined ? null : view.estimatedWait / 1000,
    answers: view.answers,
    agent: view.agent ?? null,
    group: view.group ?? null,
    offers: view.offers.map(({ offer, agent, group }) => ({ offer, agent, group })),
  }
}
