import type { FastifyInstance } from 'fastify'
import type { PlanView } from '../config/plan-view.js'
import { iso } from '../foundation/time.js'
import type { ConfigCheckDocument, ConfigReloadDocument } from './documents.js'
import type { LiveServer } from './live-server.js'

/** `/api/config`: the running config as `carillon plan` compares it. `/check`: the result of the last reading, and changes. `/reload` reads the config. */
export function configRoutes(server: FastifyInstance, live: LiveServer): void {
  // The view is as large as the config, and stays the same until another config is read.
  const texts = new WeakMap<PlanView, string>()
  server.get('/api/config', (_request, reply) => {
    const { view, waiting } = live.planBasis()
    const text = texts.get(view) ?? JSON.stringify(view)
    texts.set(view, text)
    return reply.type('application/json; charset=utf-8').send(`{"view":${text},"waiting":${JSON.stringify(waiting)}}`)
  })
  server.post('/api/config/reload', async (): Promise<ConfigReloadDocument> => {
    const { faults, warnings, changes, waiting } = await live.reloadConfig()
    return { taken: faults.length === 0, faults: [...faults], warnings: [...warnings], changes, restartNeeded: [...waiting] }
  })
  server.get('/api/config/check', (): ConfigCheckDocument => {
    const { readAt, faults, warnings, changes } = live.configCheck()
    return {
      readAt: iso(readAt),
      faults,
      warnings,
      changes: changes.map(({ at, changes: made }) => ({ at: iso(at), changes: made })),
    }
  })
}
