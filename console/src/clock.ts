import { useEffect, useState } from 'preact/hooks'

/** The one door to time: milliseconds since the epoch by the server's clock, as far as its answers have told it. */
let ahead = 0

/** A browser whose clock is off by more than this shows moments by the server's. The server tells whole seconds. */
const tolerated = 2_000

export const now = (): number => Date.now() + ahead

/** The moment that an answer of the server names (its `Date`). */
export function learnTime(said: string | null): void {
  const server = said === null ? NaN : Date.parse(said)
  if (Number.isNaN(server)) return
  const off = server - Date.now()
  ahead = Math.abs(off) > tolerated ? off : 0
}

/** Runs once, unless the returned function is called before. */
export function after(delay: number, run: () => void): () => void {
  const timer = setTimeout(run, delay)
  return () => clearTimeout(timer)
}

const waitingForSecond = new Set<(at: number) => void>()
let stopTicking: (() => void) | undefined

function tick(): void {
  const at = now()
  for (const told of waitingForSecond) told(at)
  stopTicking = waitingForSecond.size === 0 ? undefined : after(1_000 - (at % 1_000), tick)
}

/** The moment now, anew each second: all that tick on a page tick together. */
export function useNow(): number {
  const [at, setAt] = useState(now)
  useEffect(() => {
    waitingForSecond.add(setAt)
    stopTicking ??= after(1_000 - (now() % 1_000), tick)
    return () => void waitingForSecond.delete(setAt)
  }, [])
  return at
}
