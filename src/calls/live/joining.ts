import { withdrawReasons } from '../reasons.js'
import { inviting } from './anchored.js'
import { Outgoing } from './outgoing.js'
import { agentPartner, forwardPartner, type Partner } from './partner.js'
import { becomeAlone, becomeForwarding, becomeHandingOver, becomeTalking, type Live, type Phase } from './phases.js'
import type { InputOf, PhaseOf } from './table.js'
import { listenToBoth } from './talking.js'

/** The agent or target hung up between their 2xx and the join. */
const vanished = 480
const withoutSdp = 488

/** Calls a forward target of the config on a new leg. */
export function dial(live: Live, _phase: Phase<'alone'>, { target, options }: InputOf<'dial'>): void {
  const outgoing = new Outgoing()
  becomeForwarding(live, outgoing)
  outgoing.send(inviting(live), target, options, {
    ringing: () => live.take({ kind: 'forwardRings' }),
    answered: leg => live.take({ kind: 'forwardAnswered', answered: { leg, offered: options.body }, target }),
    refused: ({ status }) => live.take({ kind: 'forwardRefused', status }),
  })
}

export function ring(_live: Live, { caller }: Phase<'forwarding'>): void {
  caller.ring()
}

export function joinAgent(live: Live, phase: Phase<'alone'>, { answered }: InputOf<'joinAgent'>): void {
  joinWith(live, phase, agentPartner(answered, live.workflow.anonymous, live.participants))
}

export function joinTarget(live: Live, phase: Phase<'forwarding'>, { answered, target }: InputOf<'joinTarget'>): void {
  joinWith(live, phase, forwardPartner(answered, target, live.participants))
}

/** There is no caller to join. */
export function turnAway(_live: Live, _phase: PhaseOf<'turnAway'>, { answered }: InputOf<'turnAway'>): void {
  answered.leg.hangUp(withdrawReasons.withdrawn)
}

function joinWith(live: Live, phase: Phase<'alone' | 'forwarding'>, partner: Partner): void {
  becomeHandingOver(live, partner)
  const isCurrent = (): boolean => live.phase.kind === 'handingOver' && live.phase.partner === partner
  partner.them.listen({
    ended: () => live.take({ kind: 'partnerVanished' }),
    renegotiation: request => live.take({ kind: 'partnerRenegotiates', request }),
  })
  live.context.listener.changed(live.id)
  if (isCurrent() && !phase.caller.take(partner)) live.take({ kind: 'callerNotTaken', status: withoutSdp })
}

export function keepForTheJoin(_live: Live, { partner }: Phase<'handingOver'>, { request }: InputOf<'keepForTheJoin'>): void {
  partner.early.push(request)
}

/** The caller stays: the core rings the next agent, or ends the call after a forward. */
export function losePartner(live: Live, { caller, partner }: Phase<'handingOver'>, input: InputOf<'losePartner'>): void {
  const isByCaller = input.kind === 'callerNotTaken'
  const code = isByCaller ? input.status : vanished
  const isForward = partner.as === 'forward'
  becomeAlone(live, caller, isForward ? code : 0)
  caller.comeBack()
  partner.them.leave(withdrawReasons.withdrawn)
  if (isForward) live.context.post({ kind: 'forwardFailed', call: live.id, code })
  else live.context.post({ kind: 'joinFailed', call: live.id, code, ...(isByCaller && { by: 'caller' as const }) })
}

export function failForward(live: Live, { caller }: Phase<'forwarding'>, { status: code }: InputOf<'failForward'>): void {
  becomeAlone(live, caller, code)
  live.context.post({ kind: 'forwardFailed', call: live.id, code })
}

export function talk(live: Live, { partner }: Phase<'handingOver'>, { caller }: InputOf<'talk'>): void {
  const { them, early } = partner
  becomeTalking(live, [caller, them])
  if (live.participants.anchor) live.context.listener.callerNews(live.id, { kind: 'anchored' })
  live.context.post({ kind: 'callJoined', call: live.id })
  listenToBoth(live, [caller, them])
  for (const request of early) live.take({ kind: 'renegotiation', from: them, request })
}
