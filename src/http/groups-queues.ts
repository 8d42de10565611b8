import type { FastifyInstance } from 'fastify'
import { groupViews, queueViews, type GroupView, type QueueView } from '../routing/index.js'
import { instant } from '../foundation/time.js'
import { serviceLevelOf } from '../observability/service-level.js'
import type { Access } from './access.js'
import type { GroupDocument, QueueDocument } from './documents.js'
import { listOf, only } from './listing.js'
import type { LiveServer } from './live-server.js'

/** `/api/groups` and `/api/queues`. */
export function groupAndQueueRoutes(server: FastifyInstance, live: LiveServer, access: Access): void {
  server.get('/api/groups', (request, reply) => {
    const { groups } = access.sight(request)
    return listOf(
      reply,
      access.personOf(request),
      only(groupViews(live.world()), ({ name }) => groups.has(name)),
      view => groupDocument(live, view),
    )
  })
  server.get('/api/queues', (request, reply) => {
    const { queues } = access.sight(request)
    const now = instant(live.now())
    return listOf(
      reply,
      access.personOf(request),
      only(queueViews(live.world(), now), ({ name }) => queues.has(name)),
      view => queueDocument(live, view, now),
    )
  })
}

export function groupDocument(live: LiveServer, view: GroupView): GroupDocument {
  return {
    name: view.name,
    description: live.groupDescription(view.name) ?? null,
    routingMethod: view.method,
    participationPolicy: view.participationPolicy,
    agentAlertTime: view.agentAlertTime / 1000,
    agents: view.agents,
  }
}

export function queueDocument(live: LiveServer, view: QueueView, now: number): QueueDocument {
  const { within, target } = serviceLevelOf(live.world().queues.get(view.name)?.settings)
  return {
    name: view.name,
    groups: view.groups,
    waitingCalls: view.waiting,
    oldestWait: view.oldestSince === undefined ? 0 : Math.max(0, now - view.oldestSince) / 1000,
    estimatedWait: view.estimatedWait === undefined ? null : view.estimatedWait / 1000,
    serviceLevel: { within: within / 1000, target: target / 100 },
  }
}
