import type { Clock, Timer } from '../../../src/foundation/clock.js'
import { millis } from '../../../src/foundation/time.js'

/** In seconds. Shorter sessions are refused with 422. */
export const shortestSession = 90

/** Reads a Session-Expires (RFC 4028 §4). */
export function readSessionExpires(
  value: string | undefined,
): { readonly seconds: number; readonly refresher: 'uac' | 'uas' | undefined } | undefined {
  const [, digits, rest = ''] = /^\s*(\d+)(.*)$/.exec(value ?? '') ?? []
  if (digits === undefined) return undefined
  const [, refresher] = /refresher\s*=\s*(uac|uas)/i.exec(rest) ?? []
  return { seconds: Number(digits), refresher: refresher?.toLowerCase() as 'uac' | 'uas' | undefined }
}

/** The server's own session timer: it refreshes, or ends the dialog that its peer does not refresh. */
export class SessionTimer {
  readonly #timer: Timer

  constructor(
    clock: Clock,
    readonly seconds: number,
    /** Whether the server refreshes. It does so after half of the time. */
    readonly isOurs: boolean,
    due: () => void,
  ) {
    this.#timer = clock.after(millis((seconds * 1_000) / (isOurs ? 2 : 1)), due)
  }

  stop(): void {
    this.#timer.cancel()
  }
}
