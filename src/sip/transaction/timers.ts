import { millis, type Millis } from '../../foundation/time.js'

/** The three values from which all timers are computed (RFC 3261 §17.1.1.1). Tests may shorten them. */
export interface TimerValues {
  /** The estimated round-trip time. Default 500 ms. */
  readonly t1: Millis
  /** The longest interval between repetitions of a non-INVITE request or an INVITE response. Default 4 s. */
  readonly t2: Millis
  /** The longest time that a message stays in the network. Default 5 s. */
  readonly t4: Millis
}

export const defaultTimerValues: TimerValues = { t1: millis(500), t2: millis(4_000), t4: millis(5_000) }

/** Timers named as in RFC 3261 appendix A, L and M as in RFC 6026, and some that the RFCs do not name. */
export type TimerName =
  /** §17.1.1.2: repeats an INVITE, after T1 and doubling. */
  | 'A'
  /** §17.1.1.2: an INVITE was not answered within 64*T1. */
  | 'B'
  /** §17.1.1.2: absorbs repeated failures of an INVITE for 64*T1 (at least 32 s). Not used over reliable transports. */
  | 'D'
  /** §17.1.2.2: repeats other requests, after T1, doubling up to T2. */
  | 'E'
  /** §17.1.2.2: another request was not answered within 64*T1. */
  | 'F'
  /** §17.2.1: repeats a failure response to an INVITE, after T1, doubling up to T2. */
  | 'G'
  /** §17.2.1: no ACK came for a failure within 64*T1. */
  | 'H'
  /** §17.2.1: absorbs repeated ACKs for T4. Not used over reliable transports. */
  | 'I'
  /** §17.2.2: absorbs repeated requests for 64*T1. Not used over reliable transports. */
  | 'J'
  /** §17.1.2.2: absorbs repeated responses for T4. Not used over reliable transports. */
  | 'K'
  /** RFC 6026 §8.7: after a 2xx, absorbs repeated INVITEs and waits for the ACK (§13.3.1.4), for 64*T1. */
  | 'L'
  /** RFC 6026 §8.4: passes further 2xx to the user, for 64*T1. */
  | 'M'
  /** §13.3.1.4: repeats a 2xx, after T1, doubling up to T2, over any transport. */
  | 'answerAgain'
  /** §9.1: no final response came within 64*T1 after our CANCEL. */
  | 'cancelled'
  /** RFC 3262 §3: repeats a reliable provisional response, after T1 and doubling, over any transport. */
  | 'provisionalAgain'
  /** RFC 3262 §3: no PRACK came for a reliable provisional response within 64*T1. */
  | 'unacknowledged'

/** The values, and spans computed from them. */
export interface TimerSpans extends TimerValues {
  /** 64*T1: how long we wait for a response or an ACK. */
  readonly patience: Millis
}

export function timerSpans(values: TimerValues): TimerSpans {
  return { ...values, patience: millis(64 * values.t1) }
}

/** The next interval of a doubling timer. */
export function doubled(interval: Millis, limit: Millis): Millis {
  return millis(Math.min(2 * interval, limit))
}
