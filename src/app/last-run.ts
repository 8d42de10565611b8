import { stat } from 'node:fs/promises'
import type { Log } from '../foundation/log.js'
import { wallTime, type WallTime } from '../foundation/time.js'
import type { KeptState } from '../store/port.js'

/** When the last process changed the store for the last time. Undefined: the file does not exist. */
export async function lastWritten(file: string): Promise<WallTime | undefined> {
  const found = await Promise.all([file, `${file}-wal`].map(each => stat(each).catch(() => undefined)))
  const times = found.flatMap(each => (each ? [each.mtimeMs] : []))
  return times.length === 0 ? undefined : wallTime(Math.floor(Math.max(...times)))
}

/** Warns after a kill, a power cut or an uncaught error. */
export function tellOfLastRun(
  { lastRun, liveCalls, wroteAt }: Pick<KeptState, 'lastRun' | 'liveCalls' | 'wroteAt'>,
  log: Log,
): void {
  if (!lastRun || lastRun.endedAt !== undefined) return
  const { version } = lastRun
  const [began, last] = [lastRun.beganAt, wroteAt ?? lastRun.beganAt].map(shown)
  const calls = liveCalls.length
  log.warn(
    `the last run (Carillon ${version}, since ${began}) did not end by itself; its last change of the store was at ${last}; ${callWords(calls)}`,
    { event: 'server.brokeOff', version, began, last, calls },
  )
}

/** Somebody may have changed the store, and `toISOString` throws for what is no date. */
function shown(ms: number): string {
  const at = new Date(ms)
  return Number.isNaN(at.getTime()) ? 'an unknown time' : at.toISOString()
}

function callWords(calls: number): string {
  if (calls === 0) return 'no call was in progress'
  return `${calls} ${calls === 1 ? 'call was' : 'calls were'} in progress; calls.restored says what became of them`
}
