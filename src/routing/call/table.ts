import type { CallPhase } from '../world/words.js'

/** What may befall a call from outside. */
export type CallInput =
  | 'abandoned'
  | 'noMedia'
  | 'joined'
  | 'joinFailed'
  | 'forwardFailed'
  | 'endedByCaller'
  | 'endedByAgent'
  | 'endedByTarget'
  | 'endedByFault'

/** What the core makes of it; `ignore` leaves everything as it was. */
export type CallMove = 'ignore' | 'abandon' | 'loseMedia' | 'connect' | 'waitAgain' | 'failForward' | 'finish' | 'fail'

/** The caller has no partner yet. */
const alone: Readonly<Record<CallInput, CallMove>> = {
  abandoned: 'abandon',
  noMedia: 'loseMedia',
  joined: 'ignore',
  joinFailed: 'ignore',
  forwardFailed: 'ignore',
  endedByCaller: 'abandon',
  endedByAgent: 'ignore',
  endedByTarget: 'ignore',
  endedByFault: 'fail',
}

/**
 * Phase × input. The shell may see an end before it has told of the join, and the reverse: whoever left, nothing is left over.
 */
export const callTable: Readonly<Record<CallPhase, Readonly<Record<CallInput, CallMove>>>> = {
  greeting: alone,
  asking: alone,
  farewell: alone,
  waiting: alone,
  ringing: alone,
  joining: {
    abandoned: 'abandon',
    noMedia: 'loseMedia',
    joined: 'connect',
    joinFailed: 'waitAgain',
    forwardFailed: 'ignore',
    endedByCaller: 'abandon',
    endedByAgent: 'waitAgain',
    endedByTarget: 'ignore',
    endedByFault: 'fail',
  },
  connected: {
    abandoned: 'finish',
    noMedia: 'finish',
    joined: 'ignore',
    joinFailed: 'ignore',
    forwardFailed: 'ignore',
    endedByCaller: 'finish',
    endedByAgent: 'finish',
    endedByTarget: 'finish',
    endedByFault: 'finish',
  },
  forwarding: {
    abandoned: 'abandon',
    noMedia: 'loseMedia',
    joined: 'connect',
    joinFailed: 'ignore',
    forwardFailed: 'failForward',
    endedByCaller: 'abandon',
    endedByAgent: 'ignore',
    endedByTarget: 'failForward',
    endedByFault: 'fail',
  },
}
