import type { CallContext } from '../../../src/calls/live/context.js'
import type { Happening } from '../../../src/calls/engine.js'
import { LiveCall } from '../../../src/calls/live/call.js'
import type { LiveInput, LiveInputKind } from '../../../src/calls/live/inputs.js'
import { Participant } from '../../../src/calls/live/participant.js'
import { callerOf, sidesOf, type PhaseKind } from '../../../src/calls/live/phases.js'
import { callEndReason } from '../../../src/calls/reasons.js'
import { ShownSdp } from '../../../src/calls/shown-sdp.js'
import { silentLog } from '../../../src/foundation/log.js'
import type { ExtraHeader } from '../../../src/legs/body.js'
import type { CallId, WorkflowName } from '../../../src/routing/index.js'
import { offerId } from '../../../src/routing/world/ids.js'
import { FakeClock } from '../../fakes/clock.js'
import { FakeMedia } from '../../fakes/media.js'
import { FakeSignaling, sdp, type FakeInbound, type FakeLeg, type ReferAnswer } from '../../fakes/signaling.js'
import { agentOf } from '../routing/build.js'

const call = 'c1' as CallId
const offer = offerId(call, 1)
const identity = { from: { uri: 'sip:caller@example.com' }, headers: [] }
const target = { uri: 'sip:target@example.com' }

/** One live call in a given phase, and a record of everything that others are told. */
export class LiveScene {
  readonly clock = new FakeClock()
  readonly signaling = new FakeSignaling()
  /** In order. */
  readonly said: string[] = []
  readonly inbound: FakeInbound
  readonly live: LiveCall
  readonly #legs = new Map<string, FakeLeg>()
  /** The NOTIFYs for the transfer that the agent asked for. */
  #transfer: ReferAnswer | undefined

