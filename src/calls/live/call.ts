import type { DialledWorkflow } from '../../config/call-settings.js'
import type { InboundCall, PeerAnswer } from '../../legs/answering.js'
import type { InviteOptions, Target } from '../../legs/invitation.js'
import type { Leg, LegState } from '../../legs/leg.js'
import type { Anchor, AnchorListener, Media, PartToRecord } from '../../media/port.js'
import type { AgentUri, CallEnd, CallId, OfferId, PromptId, TransferSide } from '../../routing/index.js'
import { anonymise } from '../anonymise.js'
import type { CallContext } from './context.js'
import { leavingWith } from '../drain.js'
import { answererIdentity, attachmentsOf, shownCaller } from '../identity.js'
import type { KeptLegs } from './stored.js'
import { RingingPhones } from '../offers.js'
import { maxBreadthOf } from '../passes.js'
import { Progress } from '../progress.js'
import { callEndReason, callEndStatus, forwardFailureStatus, outboundFailureStatus, type Withdrawal } from '../reasons.js'
import { ShownSdp, writtenBy } from '../shown-sdp.js'
import { cut, shownUri } from '../shown-uri.js'
import type { RecordingExtent, RecordingState } from '../step.js'
import { AnchoredLeg, inviting } from './anchored.js'
import { Caller } from './caller.js'
import { CallerReports } from './caller-reports.js'
import { mayAskForChange } from './changing.js'
import type { LiveInput } from './inputs.js'
import { takeInput } from './moves.js'
import type { Participant, ParticipantContext, Person } from './participant.js'
import { CallRecording } from './recording.js'
import { becomeAlone, becomeTalking, callerOf, sidesOf, type Live, type LivePhase } from './phases.js'
import { rejoin, rejoinLater, rejoinTries } from './rejoining.js'
import { restoredSides, toState, type RestoredLegs } from './state.js'
import { Supervision } from './supervision.js'
import { listenToBoth } from './talking.js'

/** The identities that each side sees. */
type Identity = Omit<InviteOptions, 'body'>

/** The agent hung up after their 2xx, before the core reacted to it. */
const vanished = 480

/** A call as it arrives. */
interface ArrivedCall {
  readonly id: CallId
  readonly inbound: InboundCall
  readonly workflow: DialledWorkflow
  /** The caller is an agent who calls out on behalf of the workflow. */
  readonly isOutbound: boolean
}

/** One live call, for effects, the audit and recovery. It executes and reports; it decides nothing. */
export class LiveCall implements Live {
  readonly id: CallId
  readonly inbound: InboundCall
  readonly workflow: DialledWorkflow
  readonly isOutbound: boolean
  readonly phones: RingingPhones
  readonly participants: ParticipantContext
  readonly recording: CallRecording
  readonly supervision: Supervision
  readonly phase: LivePhase = { kind: 'arriving' }

  /** `relay`: makes the relay of an anchored call. Absent: the call is not anchored. */
  constructor(
    { id, inbound, workflow, isOutbound }: ArrivedCall,
    readonly context: CallContext,
    relay?: (listener: AnchorListener) => Anchor | undefined,
  ) {
    const { post, clock, random } = context
    this.id = id
    this.inbound = inbound
    this.workflow = workflow
    this.isOutbound = isOutbound
    const anchor = relay?.({ broke: () => rejoinLater(this, rejoinTries) })
    this.participants = { clock, random, changed: () => context.listener.changed(id), anchor }
    if (anchor?.records) anchor.showRecording(workflow.recorded === 'all' ? 'on' : 'off')
    this.recording = new CallRecording({
      anchor,
      part: () => this.#part(),
      changed: (state, extent) => this.#recordingIs(state, extent),
      impossible: () => context.listener.notRecorded(id),
    })
    this.supervision = new Supervision(this, agent => context.listener.supervisorLeft(agent))
    this.phones = new RingingPhones(
      inviting(this),
      {
        phoneRings: offer => {
          this.#caller?.ring()
          post({ kind: 'offerRinging', offer })
        },
        phoneAnswered: offer => post({ kind: 'offerAccepted', offer }),
        phoneRefused: (offer, code, silent) => post({ kind: 'offerRefused', offer, code, ...(silent && { silent }) }),
      },
      maxBreadthOf(inbound),
    )
  }

