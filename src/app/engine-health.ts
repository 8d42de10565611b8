import type { Health } from '../http/live-server.js'
import type { DrachtioStatus } from '../sip/index.js'

/** No server: no calls. One of several: fewer. Undefined: the engine is our own, and listens. */
export function engineHealth(servers: readonly DrachtioStatus[] | undefined): Pick<Health, 'problems' | 'degraded'> {
  const lost = (servers ?? []).filter(({ connected }) => !connected)
  const words = lost.map(
    ({ name, trouble }) => `drachtio: no connection to ${name}${trouble === undefined ? '' : ` (${trouble})`}`,
  )
  return lost.length > 0 && lost.length === servers?.length
    ? { problems: words, degraded: [] }
    : { problems: [], degraded: words }
}
