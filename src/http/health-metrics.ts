import type { FastifyInstance } from 'fastify'
import type { LiveServer } from './live-server.js'

/** `/health/live`: the process turns; `/health/ready`: it takes calls, else 503 and why not; `/metrics` for Prometheus. */
export function healthAndMetricsRoutes(server: FastifyInstance, live: LiveServer): void {
  server.get('/health/live', () => ({ status: 'live' }))
  server.get('/health/ready', (_request, reply) => {
    const { problems, degraded } = live.health()
    const ready = problems.length === 0
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', problems, degraded })
  })
  server.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await live.metrics()
    return reply.type(contentType).send(text)
  })
}
