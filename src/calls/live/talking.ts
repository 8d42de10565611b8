import type { Body } from '../../legs/body.js'
import { answerInfo as answerInfoOurselves } from '../digits.js'
import type { Participant } from './participant.js'
import type { Live, Phase, Sides } from './phases.js'
import type { InputOf, PhaseOf } from './table.js'

export function listenToBoth(live: Live, [one, other]: Sides): void {
  listenTo(live, one)
  listenTo(live, other)
}

/** `confirmed` is called at the ACK of a side whose INVITE we answered. */
export function listenTo(live: Live, side: Participant, confirmed: (answer?: Body) => void = () => undefined): void {
  side.listen({
    confirmed,
    renegotiation: request => live.take({ kind: 'renegotiation', from: side, request }),
    info: request => live.take({ kind: 'info', from: side, request }),
    refer: request => live.take({ kind: 'refer', from: side, request }),
    ended: end => (isAsker(live, side) ? live.take({ kind: 'askerEnded' }) : live.take({ kind: 'sideEnded', who: side, end })),
  })
}

const isAsker = ({ phase }: Live, side: Participant): boolean => phase.kind === 'transferring' && phase.change.by === side

/** Carries hold, resume and new codecs to the other side, and the answer back. */
export function carry(_live: Live, phase: PhaseOf<'carry'>, { from, request }: InputOf<'carry'>): void {
  if (phase.kind === 'transferring' && phase.change.renegotiated) return phase.change.renegotiated(from, request)
  otherOf(phase, from).carry(request, from)
}

export function tryLater(_live: Live, _phase: PhaseOf<'tryLater'>, { request }: InputOf<'tryLater'>): void {
  request.reject(491)
}

export function carryInfo(_live: Live, phase: PhaseOf<'carryInfo'>, { from, request }: InputOf<'carryInfo'>): void {
  if (phase.kind === 'transferring' && phase.change.informed) return phase.change.informed(from, request)
  otherOf(phase, from).carryInfo(request, from)
}

export function answerInfo(_live: Live, _phase: PhaseOf<'answerInfo'>, { request }: InputOf<'answerInfo'>): void {
  answerInfoOurselves(request)
}

export function otherOf({ sides: [one, other] }: Phase<'talking' | 'transferring'>, side: Participant): Participant {
  return side === one ? other : one
}