  /** `media` is undefined if nothing of ours reaches this caller. */
  arrive(media: Media | undefined): void {
    becomeAlone(this, this.#callerWith(media, new ShownSdp()))
  }

  /** Continues with legs from before a restart. `agent`: the agent on the called side, as the core knows. */
  resume(legs: RestoredLegs, media: Media | undefined, agent: AgentUri | undefined): void {
    if (legs.kind === 'answered') {
      const caller = this.#callerWith(media, legs.media.shown)
      becomeAlone(this, caller)
      return caller.resume(legs.leg, legs.media.description)
    }
    this.recording.restore(legs.recording)
    const sides = restoredSides(legs, this.#callerAs(), { uri: agent ?? '', agent }, this.participants)
    becomeTalking(this, sides)
    listenToBoth(this, sides)
  }

  take(input: LiveInput): boolean {
    return takeInput(this, input)
  }

  // ---- requests of effects

  /** Rings an agent's phone with its own INVITE. Returns the SIP Call-ID. `abreast`: how many agents may ring at the same time. */
  offer(offer: OfferId, agent: AgentUri, target: Target, identity: Identity, abreast: number): string {
    return this.phones.ring(offer, agent, target, this.#withBody(identity), abreast)
  }

  withdraw(offer: OfferId, because: Withdrawal): void {
    this.phones.withdraw(offer, because)
  }

  /** Joins the caller with the agent who has answered. */
  connect(offer: OfferId): void {
    const answered = this.phones.take(offer)
    if (answered) this.take({ kind: 'connect', answered })
    // The winner's BYE was handled before the core's reaction to its 200.
    else this.context.post({ kind: 'joinFailed', call: this.id, code: vanished })
  }

  play(prompt: PromptId): void {
    this.#caller?.play(prompt)
  }

  /** The caller waits and hears this music, or silence or ringback if there is none. */
  wait(music: PromptId | undefined): void {
    this.#caller?.wait(music)
  }

  silence(): void {
    this.#caller?.silence()
  }

  /** Forwards the caller to a target of the config on a new leg. */
  forward(target: Target, identity: Identity): void {
    const maxBreadth = maxBreadthOf(this.inbound)
    const limits = { ...identity.limits, ...(maxBreadth !== undefined && { maxBreadth }) }
    const options = { ...this.#withBody(identity), limits }
    this.take({ kind: 'forward', target, options })
  }

  /** The core's decision about a change that a side asked for. `music`: for the side that waits during a consultation. */
  transfer(granted: boolean, music?: PromptId): void {
    this.take(granted ? { kind: 'transferGranted', music } : { kind: 'transferDenied' })
  }

  /** The agent calls a target to talk first, while the other side waits. Returns why it is refused. Undefined: it has begun. */
  consult(agent: AgentUri, to: string, media: Media): string | undefined {
    const { phase, context } = this
    const by = sidesOf(phase)?.find(({ who }) => who.agent === agent)
    if (phase.kind !== 'talking' || !by) return 'the agent does not talk in it, or transfers it already'
    if (this.participants.anchor) return 'its sound passes through Carillon, so it can only be transferred at once'
    if (!mayAskForChange(phase)) return 'it had too many transfers'
    const verdict = context.directory.referTarget(to, by.who)
    if (verdict.kind === 'refused') return verdict.why
    this.take({ kind: 'consult', by, to: verdict, media })
    return undefined
  }

  /** The target of the agent's consultation takes their place. False: it does not talk to the agent. */
  join(agent: AgentUri): boolean {
    const { phase } = this
    return phase.kind === 'transferring' && phase.change.by.who.agent === agent && phase.change.join?.() === true
  }

  /** False: this agent has asked for no transfer, or the target has already answered. */
  takeBack(agent: AgentUri): boolean {
    const { phase } = this
    if (phase.kind !== 'transferring' || phase.change.by.who.agent !== agent) return false
    return phase.change.mayBeTakenBack && this.take({ kind: 'takenBack' })
  }

  /** The core ends the call. */
  reject(why: CallEnd): void {
    const { phase } = this
    const failure = phase.kind === 'alone' ? phase.forwardFailure : 0
    const ofForward = this.isOutbound ? outboundFailureStatus : forwardFailureStatus
    const status = why === 'forwardFailed' ? ofForward(failure) : callEndStatus[why]
    this.take({ kind: 'end', status, reason: callEndReason(why) })
  }

  /** The server is shutting down: another server may serve an unanswered caller (RFC 3261 §21.5.4). */
  leave(): void {
    this.take({ kind: 'end', status: 503, reason: callEndReason('failed'), headers: leavingWith })
  }

  // ---- a call that replaces one of its legs (RFC 3891)

  /** The side that has this leg. Undefined: the leg is not one of two who talk. */
  personAt(leg: Leg): (Person & { readonly side: TransferSide }) | undefined {
    const side = this.#sideAt(leg)
    return side && { ...side.who, side: side === sidesOf(this.phase)?.[0] ? 'caller' : 'agent' }
  }

  /** False: it is not possible now. */
  replace(leg: Leg, inbound: InboundCall): boolean {
    const by = this.#sideAt(leg)
    if (!by || (this.phase.kind === 'talking' && !mayAskForChange(this.phase))) return false
    return this.take({ kind: 'replaces', by, inbound })
  }

  // ---- restarts

  /** The call's stored form. Undefined: it can't be stored. */
  kept(): KeptLegs | undefined {
    return toState(this.phase, this.inbound, this.recording.kept)
  }

  /** What the next process needs to stop the phones that ring. */
  ringing(): readonly LegState[] {
    const { phase } = this
    const target = phase.kind === 'forwarding' ? phase.outgoing.kept() : 'change' in phase ? phase.change.ringing?.() : undefined
    return [...this.phones.kept(), ...(target ?? [])]
  }

  letGo(): void {
    this.take({ kind: 'letGo' })
  }

  /** Gives both sides the new ports of the relay after a restart. */
  rejoin(): void {
    rejoin(this, rejoinTries)
  }

  // ---- questions of the audit

  /** Whether there is a caller, or somebody who has taken their place. */
  get alive(): boolean {
    return this.isAlone || sidesOf(this.phase) !== undefined
  }

  /** Whether there is a phone for an offer: a ringing one, or the partner's. */
  backs(offer: OfferId): boolean {
    const { phase } = this
    const isJoining = phase.kind === 'handingOver' && phase.partner.as === 'agent'
    return this.phones.has(offer) || isJoining || sidesOf(phase) !== undefined
  }

  // ---- whether the caller is there

  get isAlone(): boolean {
    return this.#caller?.alive === true
  }

  get isAnswered(): boolean {
    return this.#caller?.isAnswered === true
  }

  get heardAt(): number {
    return this.#caller?.heardAt ?? 0
  }

  get isQuiet(): boolean {
    return this.#caller?.isQuiet === true
  }

  ask(told: (answer: PeerAnswer) => void): void {
    this.#caller?.ask(told)
  }

  gone(): void {
    this.#caller?.gone()
  }

  // ---- recording

  #part(): PartToRecord {
    const { uri, displayName } = this.inbound.invite.from
    const agent = sidesOf(this.phase)?.[1].who.agent
    return {
      ...{ call: this.id, workflow: this.workflow.name, caller: shownUri(uri) },
      ...(displayName !== undefined && { callerName: cut(displayName) }),
      ...(agent !== undefined && { agent }),
    }
  }

  #recordingIs(state: RecordingState, extent: RecordingExtent | undefined): void {
    const { listener, log } = this.context
    log.info?.(`the recording of the call is ${state}`, { event: 'call.recording', callId: this.id, state })
    listener.changed(this.id)
    listener.callerNews(this.id, { kind: 'recording', state, extent })
  }

  // ---- identities

  get #caller(): Caller | undefined {
    return callerOf(this.phase)
  }

  #sideAt(leg: Leg): Participant | undefined {
    return sidesOf(this.phase)?.find(side => side.leg === leg || (side.leg instanceof AnchoredLeg && side.leg.covers(leg)))
  }

