import type { FastifyInstance } from 'fastify'
import type { LiveServer } from './live-server.js'
import { Problem } from './problem.js'

/** `/health/live`: the process runs. `/health/leader`: no other node of a cluster serves. `/health/ready`: it takes calls, or 503 with the reasons. */
export function healthRoutes(server: FastifyInstance, live: LiveServer): void {
  server.get('/health/live', () => ({ status: 'live' }))
  server.get('/health/leader', () => ({ status: 'leader' }))
  server.get('/health/ready', (_request, reply) => {
    const { version, problems, degraded, role } = live.health()
    const ready = problems.length === 0
    return reply
      .code(ready ? 200 : 503)
      .send({ status: ready ? 'ready' : 'not ready', version, problems, degraded, ...(role && { role }) })
  })
}

/** `/metrics` for Prometheus. */
export function metricsRoute(server: FastifyInstance, live: LiveServer): void {
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
