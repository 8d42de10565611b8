import { useEffect, useState } from 'preact/hooks'
import { startOfDay } from './format.js'

/** How far the server's clock is ahead of the browser's, in milliseconds. All of the console takes its time from this file. */
let ahead = 0

/** Smaller differences between the clocks are ignored, because the server's `Date` header has whole seconds. Milliseconds. */
const tolerated = 2_000

/** The time by the server's clock, in milliseconds since the epoch. */
export const now = (): number => Date.now() + ahead

/** Compares the clocks. `said` is the `Date` header of a response. */
export function learnTime(said: string | null): void {
  const server = said === null ? NaN : Date.parse(said)
  if (Number.isNaN(server)) return
  const off = server - Date.now()
  ahead = Math.abs(off) > tolerated ? off : 0
}

/** Calls `run` once after `delay` milliseconds. The returned function cancels it. */
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

function eachSecond(told: (at: number) => void): () => void {
  waitingForSecond.add(told)
  stopTicking ??= after(1_000 - (now() % 1_000), tick)
  return () => void waitingForSecond.delete(told)
}

/** The last midnight in the browser's time zone, in the API's format. Updated when the day changes. */
export function useMidnight(): string {
  const [midnight, setMidnight] = useState(() => startOfDay(now()))
  useEffect(() => eachSecond(at => setMidnight(startOfDay(at))), [])
  return midnight
}

/** `now()`, updated each second. One timer serves the whole page, so that all times change at the same moment. */
export function useNow(): number {
  const [at, setAt] = useState(now)
  useEffect(() => eachSecond(setAt), [])
  return at
}
