import { waitingWords } from '../config/restart-keys.js'
import type { Health } from '../http/live-server.js'
import type { DrachtioStatus } from '../sip/index.js'
import type { LiveConfig } from './live-config.js'

export type StageKind = 'starting' | 'serving' | 'draining'

/** What the health of the server depends on. */
interface HealthParts {
  /** Carillon's version. */
  readonly version: string
  readonly stage: StageKind
  readonly isMemoryLow: boolean
  /** Some new calls are refused, because received messages wait for too long. */
  readonly isOverloaded: boolean
  /** Undefined: our own SIP engine is used, and it listens. */
  readonly drachtioServers: readonly DrachtioStatus[] | undefined
  readonly isStoreHealthy: boolean
  /** What does not work in media and in the directory, in words. */
  readonly troubles: readonly string[]
  readonly config: Pick<LiveConfig, 'check' | 'waiting' | 'reloads'>
}

const problemsOf: Readonly<Record<StageKind, readonly string[]>> = {
  starting: ['starting'],
  serving: [],
  draining: ['draining: no new calls'],
}

/** Why the server takes no calls, and what else does not work. Everybody may read it. */
export function healthOf(parts: HealthParts): Health {
  const { version, stage, isMemoryLow, isOverloaded, drachtioServers, isStoreHealthy, troubles, config } = parts
  const { impaired } = config.reloads
  const { faults } = config.check
  const waiting = waitingWords(config.waiting)
  const engine = engineHealth(drachtioServers)
  return {
    version,
    problems: [...problemsOf[stage], ...(isMemoryLow ? ['memory: no new calls until some is free'] : []), ...engine.problems],
    degraded: [
      ...(isOverloaded ? ['overload: some new calls are refused'] : []),
      ...engine.degraded,
      ...troubles,
      ...(isStoreHealthy ? [] : ['store: changes may be lost at a restart']),
      ...(faults.length === 0 ? [] : [refusedWords(faults.length)]),
      ...(waiting === undefined ? [] : [`config: ${waiting}`]),
      ...(impaired === undefined ? [] : [`config: changes may be noticed late (${impaired}); SIGHUP reads it`]),
    ],
  }
}

/** The number of errors without their texts, because everybody may read the health. */
const refusedWords = (errors: number): string =>
  `config: the files have ${errors} error${errors === 1 ? '' : 's'}, so the previous config stays in force; \`carillon check\` lists them`

/** Without any connected server there are no calls: a problem. If one of several is missing, the service is only degraded. */
function engineHealth(servers: readonly DrachtioStatus[] | undefined): Pick<Health, 'problems' | 'degraded'> {
  const lost = (servers ?? []).filter(({ connected }) => !connected)
  const words = lost.map(
    ({ name, trouble }) => `drachtio: no connection to ${name}${trouble === undefined ? '' : ` (${trouble})`}`,
  )
  return lost.length > 0 && lost.length === servers?.length
    ? { problems: words, degraded: [] }
    : { problems: [], degraded: words }
}
