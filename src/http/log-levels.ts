import type { FastifyInstance } from 'fastify'
import { logAreas } from '../foundation/log.js'
import { logLevelBody } from './bodies.js'
import type { LiveServer } from './live-server.js'
import { Problem } from './problem.js'

/** `/api/log-levels`: reads and sets how much each area of the server logs. */
export function logLevelRoutes(server: FastifyInstance, live: LiveServer): void {
  server.get('/api/log-levels', () => live.logLevels())
  server.put<{ Params: { area: string } }>('/api/log-levels/:area', (request, reply) => {
    const body = logLevelBody.safeParse(request.body)
    if (!body.success) throw new Problem(400, 'the body is {"level": "error" | "warn" | "info" | "debug"}')
    const { area } = request.params
    const areas = area === 'all' ? logAreas : logAreas.filter(each => each === area)
    if (areas.length === 0) throw new Problem(404, `there is no area '${area}': it is all or one of ${logAreas.join(', ')}`)
    for (const each of areas) live.setLogLevel(each, body.data.level)
    return reply.code(204).send()
  })
}
