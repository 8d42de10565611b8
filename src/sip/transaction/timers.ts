import { millis, type Millis } from '../../foundation/time.js'

/** The three values that all timers come from (RFC 3261 §17.1.1.1). Tests may shorten them. */
export interface TimerValues {
  /** Estimate of the round-trip time. Default 500 ms. */
  readonly t1: Millis
  /** Longest interval between two sendings of a non-INVITE request or an INVITE response. Default 4 s. */
  readonly t2: Millis
  /** How long a message stays in the network. Default 5 s. */
  readonly t4: Millis
}

export const defaultTimerValues: TimerValues = { t1: millis(500), t2: millis(4_000), t4: millis(5_000) }

/** Timers by their names in the table of RFC 3261 appendix A, L and M from RFC 6026, and some that the texts leave unnamed. */
export type TimerName =
  /** §17.1.1.2: INVITE sent again, at T1 and doubling. */
  | 'A'
  /** §17.1.1.2: INVITE unanswered, 64*T1. */
  | 'B'
  /** §17.1.1.2: repeated failures of an INVITE absorbed, 64*T1 (at least 32 s); none over reliable transports. */
  | 'D'
  /** §17.1.2.2: other requests sent again, at T1, doubling up to T2. */
  | 'E'
  /** §17.1.2.2: other request unanswered, 64*T1. */
  | 'F'
  /** §17.2.1: failure of an INVITE sent again, at T1, doubling up to T2. */
  | 'G'
  /** §17.2.1: no ACK for a failure, 64*T1. */
  | 'H'
  /** §17.2.1: repeated ACKs absorbed, T4; none over reliable transports. */
  | 'I'
  /** §17.2.2: repeated requests absorbed, 64*T1; none over reliable transports. */
  | 'J'
  /** §17.1.2.2: repeated responses absorbed, T4; none over reliable transports. */
  | 'K'
  /** RFC 6026 §8.4: repeated INVITEs absorbed after a 2xx, and the wait for its ACK (§13.3.1.4), 64*T1. */
  | 'L'
  /** RFC 6026 §8.4: further 2xx passed up, 64*T1. */
  | 'M'
  /** §13.3.1.4: 2xx sent again, at T1, doubling up to T2, over any transport. */
  | 'answerAgain'
  /** §9.1: no final response after our CANCEL, 64*T1. */
  | 'cancelled'
  /** RFC 3262 §3: reliable provisional sent again, at T1 and doubling, over any transport. */
  | 'provisionalAgain'
  /** RFC 3262 §3: no PRACK for a reliable provisional, 64*T1. */
  | 'unacknowledged'

/** The spans worked out once. */
export interface TimerSpans extends TimerValues {
  /** 64*T1: how long a request or an ACK is waited for. */
  readonly patience: Millis
}

export function timerSpans(values: TimerValues): TimerSpans {
  return { ...values, patience: millis(64 * values.t1) }
}

/** The next interval of a doubling timer. */
export function doubled(interval: Millis, limit: Millis): Millis {
  return millis(Math.min(2 * interval, limit))
}
