import { callId, callOfOffer } from '../routing/world/ids.js'
import type { Clock } from '../foundation/clock.js'
import { OnceAMinute } from '../foundation/once-a-minute.js'
import type { Log } from '../foundation/log.js'
import type { InboundCall } from '../legs/answering.js'
import type { ExtraHeader } from '../legs/body.js'
import type { InviteOptions } from '../legs/invitation.js'
import type { Leg } from '../legs/leg.js'
import type { AgentUri, CallId, CallView, Effect, GroupName, KeptCall, OfferId, WorkflowName } from '../routing/index.js'
import type { Anchor, AnchorListener, Media } from '../media/port.js'
import type { CallContext, CallListener, CallPorts } from './live/context.js'
import { anonymityHeader, contextPart } from './call-context.js'
import { CallerChecks } from './caller-checks.js'
import type { DialledWorkflow } from '../config/call-settings.js'
import type { Directory } from './directory.js'
import { comeBack, Drain } from './drain.js'
import type { Happening } from './engine.js'
import { callerOf, forwardIdentity, offerIdentity, outboundIdentity } from './identity.js'
import { LiveCall } from './live/call.js'
import { fromState } from './live/state.js'
import type { LiveState } from './live/stored.js'
import { OutboundGate, type OutboundCall } from './outbound-calls.js'
import { Passes } from './passes.js'
import { withdrawReasons } from './reasons.js'
import type { RecoveredCalls } from './recover.js'
import { shownUri } from './shown-uri.js'
import { Supervisors } from './supervisors.js'
import { SignInCalls, type ToggleSignIn } from './sign-in-calls.js'

/** The parts of the routing core that live calls use. */
interface LiveCore {
  readonly post: (happening: Happening) => void
  readonly position: CallContext['position']
  /** How many agents of the group may ring for one call at the same time. */
  readonly abreast: (group: GroupName) => number
  readonly toggleSignIn: ToggleSignIn
  /** Why this agent may not call out for these groups now. Undefined: they may. */
  readonly callOutRefusal: (agent: AgentUri, groups: readonly GroupName[]) => string | undefined
  readonly view: (call: CallId) => CallView | undefined
  /** Whether this agent may take over the leg of the agent who talks in that call. */
  readonly mayTakeOver: (call: CallId, agent: AgentUri) => boolean
}

interface LiveCallsOptions {
  readonly ports: CallPorts
  readonly clock: Clock
  readonly log: Log
  /** Random bytes that nobody can guess. */
  readonly random: (size: number) => Uint8Array
  readonly directory: Directory
  readonly core: LiveCore
  readonly listener: Pick<CallListener, 'changed' | 'callerNews'>
}

/** All live calls by id. New calls enter here. */
export class LiveCalls implements RecoveredCalls {
  readonly #calls = new Map<CallId, LiveCall>()
  readonly #context: CallContext
  #directory: Directory
  readonly #drain: Drain
  readonly #passes: Passes
  readonly #checks: CallerChecks
  readonly #warnings: OnceAMinute
  /** Calls of agents who dial a code. */
  readonly #dialled: { readonly signIns: SignInCalls; readonly outbound: OutboundGate }
  readonly supervisors: Supervisors

