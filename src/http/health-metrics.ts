import type { FastifyInstance } from 'fastify'
import type { LiveServer } from './live-server.js'
import { Problem } from './problem.js'

/** `/health/live`: the process turns; `/health/ready`: it takes calls, else 503 and why not. */
export function healthRoutes(server: FastifyInstance, live: LiveServer): void {
  server.get('/health/live', () => ({ status: 'live' }))
  server.get('/health/ready', (_request, reply) => {
    const { problems, degraded } = live.health()
    const ready = problems.length === 0
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', problems, degraded })
  })
}

/** `/metrics` for Prometheus. */
export function metricsRoute(server: FastifyInstance, live: LiveServer): void {
  server.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await live.metrics()
    return reply.type(contentType).send(text)
  })
}

/** Where an address of its own has them, and an allow list, the address of the console must not give them to others. */
export function metricsElsewhere(server: FastifyInstance): void {
  server.get('/metrics', () => {
    throw new Problem(404, 'metrics are given at the address of http.metrics alone')
  })
}
