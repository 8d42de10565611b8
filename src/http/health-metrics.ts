import type { FastifyInstance } from 'fastify'
import type { z } from 'zod'
import type { healthSchema } from './documents.js'
import type { Health, LiveServer } from './live-server.js'
import { Problem } from './problem.js'

/** `/health/live`: the process runs. `/health/leader`: no other node of a cluster serves. `/health/ready`: it takes calls, or 503 with the reasons. */
export function healthRoutes(server: FastifyInstance, live: Pick<LiveServer, 'health'>): void {
  server.get('/health/live', () => ({ status: 'live' }))
  server.get('/health/leader', (_request, reply) => {
    const { cluster } = live.health()
    const leads = !cluster || cluster.leader === cluster.node
    return reply.code(leads ? 200 : 503).send({ status: leads ? 'leader' : 'standby' })
  })
  server.get('/health/ready', (_request, reply) => {
    const health = live.health()
    return reply.code(health.problems.length === 0 ? 200 : 503).send(healthDocument(health))
  })
}

export function healthDocument({ version, problems, degraded, cluster }: Health): z.output<typeof healthSchema> {
  const status = problems.length === 0 ? 'ready' : 'not ready'
  const inCluster = cluster && {
    role: cluster.role,
    node: cluster.node,
    leader: cluster.leader ?? null,
    since: cluster.since === undefined ? null : new Date(cluster.since).toISOString(),
    standbys: cluster.others,
  }
  return { status, version, problems, degraded, ...inCluster }
}

/** `/metrics` for Prometheus. */
export function metricsRoute(server: FastifyInstance, live: Pick<LiveServer, 'metrics'>): void {
  server.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await live.metrics()
    return reply.type(contentType).send(text)
  })
}

/** If metrics have an address of their own with an allow list, the console's address must not give them to others. */
export function metricsElsewhere(server: FastifyInstance): void {
  server.get('/metrics', () => {
    throw new Problem(404, 'metrics are served only at the address of http.metrics')
  })
}
