import type { TransferSide } from '../../routing/index.js'
import { referRefusal } from '../reasons.js'
import { consultIdentity, forwardIdentity, referredIdentity, workflowIdentity } from '../identity.js'
import { shownUri } from '../shown-uri.js'
import type { AllowedTarget, ChangeListener, NewPerson, NewSide, ReferVerdict, TransferWay } from './change.js'
import { Consultation } from './consultation.js'
import { Participant, type Person } from './participant.js'
import {
  becomeTalkingOn,
  becomeTalkingTo,
  becomeTransferring,
  countRequest,
  type Live,
  type Phase,
  type Talking,
} from './phases.js'
import { anchoredInbound, inviting } from './anchored.js'
import type { InputOf, PhaseOf } from './table.js'
import { Takeover } from './takeover.js'
import { listenTo, listenToBoth, otherOf } from './talking.js'
import { Transfer } from './transfer.js'
import { WaitingSide } from './waiting-side.js'

/** The most requests for changes in one call. More are abuse: each refusal adds a line to the call's record. */
const mostChanges = 20

/** Request Terminated (RFC 3261 §21.4.25). The NOTIFY for the agent has the same status. */
const takenBack = 487

export const mayAskForChange = ({ asked }: Talking): boolean => asked < mostChanges

// ---- REFER

export function oneAtATime(_live: Live, _phase: PhaseOf<'oneAtATime'>, { request }: InputOf<'oneAtATime'>): void {
  request.reject(500, [['Retry-After', '2']])
}

export function decline(_live: Live, _phase: PhaseOf<'decline'>, { request }: InputOf<'decline'>): void {
  request.reject(603)
}

export function judge(live: Live, phase: Talking, { from: by, request }: InputOf<'judge'>): void {
  if (!mayAskForChange(phase)) return request.reject(603, referRefusal(603, 'Too many transfers in one call'))
  const counted = countRequest(live)
  const verdict: ReferVerdict = request.replaces?.leg
    ? // The Replaces of the REFER names one of our own legs. Two calls of ours can't be joined.
      { kind: 'refused', status: 603, why: 'Carillon does not join two of its own calls' }
    : live.context.directory.referTarget(request.to, by.who)
  const asked = { by: sideOf(counted, by), asker: shownUri(by.who.uri) }
  if (verdict.kind === 'refused') {
    live.context.post({ kind: 'transferRefused', call: live.id, ...asked, to: shownUri(request.to) })
    return request.reject(verdict.status, referRefusal(verdict.status, verdict.why))
  }
  const stays = otherOf(counted, by)
  const who = { uri: verdict.to, agent: verdict.agent, trusted: verdict.target.route !== undefined }
  const parts = { request, by, stays, way: wayOf(live, verdict, by.who, stays.who), newSide: newSide(live, counted, by, who) }
  // Somebody in the caller's place has the caller's side of a relay. Everybody else gets a side of their own.
  const signaling = asked.by === 'agent' ? inviting(live) : live.context.signaling
  becomeTransferring(live, new Transfer(parts, signaling, listenerOf(live)))
  begin(live, { ...asked, how: 'refer', to: verdict })
}

function wayOf(
  { workflow, inbound, id, isOutbound }: Live,
  { target, to }: AllowedTarget,
  by: Person,
  stays: Person,
): TransferWay {
  // An agent who called out is shown as the workflow.
  const identity =
    stays.role === 'caller' && !isOutbound ? forwardIdentity(inbound, workflow, to) : workflowIdentity(inbound, workflow, to)
  return { target, identity: { ...referredIdentity(identity, by.uri), call: id } }
}

// ---- INVITE with Replaces

/** `LiveCall.replace` has checked `mayAskForChange`. */
export function beginTakeover(live: Live, phase: Talking, { by, inbound: asIs }: InputOf<'beginTakeover'>): void {
  const agent = live.context.directory.callingAgent(asIs)
  const isCallersPlace = sideOf(phase, by) === 'caller'
  const { anchor } = live.participants
  const inbound = anchor && !isCallersPlace ? anchoredInbound(asIs, anchor) : asIs
  if (!inbound) return
  const who = { uri: agent ?? inbound.invite.from.uri, agent, trusted: inbound.origin.trusted }
  const counted = countRequest(live)
  const parts = { inbound, by, stays: otherOf(counted, by), newSide: newSide(live, counted, by, who) }
  becomeTransferring(live, new Takeover(parts, listenerOf(live)))
  const asker = shownUri(who.uri)
  begin(live, { by: sideOf(counted, by), asker, how: 'replaces', to: { to: who.uri, ...(agent !== undefined && { agent }) } })
}

