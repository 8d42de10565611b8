import type { FastifyInstance } from 'fastify'
import { iso } from '../foundation/time.js'
import type { ConfigCheckDocument } from './documents.js'
import type { LiveServer } from './live-server.js'

/** `/api/config`: the running config as `carillon plan` compares it; `/check`: what its last reading found, and what changed. */
export function configRoutes(server: FastifyInstance, live: LiveServer): void {
  server.get('/api/config', () => live.planGround())
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