  constructor(private readonly options: LiveCallsOptions) {
    const { ports, clock, log, random, core, listener } = options
    const { signaling } = ports
    this.#directory = options.directory
    this.#passes = new Passes(random)
    this.#warnings = new OnceAMinute(clock, log, 'calls that could not be served')
    this.#checks = new CallerChecks({ clock, isFirst: call => (core.position(call)?.position ?? 1) === 1 })
    this.#dialled = {
      signIns: new SignInCalls({ media: ports.media, clock, log, toggle: core.toggleSignIn }),
      outbound: new OutboundGate({
        log,
        callingAgent: inbound => this.#directory.callingAgent(inbound),
        refusal: core.callOutRefusal,
      }),
    }
    this.supervisors = new Supervisors({
      log,
      settings: () => this.#directory.supervision,
      way: agent => ({ media: ports.media, target: this.#directory.agentTarget(agent) }),
    })
    this.#drain = new Drain(clock, heardSince => this.#isLeft(heardSince))
    this.#context = {
      signaling,
      clock,
      log,
      random,
      post: core.post,
      position: core.position,
      directory: {
        referTarget: (to, asker) => this.#directory.referTarget(to, asker),
        callingAgent: inbound => this.#directory.callingAgent(inbound),
        pageHeaders: call => this.#pageHeaders(call),
      },
      listener: {
        changed: listener.changed,
        callerNews: listener.callerNews,
        cutOff: call => this.#checks.cutOff(call),
        partnerChanged: call => this.#partnerChanged(call),
        notRecorded: call => this.#tellNotRecorded(call),
        supervisorLeft: agent => this.supervisors.left(agent),
        gone: call => this.#forget(call),
      },
    }
    signaling.onInvite(inbound => this.#arrived(inbound))
  }

  get size(): number {
    return this.#calls.size
  }

  get(call: CallId): LiveCall | undefined {
    return this.#calls.get(call)
  }

  /** An offer's id starts with its call's id. */
  ofOffer(offer: OfferId): LiveCall | undefined {
    return this.#calls.get(callOfOffer(offer))
  }

  all(): IterableIterator<LiveCall> {
    return this.#calls.values()
  }

  /** The new directory serves new calls and new INVITEs. Calls in progress keep their workflow. */
  replaceDirectory(directory: Directory): void {
    this.#directory = directory
  }

  offer({ call: id, offer, agent, group }: Extract<Effect, { kind: 'offer' }>): void {
    const call = this.#calls.get(id)
    if (!call) return
    this.#checks.offered(id)
    const { oneDevice, ...target } = this.#directory.agentTarget(agent)
    const sipCallId = call.offer(offer, agent, target, this.#identity(call, agent, oneDevice), this.options.core.abreast(group))
    this.options.log.debug?.(`${offer} rings ${target.uri}`, {
      event: 'offer.sent',
      callId: id,
      offerId: offer,
      agent,
      sipCallId,
    })
  }

  /** What the agent's phone shows, with the console's page of the call (Call-Info, RFC 3261 §20.9). */
  #identity({ id, inbound, workflow }: LiveCall, agent: AgentUri, oneDevice: boolean): Omit<InviteOptions, 'body'> {
    const identity = offerIdentity(inbound, workflow, agent, oneDevice)
    const view = workflow.callContext && this.options.core.view(id)
    const waited = this.options.clock.now() - (view?.arrivedAt ?? 0)
    return {
      ...identity,
      headers: [
        ...identity.headers,
        ...this.#pageHeaders(id),
        ...anonymityHeader(workflow),
        this.#passes.onward(inbound, workflow.name),
      ],
      ...(view && { attachments: [contextPart(workflow, callerOf(inbound), view, waited)] }),
    }
  }

  #pageHeaders(id: CallId): readonly ExtraHeader[] {
    const page = this.#directory.pageOf(id)
    return page === undefined ? [] : [['Call-Info', `<${page}>;purpose=info`]]
  }

