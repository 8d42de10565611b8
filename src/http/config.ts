import type { FastifyInstance } from 'fastify'
import { waitsForStart } from '../config/restart-keys.js'
import { withoutMarks, type PlanView } from '../config/plan-view.js'
import { iso } from '../foundation/time.js'
import type { Access } from './access.js'
import type { ClusterLeaveDocument } from './cluster-documents.js'
import type { ConfigCheckDocument, ConfigReloadDocument } from './documents.js'
import { slicesOf } from './listing.js'
import type { LiveServer } from './live-server.js'
import { Problem } from './problem.js'

/** `/api/config`: the running config as `carillon plan` compares it. `/check`: the result of the last reading, and changes. `/reload` reads the config. `/api/cluster/leave`: the node stops. */
export function configRoutes(server: FastifyInstance, live: LiveServer, access: Access): void {
  const textForAdmins = textOnce(view => view)
  const textForOthers = textOnce(withoutMarks)
  server.get('/api/config', async (request, reply) => {
    const { view, waiting } = live.planBasis()
    const text = (access.who(request)?.role === 'admin' ? textForAdmins : textForOthers)(view)
    const keys = JSON.stringify(Object.keys(view.server).filter(waitsForStart))
    let calls = ''
    for await (const slice of slicesOf(access.personOf(request), waiting, call => call)) {
      // The client has gone.
      if (reply.raw.destroyed) return reply
      calls += slice
    }
    return reply.type('application/json; charset=utf-8').send(`{"view":${text},"waiting":${calls},"atNextStart":${keys}}`)
  })
  server.post('/api/config/reload', async (): Promise<ConfigReloadDocument> => {
    const { faults, warnings, changes, waiting } = await live.reloadConfig()
    return { taken: faults.length === 0, faults: [...faults], warnings: [...warnings], changes, restartNeeded: [...waiting] }
  })
  server.post('/api/cluster/leave', (): ClusterLeaveDocument => {
    const outcome = live.leaveCluster()
    if (outcome.kind === 'refused') throw new Problem(409, outcome.because)
    return { node: outcome.node, to: [...outcome.to] }
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

/** Makes the text of a view once, because it is as large as the config. The view stays the same object until another config is read. */
function textOnce(shown: (view: PlanView) => PlanView): (view: PlanView) => string {
  const texts = new WeakMap<PlanView, string>()
  return view => {
    const text = texts.get(view) ?? JSON.stringify(shown(view))
    texts.set(view, text)
    return text
  }
}