// ---- a consultation

/** `LiveCall.consult` has checked `mayAskForChange` and the target. */
export function beginConsultation(live: Live, phase: Talking, { by, to, media }: InputOf<'beginConsultation'>): void {
  const counted = countRequest(live)
  const stays = otherOf(counted, by)
  const { target, agent } = to
  const who = { uri: to.to, agent, trusted: target.route !== undefined }
  const { inbound, workflow, context, id: call } = live
  const way = { target, identity: { ...consultIdentity(inbound, workflow, by.who.uri, to), call } }
  const parts = { by, stays, way, newSide: newSide(live, counted, by, who), waiting: new WaitingSide(stays, media) }
  const told = { ...listenerOf(live), consultAnswered: () => context.post({ kind: 'consultAnswered', call }) }
  becomeTransferring(live, new Consultation(parts, context.signaling, told))
  begin(live, { by: sideOf(counted, by), asker: shownUri(by.who.uri), how: 'consult', to })
}

// ---- all kinds

interface Asked {
  readonly by: TransferSide
  readonly asker: string
  readonly how: 'refer' | 'replaces' | 'consult'
  readonly to: Pick<AllowedTarget, 'to' | 'agent'>
}

/** The core answers with `transferGranted` or `transferDenied`. */
function begin({ context, id: call }: Live, { to: { to, agent }, ...asked }: Asked): void {
  context.post({ kind: 'transferBegan', call, ...asked, to: shownUri(to), ...(agent !== undefined && { agent }) })
}

const listenerOf = (live: Live): ChangeListener => ({
  through: (side, confirmed) => live.take({ kind: 'placeTaken', side, confirmed }),
  failed: status => live.take({ kind: 'changeFailed', status }),
})

/** An agent on the caller's side is not an agent of this call. */
function newSide(live: Live, phase: Talking, by: Participant, who: NewPerson): NewSide {
  const isAgent = who.agent !== undefined && sideOf(phase, by) === 'agent'
  const hidden = isAgent && live.workflow.anonymous
  const person: Person = { ...who, role: isAgent ? 'agent' : 'target' }
  return (leg, description, shown) => new Participant(person, leg, hidden, { description, shown }, live.participants)
}

export function start(live: Live, { change }: PhaseOf<'start'>, { music }: InputOf<'start'>): void {
  change.start(music)
  // The next process must stop the target's phone.
  live.context.listener.changed(live.id)
}

export function deny(live: Live, phase: Phase<'transferring'>): void {
  becomeTalkingOn(live)
  phase.change.refuse()
}

/** The change failed. Both sides stay. */
export function talkOn(live: Live, _phase: Phase<'transferring'>, { status }: InputOf<'talkOn'>): void {
  becomeTalkingOn(live)
  live.context.post({ kind: 'transferFailed', call: live.id, code: status })
}

/** The agent takes the transfer back. Both sides stay, and the new call ends. */
export function takeBack(live: Live, { change }: PhaseOf<'takeBack'>): void {
  becomeTalkingOn(live)
  change.cancel('goesOn')
  live.context.post({ kind: 'transferFailed', call: live.id, code: takenBack, takenBack: true })
}

/** The new side has replaced `change.by`. */
export function fillPlace(live: Live, phase: PhaseOf<'fillPlace'>, { side, confirmed }: InputOf<'fillPlace'>): void {
  listenToBoth(live, becomeTalkingTo(live, side))
  live.context.listener.partnerChanged(live.id)
  if (confirmed) listenTo(live, side, confirmed)
  live.context.listener.changed(live.id)
  phase.change.by.leave()
  live.context.post({ kind: 'transferThrough', call: live.id })
}

const sideOf = ({ sides: [caller] }: Talking, side: Participant): TransferSide => (side === caller ? 'caller' : 'agent')
