/**
 * Who serves. One node at a time has the lease, which is a key in Redis that ends by itself. This file decides, and does nothing: it has no
 * clock, no Redis and no timers. All times are in ms of this node's monotonic time (docs/decisions/111).
 *
 * Two nodes never have it at the same time, because
 * - the leader counts its time from the moment at which it sent its question, and Redis from the later moment at which it got it;
 * - a node takes a lease that has ended only from the same Redis process that it has known for a whole span. A Redis process that is new to
 *   it may have lost a lease that was given by the one before. That lease has ended when the span is over.
 */
export type LeaseState =
  | {
      readonly kind: 'following'
      /** The Redis process that answered last, and since when it does. */
      readonly server?: { readonly id: string; readonly since: number }
      /** The name of the node that has the lease. Undefined: nobody that we know. */
      readonly leader?: string
    }
  | { readonly kind: 'leading'; readonly token: number; /** Without news, the lease ends here. */ readonly until: number }
  /** This process leads no more, and never again. */
  | { readonly kind: 'over'; readonly why: string }

/** What to ask Redis. `server`: the only Redis process that may give the lease. Undefined: none may. */
export type LeaseQuestion =
  { readonly kind: 'look'; readonly server: string | undefined } | { readonly kind: 'renew'; readonly token: number }

export type LeaseAnswer = {
  /** The other nodes that asked within the last span and could lead at once. Absent: not known. */
  readonly others?: readonly string[]
  /** The latest lease, which may have ended, and when it was given, in ms of Redis's wall clock. Absent: not known. */
  readonly latest?: { readonly token: number; readonly since?: number }
} &
  // We have the lease, with this token.
  (
    | { readonly kind: 'ours'; readonly server: string; readonly token: number }
    // Somebody else has it, or nobody (undefined).
    | { readonly kind: 'theirs'; readonly server: string; readonly leader: string | undefined }
  )

export const beginning: LeaseState = { kind: 'following' }

/** The share of the span that the leader does not use, because clocks differ and a decision takes time. */
const reserve = 0.05

/** Whether this node may decide now. */
export const mayDecide = (state: LeaseState, now: number): boolean => state.kind === 'leading' && now < state.until

export function nextQuestion(state: LeaseState, span: number, now: number): LeaseQuestion | undefined {
  if (state.kind === 'over') return undefined
  if (state.kind === 'leading') return { kind: 'renew', token: state.token }
  const isKnown = state.server !== undefined && now >= state.server.since + span
  return { kind: 'look', server: isKnown ? state.server.id : undefined }
}

/** The state after an answer. `sentAt`: when its question was sent. */
export function answered(
  state: LeaseState,
  answer: LeaseAnswer,
  { sentAt, now, span }: { readonly sentAt: number; readonly now: number; readonly span: number },
): LeaseState {
  switch (state.kind) {
    case 'over':
      return state
    case 'leading':
      if (answer.kind === 'theirs' || answer.token !== state.token) return { kind: 'over', why: whyLost(answer) }
      return passed({ ...state, until: Math.max(state.until, endOf(sentAt, span)) }, now)
    case 'following': {
      if (answer.kind === 'ours') return passed({ kind: 'leading', token: answer.token, until: endOf(sentAt, span) }, now)
      const server = state.server?.id === answer.server ? state.server : { id: answer.server, since: now }
      return { kind: 'following', server, ...(answer.leader !== undefined && { leader: answer.leader }) }
    }
  }
}

/** The state at this moment: a lease that was not renewed in time is over. */
export function passed(state: LeaseState, now: number): LeaseState {
  if (state.kind !== 'leading' || now < state.until) return state
  return { kind: 'over', why: 'Redis did not renew the lease in time' }
}

const endOf = (sentAt: number, span: number): number => sentAt + span * (1 - reserve)

const whyLost = (answer: LeaseAnswer): string =>
  answer.kind === 'theirs' && answer.leader !== undefined ? `${answer.leader} leads now` : 'Redis has lost the lease'