  #callerAs(): Person {
    const agent = this.context.directory.callingAgent(this.inbound)
    return { role: 'caller', uri: agent ?? shownCaller(this.inbound), agent, trusted: this.inbound.origin.trusted }
  }

  #callerWith(media: Media | undefined, shown: ShownSdp): Caller {
    const { inbound, workflow, context, id: call } = this
    return new Caller(
      {
        inbound,
        shown,
        media,
        anchor: this.participants.anchor,
        hidden: this.#hidesCaller,
        progress: new Progress(inbound, context.clock, () => context.position(call)),
        who: () => this.#callerAs(),
        answeredBy: ({ them }) => answererIdentity(inbound, workflow, them.who.agent),
      },
      this.participants,
      new CallerReports(this),
    )
  }

  /** An agent who calls out on behalf of an anonymous workflow. */
  get #hidesCaller(): boolean {
    return this.isOutbound && this.workflow.anonymous
  }

  /** Adds the caller's SDP as the offer, if there is one, and the other parts of the caller's body. Those of an agent stay inside. */
  #withBody(identity: Identity): InviteOptions {
    const said = this.#caller?.sdpOffer
    const body = said && this.#hidesCaller ? anonymise(said) : said
    const parts = this.isOutbound ? [] : attachmentsOf(this.inbound, this.workflow)
    return {
      call: this.id,
      ...identity,
      ...(body && {
        body: writtenBy(body, this.inbound.origin),
        attachments: [...parts, ...(identity.attachments ?? [])],
      }),
    }
  }
}
