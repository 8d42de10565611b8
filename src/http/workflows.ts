import type { FastifyInstance } from 'fastify'
import { workflowView } from '../routing/index.js'
import type { WorkflowDocument } from './documents.js'
import { listOf } from './listing.js'
import type { LiveServer } from './live-server.js'

/** `/api/workflows`: what can be dialled, and what a call would meet now. */
export function workflowRoutes(server: FastifyInstance, live: LiveServer): void {
  server.get('/api/workflows', (_request, reply) => {
    const at = live.wall(live.now())
    const routed = new Map(live.routing().workflows.map(workflow => [workflow.name, workflow]))
    return listOf(reply, live.planBasis().view.workflows, ({ name, uri, number, displayName }): WorkflowDocument => {
      const settings = routed.get(name)
      const view = settings && workflowView(settings, at)
      return { name, uri, number: number ?? null, displayName, opening: view?.opening ?? 'inactive', queues: view?.queues ?? [] }
    })
  })
}
