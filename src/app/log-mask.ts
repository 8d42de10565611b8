import type { Settings } from '../config/settings.js'
import { callerMask, type Mask } from '../observability/caller-mask.js'

/** The mask that hides callers in the log. Undefined: the config allows to show them. */
export function maskOf({ log, calls, routing }: Settings): Mask | undefined {
  if (log.callers === 'shown') return undefined
  return callerMask({
    uris: [...routing.agents.map(({ uri }) => uri), ...calls.workflows.map(({ uri }) => uri)],
    numbers: calls.workflows.flatMap(({ number }) => number?.split(';', 1) ?? []),
  })
}
