import { setTimeout as pause } from 'node:timers/promises'

const lookEvery = 20

/**
 * Polls until `look` returns something other than undefined and false.
 * Fails with the description after `within` ms (default 15 s), and with the last error that `look` threw.
 */
export async function eventually<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  within = 15_000,
): Promise<T> {
  const end = performance.now() + within
  let fault: unknown
  for (;;) {
    try {
      const seen = await look()
      if (seen !== undefined && seen !== false) return seen
      fault = undefined
    } catch (error) {
      fault = error
    }
    if (performance.now() > end) throw new Error(`not within ${within} ms: ${what}`, { cause: fault })
    await pause(lookEvery)
  }
}