  forward({ call: id, to, why }: Extract<Effect, { kind: 'forward' }>): void {
    const call = this.#calls.get(id)
    if (!call) return
    const { inbound, workflow } = call
    const identity =
      why === 'outbound'
        ? outboundIdentity(inbound, workflow, this.#directory.outboundIdentity(workflow), to)
        : forwardIdentity(inbound, workflow, to, why)
    const headers = [...identity.headers, this.#passes.onward(inbound, passName(workflow.name, why === 'outbound'))]
    call.forward(this.#directory.forwardTarget(to), { ...identity, headers })
  }

  /** Returns why the consultation is refused. Undefined: it has begun. */
  consult(agent: AgentUri, call: CallId, to: string): string | undefined {
    return this.#calls.get(call)?.consult(agent, to, this.options.ports.media) ?? undefined
  }

  /** Stops the transfers of this agent that can be taken back, in one call or in all. False: there is none. */
  takeBack(agent: AgentUri, only: CallId | undefined): boolean {
    const calls = only === undefined ? [...this.#calls.values()] : [this.#calls.get(only)]
    return calls.filter(call => call?.takeBack(agent) === true).length > 0
  }

  /** Hangs up the calls of agents who sign in. */
  stopSignIns(): void {
    this.#dialled.signIns.stop()
  }

  /** Accepts no new call. Resolves when the last call that counts is over. */
  drain(): Promise<void> {
    return this.#drain.begin()
  }

  // ---- restarts

  has(call: CallId): boolean {
    return this.#calls.has(call)
  }

  drop(call: CallId): void {
    this.#calls.get(call)?.reject('failed')
    this.#calls.delete(call)
  }

  /** The call as a row of the store. Undefined: it can't be stored, or is over. */
  stateOf(id: CallId, core: KeptCall | undefined, past: object | undefined): LiveState | undefined {
    const call = this.#calls.get(id)
    const legs = call?.kept()
    if (!call || !legs || !core || !past) return undefined
    const ringing = call.ringing()
    return { version: 2, core, workflow: call.workflow, legs, past, ...(ringing.length > 0 && { ringing }) }
  }

  stopRinging({ ringing = [] }: LiveState): number {
    for (const phone of ringing) this.options.ports.signaling.stopRinging(phone, withdrawReasons.withdrawn)
    return ringing.length
  }

  restore(id: CallId, { legs, workflow, core }: LiveState): readonly Leg[] | undefined {
    const restored = fromState(legs, leg => this.options.ports.signaling.restoreLeg(leg))
    if (!restored) return undefined
    const isRelayed = legs.kind === 'talking' && legs.sides.some(({ anchor }) => anchor !== undefined)
    const agent = core.stands.kind === 'connected' ? core.stands.agent : undefined
    const isAnchored = isRelayed || (legs.kind !== 'talking' && workflow.anchored === true)
    const call = this.#add(id, restored.inbound, workflow, isAnchored, core.outbound !== undefined)
    call.resume(restored, this.#mediaOf(core), agent)
    const taken = restored.kind === 'talking' ? restored.legs : [restored.leg, ...(restored.partner ? [restored.partner] : [])]
    for (const leg of taken) this.#belongs(leg, id)
    return taken
  }

  rejoin(id: CallId): void {
    this.#calls.get(id)?.rejoin()
  }

  restoreEarly(id: CallId, { legs, workflow, core }: LiveState, taken: () => void): void {
    if (legs.kind !== 'early') return
    this.options.ports.signaling.restoreCall(legs.invite, inbound => {
      this.options.listener.callerNews(id, { kind: 'arrived', from: inbound.invite.from })
      this.#add(id, inbound, workflow, workflow.anchored === true, core.outbound !== undefined).arrive(this.#mediaOf(core))
      taken()
    })
  }

  #mediaOf({ hears }: KeptCall): Media | undefined {
    return hears ? this.options.ports.media : undefined
  }

  #add(id: CallId, inbound: InboundCall, workflow: DialledWorkflow, anchored: boolean, isOutbound: boolean): LiveCall {
    const { media } = this.options.ports
    const isG711 =
      (workflow.recorded !== undefined || workflow.supervised === true) &&
      media.relayFault(inbound.invite.body, 'g711') === undefined
    const relay = (listener: AnchorListener): Anchor | undefined => media.anchor(listener, isG711 ? 'g711' : 'any')
    const call = new LiveCall({ id, inbound, workflow, isOutbound }, this.#context, anchored ? relay : undefined)
    this.#calls.set(id, call)
    this.#checks.add(call)
    this.#belongs(inbound.invite, id)
    return call
  }

  #belongs({ sipCallId, tag }: { readonly sipCallId: string; readonly tag?: string }, id: CallId): void {
    this.options.ports.signaling.belongs(sipCallId, id, tag)
    this.options.listener.callerNews(id, { kind: 'leg', sipCallId })
  }

  #arrived(inbound: InboundCall): void {
    if (inbound.replaces) return this.#replaces(inbound, inbound.replaces)
    if (this.#drain.begun) return inbound.reject(503, { headers: comeBack })
    const workflow = this.#directory.dialled(inbound.invite.requestUri)
    if (!workflow) return this.#noWorkflow(inbound)
    if (!this.#directory.takesCallsFrom(workflow, inbound.origin)) return this.#refuseOrigin(inbound, workflow)
    this.#enter(inbound, workflow)
  }

  /** `out`: an agent calls out. Undefined: somebody calls the workflow. */
  #enter(inbound: InboundCall, workflow: DialledWorkflow, out?: OutboundCall): void {
    const circling = this.#passes.refusal(inbound, passName(workflow.name, out !== undefined))
    if (circling !== undefined) return this.#refuseCircling(inbound, workflow, circling)
    const mute = workflow.anchored ? this.options.ports.media.relayFault(inbound.invite.body) : undefined
    if (mute !== undefined && this.#refuseUnanchored(inbound, workflow, mute)) return
    const id = this.#newId()
    this.#tellArrival(id, inbound, workflow, out)
    // An agent hears ringback until the person answers.
    const media = out ? undefined : this.#mediaFor(inbound, workflow)
    this.options.listener.callerNews(id, { kind: 'arrived', from: inbound.invite.from })
    this.#add(id, inbound, workflow, workflow.anchored === true && mute === undefined, out !== undefined).arrive(media)
    const caller = out?.agent ?? this.#directory.callingAgent(inbound)
    const named = caller === undefined ? {} : { caller }
    const outbound = out && { outbound: { agent: out.agent, to: out.to } }
    this.options.core.post({
      kind: 'callArrived',
      call: id,
      workflow: workflow.name,
      hears: media !== undefined,
      ...named,
      ...outbound,
    })
  }

  #tellArrival(
    callId: CallId,
    { invite }: InboundCall,
    { name: workflow }: DialledWorkflow,
    out: OutboundCall | undefined,
  ): void {
    const { sipCallId, from } = invite
    const caller = shownUri(from.uri)
    const to = out && shownUri(out.to)
    const words = to === undefined ? `${caller} calls ${workflow}` : `${caller} calls ${to} on behalf of ${workflow}`
    this.options.log.info?.(words, {
      event: 'call.invited',
      callId,
      sipCallId,
      workflow,
      caller,
      ...(to !== undefined && { to }),
    })
  }

  /** The agent dialled a sign-in code, or a number on behalf of a workflow, or nobody is dialled. */
  #noWorkflow(inbound: InboundCall): void {
    const signIn = this.#directory.signInDialled(inbound.invite.requestUri)
    if (signIn) return this.#dialled.signIns.take(inbound, this.#directory.callingAgent(inbound), signIn)
    const dialled = this.#directory.dialledOut(inbound)
    if (dialled) {
      const out = this.#dialled.outbound.admit(inbound, dialled)
      if (out) this.#enter(inbound, out.workflow, out)
      return
    }
    this.#tellUnknown(inbound)
    inbound.reject(404)
  }

  /** The config names the peers of this workflow, and the call came from another trusted peer. */
  #refuseOrigin(inbound: InboundCall, { name }: DialledWorkflow): void {
    const { source = 'an unknown address' } = inbound.origin
    this.#warnings.warn(`from ${source} ${name}`, () => `${name} takes no calls from ${source} (callersFrom): 403`, {
      event: 'call.notFromHere',
      sipCallId: inbound.invite.sipCallId,
      workflow: name,
      address: source,
    })
    inbound.reject(403)
  }

  /** Logs at level info, because a config may cause this for every call, and the call was logged when it first came. */
  #refuseCircling(inbound: InboundCall, { name }: DialledWorkflow, status: 440 | 482): void {
    const { from, sipCallId } = inbound.invite
    const why = status === 482 ? 'it comes back to a workflow that it has passed' : 'Max-Breadth is 0'
    this.options.log.info?.(`a call of ${shownUri(from.uri)} to ${name} is refused with ${status}: ${why}`, {
      event: 'call.circled',
      sipCallId,
      workflow: name,
      status,
    })
    inbound.reject(status)
  }

  /**
   * The relay can't carry the caller's media. An anonymous workflow refuses the call, because otherwise the caller could choose to see the
   * agent's address. Other calls go on with direct media.
   */
  #refuseUnanchored(inbound: InboundCall, { name, anonymous }: DialledWorkflow, fault: string): boolean {
    const { invite, origin } = inbound
    const { source = 'an unknown address' } = origin
    const then = anonymous ? 'the call is refused with 488' : 'its media flow directly'
    this.#warnings.warn(
      `anchor ${source} ${name}`,
      () =>
        `${shownUri(invite.from.uri)} from ${source} to ${name} can't be anchored, ${then}: ${fault}. Carillon relays plain RTP`,
      { event: 'call.notAnchored', sipCallId: invite.sipCallId, workflow: name, address: source },
    )
    if (anonymous) inbound.reject(488)
    return anonymous
  }

  #tellNotRecorded(id: CallId): void {
    const workflow = this.#calls.get(id)?.workflow.name ?? ''
    this.#warnings.warn(
      `record ${workflow}`,
      () => `a call of ${workflow} goes on, but can't be recorded: only plain RTP with G.711 (PCMU, PCMA) can`,
      { event: 'call.notRecorded', callId: id, workflow },
    )
  }

  #tellUnknown({ invite, origin }: InboundCall): void {
    const { requestUri, from, sipCallId } = invite
    const { source = 'an unknown address' } = origin
    const [dialled, caller] = [shownUri(requestUri), shownUri(from.uri)]
    this.#warnings.warn(
      `${source} ${dialled}`,
      () => `${caller} from ${source} dialled ${dialled}: 404, ${this.#directory.whyUnknown(requestUri)}`,
      { event: 'call.unknownNumber', sipCallId, caller, dialled, address: source },
    )
  }

  #tellMute({ invite: { from, sipCallId }, origin }: InboundCall, { name }: DialledWorkflow, fault: string): void {
    const { source = 'an unknown address' } = origin
    this.#warnings.warn(
      `${source} ${fault}`,
      () =>
        `${shownUri(from.uri)} from ${source} hears no prompts and no music of ${name}, only ringback: ${fault}. Carillon speaks G.711 (PCMU, PCMA) over plain RTP`,
      { event: 'call.noPrompts', sipCallId, workflow: name, address: source },
    )
  }

  /** Undefined if prompts and music don't reach the caller. They hear ringback until an agent answers. */
  #mediaFor(inbound: InboundCall, workflow: DialledWorkflow): Media | undefined {
    const { media } = this.options.ports
    if (workflow.answer !== 'atOnce') return undefined
    const fault = media.faultOf(inbound.invite.body)
    if (fault !== undefined) this.#tellMute(inbound, workflow, fault)
    return media.speaks(inbound.invite.body) ? media : undefined
  }

  /**
   * An INVITE with Replaces can only take over a leg of two who talk, otherwise it gets 603. A trusted peer may take over, and so may a phone
   * whose agent has that leg or is a colleague of that agent (docs/decisions/026). Knowledge of the dialog's tags proves nothing.
   */
  #replaces(inbound: InboundCall, leg: Leg): void {
    for (const call of this.#calls.values()) {
      const person = call.personAt(leg)
      if (!person) continue
      const agent = inbound.origin.trusted ? undefined : this.#directory.callingAgent(inbound)
      const isColleague = agent !== undefined && person.side === 'agent' && this.options.core.mayTakeOver(call.id, agent)
      const may = inbound.origin.trusted || isColleague || (agent !== undefined && person.agent === agent)
      const { sipCallId, from } = inbound.invite
      if (may && call.replace(leg, inbound)) {
        this.#belongs(inbound.invite, call.id)
        this.options.log.info?.(`${shownUri(from.uri)} takes over a leg`, { event: 'call.takenOver', callId: call.id, sipCallId })
        return
      }
      this.options.log.warn(`${shownUri(from.uri)} may not take over a leg of the call: 603`, {
        event: 'call.takeoverRefused',
        callId: call.id,
        sipCallId,
      })
    }
    inbound.reject(603)
  }

  /** The time and 40 random bits, in letters and digits. The time comes first, so that later calls sort after earlier ones. */
  #newId(): CallId {
    const random = Buffer.from(this.options.random(5)).readUIntBE(0, 5)
    return callId(`${this.options.clock.now().toString(36)}-${random.toString(36)}`)
  }

  #partnerChanged(id: CallId): void {
    const call = this.#calls.get(id)
    call?.recording.partnerChanged()
    call?.supervision.end()
  }

  #forget(call: CallId): void {
    this.#calls.get(call)?.supervision.end()
    this.#calls.get(call)?.participants.anchor?.close()
    this.#calls.delete(call)
    this.#checks.remove(call)
    this.#drain.look()
  }

  #isLeft(heardSince: number | undefined): boolean {
    if (heardSince === undefined) return this.#calls.size > 0
    for (const { id, isAlone, isAnswered } of this.#calls.values())
      if (!isAlone || isAnswered || (this.#checks.heardAt(id) ?? 0) > heardSince) return true
    return false
  }
}

/** Outbound calls have a mark of their own, because a person may call out to the workflow's number. */
const passName = (workflow: WorkflowName, isOutbound: boolean): string => (isOutbound ? `outbound ${workflow}` : workflow)