  constructor(phase: PhaseKind) {
    this.signaling.onInvite(() => undefined)
    this.inbound = this.signaling.call('sip:main@example.com', { body: sdp('caller') })
    const workflow = {
      name: 'main' as WorkflowName,
      uri: 'sip:main@example.com',
      displayName: 'Main',
      anonymous: false,
      callerDisplay: '{caller}',
      answer: 'onAgent' as const,
    }
    this.live = new LiveCall({ id: call, inbound: this.inbound, workflow, isOutbound: false }, this.#context())
    this.#reach(phase)
    this.said.length = 0
    this.#watch()
  }

  /** Gives the call this input. Returns the new phase and what happened. */
  take(kind: LiveInputKind): readonly string[] {
    const { phones } = this.signaling
    const { rejected: status, progressed } = this.inbound
    const before = { status, progress: progressed.length, phones: phones.length, news: this.#transfer?.news.length ?? 0 }
    if (kind === 'callerLeft' && callerOf(this.live.phase)) this.#callerLeaves()
    else this.live.take(this.#input(kind))
    const { rejected } = this.inbound
    for (const { status: rang } of progressed.slice(before.progress)) this.said.push(`caller gets ${rang}`)
    if (rejected !== undefined && rejected !== before.status) this.said.push(`caller gets ${rejected}`)
    for (const { target } of phones.slice(before.phones)) this.said.push(`INVITE to ${target.uri}`)
    for (const { target, state } of phones) if (state === 'cancelled') this.said.push(`CANCEL to ${target.uri}`)
    for (const [name, { renegotiations }] of this.#legs) if (renegotiations.length > 0) this.said.push(`re-INVITE to ${name}`)
    for (const each of this.#transfer?.news.slice(before.news) ?? []) this.said.push(`NOTIFY ${each.slice(0, 3)}`)
    return [this.live.phase.kind, ...this.said]
  }

  // ---- how each phase is reached

  #reach(phase: PhaseKind): void {
    const { live } = this
    if (phase === 'arriving') return
    live.arrive(undefined)
    if (phase === 'alone') return
    if (phase === 'over') return live.reject('failed')
    if (phase === 'forwarding') return live.forward(target, identity)
    live.offer(offer, agentOf('alice'), { uri: agentOf('alice') }, identity, 1)
    const agent = this.signaling.phones[0]?.answer(sdp('alice'))
    if (agent) this.#legs.set('alice', agent)
    live.connect(offer)
    if (this.inbound.leg) this.#legs.set('caller', this.inbound.leg)
    if (phase === 'handingOver') return
    this.inbound.leg?.confirm()
    if (phase === 'talking') return
    this.#transfer = agent?.refer({ to: 'sip:dave@example.com' })
    if (phase === 'oneLeft') agent?.end({ kind: 'hungUp' })
  }

  #callerLeaves(): void {
    if (this.inbound.leg) this.inbound.leg.end({ kind: 'hungUp' })
    else this.inbound.cancel()
  }

  // ---- the inputs

  #input(kind: LiveInputKind): LiveInput {
    const from = this.#side()
    switch (kind) {
      case 'connect':
        return { kind, answered: { leg: this.#leg('bob'), offered: sdp('caller'), agent: agentOf('bob') } }
      case 'forward':
        return { kind, target, options: { ...identity, body: sdp('caller') } }
      case 'forwardAnswered':
        return { kind, answered: { leg: this.#leg('target'), offered: sdp('caller') }, target }
      case 'forwardRefused':
      case 'callerNotTaken':
      case 'changeFailed':
        return { kind, status: 486 }
      case 'end':
        return { kind, status: 480, reason: callEndReason('timedOut') }
      case 'callerTaken':
        return { kind, caller: callerOf(this.live.phase)?.answered ?? from }
      case 'callerLeft':
        return { kind, how: { end: undefined, heardAnswer: false } }
      case 'renegotiation':
        return { kind, from, request: this.#renegotiation() }
      case 'partnerRenegotiates':
        return { kind, request: this.#renegotiation() }
      case 'info':
        return { kind, from, request: { headers: [], respond: status => this.said.push(`INFO gets ${status}`) } }
      case 'refer':
        return { kind, from, request: { to: 'sip:erin@example.com', ...this.#referAnswers() } }
      case 'replaces':
        return { kind, by: from, inbound: this.signaling.call('sip:main@example.com', { body: sdp('boss') }) }
      case 'consult':
        return { kind, by: from, to: { kind: 'call', target, to: target.uri }, media: new FakeMedia() }
      case 'placeTaken':
        return { kind, side: this.#participant('dave') }
      case 'sideEnded':
        if (this.inbound.leg) this.inbound.leg.ended = { kind: 'hungUp' }
        return { kind, who: from, end: { kind: 'hungUp' } }
      default:
        return { kind }
    }
  }

  /** The caller's side, which exists in each phase that has two sides. */
  #side(): Participant {
    return sidesOf(this.live.phase)?.[0] ?? this.#participant('somebody')
  }

  #participant(name: string): Participant {
    const who = { role: 'target' as const, uri: `sip:${name}@example.com`, agent: undefined, trusted: false }
    const media = { description: sdp(name), shown: new ShownSdp() }
    return new Participant(who, this.#leg(name), false, media, this.live.participants)
  }

  #renegotiation(): Extract<LiveInput, { kind: 'renegotiation' }>['request'] {
    return {
      body: sdp('again'),
      accept: () => this.said.push('re-INVITE gets 200'),
      reject: status => this.said.push(`re-INVITE gets ${status}`),
    }
  }

  #referAnswers(): Pick<Extract<LiveInput, { kind: 'refer' }>['request'], 'accept' | 'reject'> {
    return {
      accept: () => {
        this.said.push('REFER gets 202')
        return { ringing: () => undefined, done: status => this.said.push(`NOTIFY ${status}`) }
      },
      reject: (status: number, headers: readonly ExtraHeader[] = []) =>
        this.said.push([`REFER gets ${status}`, ...headers.map(([name]) => name)].join(' ')),
    }
  }

  // ---- what is recorded

  #context(): CallContext {
    const { clock, signaling, said } = this
    return {
      ...{ clock, signaling, log: silentLog },
      random: size => new Uint8Array(size),
      post: happening => said.push(told(happening)),
      position: () => undefined,
      directory: {
        referTarget: to => ({ kind: 'call', target: { uri: to }, to }),
        callingAgent: () => undefined,
        pageHeaders: () => [],
      },
      listener: {
        changed: () => undefined,
        callerNews: (_call, { kind }) => {
          if (kind === 'answered') said.push('caller gets 200')
        },
        partnerChanged: () => undefined,
        notRecorded: () => undefined,
        cutOff: () => undefined,
        supervisorLeft: () => undefined,
        gone: () => said.push('gone'),
      },
    }
  }

  #leg(name: string): FakeLeg {
    const leg = this.signaling.leg(sdp(name))
    this.#legs.set(name, leg)
    this.#note(name, leg)
    return leg
  }

  #watch(): void {
    for (const [name, leg] of this.#legs) this.#note(name, leg)
  }

  #note(name: string, leg: FakeLeg): void {
    const hangUp = leg.hangUp.bind(leg)
    leg.hangUp = reason => {
      if (!leg.ended) this.said.push(`BYE to ${name}`)
      hangUp(reason)
    }
    const acknowledge = leg.acknowledge.bind(leg)
    leg.acknowledge = answer => {
      this.said.push(`ACK to ${name}`)
      acknowledge(answer)
    }
    const letGo = leg.letGo.bind(leg)
    leg.letGo = () => {
      this.said.push(`${name} is kept`)
      letGo()
    }
    const info = leg.info.bind(leg)
    leg.info = (...asked) => {
      this.said.push(`INFO to ${name}`)
      info(...asked)
    }
  }
}

/** An event of the core, as text. */
function told(happening: Happening): string {
  const { kind } = happening
  if (kind === 'joinFailed') return `${kind} ${happening.code}${happening.by ? ` by ${happening.by}` : ''}`
  const how =
    'cause' in happening ? happening.cause : 'code' in happening ? String(happening.code) : 'by' in happening ? happening.by : ''
  return how === undefined || how === '' ? kind : `${kind} ${how}`
}
