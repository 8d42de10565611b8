import type { CallPhase } from '../world/words.js'

/** What can happen to a call from outside. */
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

/** What the core does in response. `ignore` changes nothing. */
export type CallMove = 'ignore' | 'abandon' | 'loseMedia' | 'connect' | 'waitAgain' | 'failForward' | 'finish' | 'fail'

/** The caller is not connected to anybody yet. */
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
 * What each input does in each phase. The shell may report the end before the join, or the join before the end. In either order the call
 * ends completely.
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
