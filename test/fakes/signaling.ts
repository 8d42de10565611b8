import { parseNameAddr } from '../../src/sip/message/name-addr.js'
import type { InboundCall, InboundCallListener, Origin, PeerAnswer, ReceivedInvite } from '../../src/legs/answering.js'
import type { Attachment, Body, ExtraHeader } from '../../src/legs/body.js'
import type { InfoOutcome } from '../../src/legs/info.js'
import type { InviteOptions, OutboundCall, OutboundCallListener, Target } from '../../src/legs/invitation.js'
import type { LegEnd } from '../../src/legs/leg-end.js'
import type { AnsweredLeg, InboundRefer, Leg, LegListener, LegState } from '../../src/legs/leg.js'
import type { Reason } from '../../src/legs/reason.js'
import type { InboundRenegotiation, RenegotiationOutcome } from '../../src/legs/renegotiation.js'
import type { Signaling, SignalingStatistics } from '../../src/signaling/port.js'

/** SDP that names its owner. */
export const sdp = (owner: string): Body => ({
  type: 'application/sdp',
  text: [
    'v=0',
    `o=${owner} 1 1 IN IP4 192.0.2.9`,
    `s=${owner} calling`,
    'c=IN IP4 192.0.2.9',
    't=0 0',
    'm=audio 4000 RTP/AVP 0',
    '',
  ].join('\r\n'),
})

/** The answer to the test's re-INVITE. Empty while it is pending. */
export interface ReinviteAnswer {
  accepted?: Body | undefined
  confirm?: (answer?: Body) => void
  rejected?: number
  headers?: readonly ExtraHeader[] | undefined
}

/** The answer to the test's REFER, and its progress: status and phrase. */
export interface ReferAnswer {
  accepted?: true
  rejected?: number
  readonly news: string[]
}

/** One end of a dialog. The test is the other end. */
export class FakeLeg implements AnsweredLeg {
  readonly source?: string
  readonly body?: Body
  listener: LegListener | undefined
  ended: LegEnd | undefined
  acknowledged: { readonly answer: Body | undefined } | undefined
  hungUpWith: Reason | undefined
  /** We have hung up, and may still wait for the peer's ACK (RFC 3261 §15). */
  hangsUp = false
  /** How often we asked whether the peer still exists. */
  probes = 0
  /** The time of the last message from the peer. */
  heardAt = Number.POSITIVE_INFINITY
  /** Whether the peer's INVITE began the dialog. Undefined: as the owner assumes. */
  begunByPeer?: boolean
  /** The peer's end is gone, and we do not know. */
  #deserted = false
  #endTold = false
  /** Our re-INVITEs that the test has not answered. */
  readonly renegotiations: { readonly body: Body | undefined; readonly outcome: (outcome: RenegotiationOutcome) => void }[] = []
  readonly infos: { readonly body: Body | undefined; readonly outcome: InfoOutcome }[] = []

  constructor(
    readonly sipCallId: string,
    private readonly onEnd: () => void,
    body?: Body,
    /** The ACK for our 2xx has not arrived. */
    private awaitsAck = false,
  ) {
    if (body) this.body = body
  }

  /** The caller left before our answer, so there is no dialog. */
  static neverBegan(): FakeLeg {
    const leg = new FakeLeg('never-began', () => undefined)
    leg.end({ kind: 'hungUpByUs' })
    return leg
  }

  /** The peer sends the ACK. */
  confirm(answer?: Body): void {
    if (this.ended || !this.awaitsAck) return
    this.awaitsAck = false
    if (this.hangsUp) this.end({ kind: 'hungUpByUs' })
    else this.listener?.confirmed?.(answer)
  }

  listen(listener: LegListener): void {
    this.listener = listener
    this.#tellEnd()
  }

  acknowledge(answer?: Body): void {
    this.acknowledged ??= { answer }
  }

  renegotiate(body: Body | undefined, outcome: (outcome: RenegotiationOutcome) => void): void {
    if (this.#deserted) {
      outcome({ kind: 'rejected', status: 481, headers: [] })
      return this.end({ kind: 'lost', why: 'noDialog' })
    }
    if (this.ended) return outcome({ kind: 'rejected', status: 481, headers: [] })
    if (this.renegotiations.length > 0 || this.awaitsAck) return outcome({ kind: 'rejected', status: 491, headers: [] })
    const settled = (settle: RenegotiationOutcome): void => {
      this.renegotiations.pop()
      if (!this.ended) outcome(settle)
    }
    this.renegotiations.push({ body, outcome: settled })
  }

  info(body: Body | undefined, _headers: readonly ExtraHeader[], outcome: InfoOutcome): void {
    if (this.ended) return outcome(481)
    this.infos.push({ body, outcome })
  }

  hangUp(reason?: Reason): void {
    if (this.ended || this.hangsUp) return
    this.hungUpWith = reason
    this.hangsUp = true
    if (!this.awaitsAck) this.end({ kind: 'hungUpByUs' })
  }

  /** The peer's end survives our restart, and the state finds it again. */
  state(): LegState {
    return { leg: this.sipCallId }
  }

  probe(): void {
    this.probes += 1
    if (this.#deserted) this.end({ kind: 'lost', why: 'noDialog' })
  }

  letGo(): void {
    this.unheard()
  }

  /** Our process is gone: nothing is heard, and pending requests stay unanswered. */
  unheard(): void {
    this.listener = undefined
    this.renegotiations.length = 0
    this.infos.length = 0
    this.awaitsAck = false
  }

  /** The peer hangs up or dies while we are not there. */
  desert(): void {
    this.#deserted = true
  }

  get deserted(): boolean {
    return this.#deserted
  }

  /** Ends the leg from the peer's side or the engine's: BYE, a lost ACK … */
  end(end: LegEnd): void {
    if (this.ended) return
    this.ended = end
    this.onEnd()
    this.#tellEnd()
  }

  /** Reports the end to one listener, whether it came before or after the end. */
  #tellEnd(): void {
    if (!this.ended || !this.listener || this.#endTold) return
    this.#endTold = true
    this.listener.ended(this.ended)
  }

  /** The peer sends REFER. */
  refer(request: Omit<InboundRefer, 'accept' | 'reject'>): ReferAnswer {
    const answer: ReferAnswer = { news: [] }
    const asked: InboundRefer = {
      ...request,
      accept: () => {
        answer.accepted = true
        answer.news.push('100 Trying')
        let over = false
        return {
          ringing: () => {
            if (!over) answer.news.push('180 Ringing')
          },
          done: (status, phrase = 'OK') => {
            if (!over) answer.news.push(`${status} ${phrase}`)
            over = true
          },
        }
      },
      reject: status => void (answer.rejected = status),
    }
    if (this.listener?.refer) this.listener.refer(asked)
    else asked.reject(603)
    return answer
  }

  /** The peer sends INFO. Resolves with our status. */
  inform(body: Body): Promise<number> {
    const { listener } = this
    if (!listener?.info) return Promise.resolve(200)
    return new Promise(respond => listener.info?.({ body, headers: [], respond }))
  }

  /** The peer sends a re-INVITE. Returns our answer. */
  reinvite(body: Body | undefined): ReinviteAnswer {
    const answer: ReinviteAnswer = {}
    const request: InboundRenegotiation = {
      ...(body && { body }),
      accept: (accepted, confirmed) => Object.assign(answer, { accepted, confirm: confirmed }),
      reject: (status, headers) => Object.assign(answer, { rejected: status, headers }),
    }
    if (this.listener?.renegotiation) this.listener.renegotiation(request)
    else request.reject(488)
    return answer
  }
}

const urisOf = (values: readonly string[] = []): string[] =>
  values.flatMap(value => {
    const read = parseNameAddr(value)
    return read.ok ? read.value.uri : []
  })

/** A caller's INVITE, as the shell receives it. */
export class FakeInbound implements InboundCall {
  readonly invite: ReceivedInvite
  readonly origin: Origin & { readonly source: string }
  readonly replaces?: Leg
  /** Our pending checks whether the caller's side exists. */
  readonly asked: ((answer: PeerAnswer) => void)[] = []
  listener: InboundCallListener | undefined
  readonly progressed: { readonly status: number; readonly phrase: string | undefined }[] = []
  leg: FakeLeg | undefined
  answeredSaying: readonly ExtraHeader[] = []
  answeredWith: Body | undefined
  rejected: number | undefined
  rejectedWith: readonly ExtraHeader[] = []
  isCancelled = false

  constructor(
    private readonly signaling: FakeSignaling,
    requestUri: string,
    readonly options: {
      readonly body?: Body | undefined
      readonly headers?: Readonly<Record<string, readonly string[]>>
      readonly from?: ReceivedInvite['from']
      /** Whether it came from a trusted peer. Default: yes. */
      readonly trusted?: boolean
      /** The leg that this call replaces. */
      readonly replaces?: Leg
      readonly attachments?: readonly Attachment[]
      /** The peer to which the caller belongs. */
      readonly peer?: string
    },
  ) {
    const { peer = 'udp 192.0.2.1:5060', trusted = true, body, replaces, attachments } = options
    const { from = { uri: 'sip:+14255550123@pbx.example.com', displayName: 'Carol' } } = options
    this.origin = { peer, trusted, source: '192.0.2.77' }
    this.invite = {
      sipCallId: `in-${signaling.nextId()}`,
      ...{ from, to: { uri: requestUri }, requestUri },
      asserted: urisOf(options.headers?.['P-Asserted-Identity']),
      preferred: urisOf(options.headers?.['P-Preferred-Identity']),
      ...(body && { body }),
      ...(attachments && { attachments }),
    }
    if (replaces) this.replaces = replaces
  }

  get sipCallId(): string {
    return this.invite.sipCallId
  }

  get from(): ReceivedInvite['from'] {
    return this.invite.from
  }

  state(): LegState | undefined {
    return this.leg || this.over ? undefined : { invite: this.sipCallId }
  }

  letGo(): void {
    this.listener = undefined
  }

  get over(): boolean {
    return (
      this.rejected !== undefined ||
      this.isCancelled ||
      this.leg?.ended !== undefined ||
      this.leg?.hangsUp === true ||
      this.leg?.deserted === true
    )
  }

  probe(told: (answer: PeerAnswer) => void): void {
    this.asked.push(told)
  }

  header(name: string): readonly string[] {
    return this.options.headers?.[name] ?? []
  }

  listen(listener: InboundCallListener): void {
    this.listener = listener
  }

  progress(status: 180 | 182, phrase?: string): void {
    this.progressed.push({ status, phrase })
  }

  answer(body: Body | undefined, headers: readonly ExtraHeader[] = []): FakeLeg {
    this.answeredSaying = headers
    if (this.leg || this.rejected !== undefined) throw new Error('answered twice, or after a refusal')
    if (this.isCancelled) return FakeLeg.neverBegan()
    this.answeredWith = body
    this.leg = this.signaling.leg(undefined, true)
    return this.leg
  }

  reject(status: number, options: { readonly headers?: readonly ExtraHeader[] } = {}): void {
    if (this.leg || this.over) return
    this.rejected = status
    this.rejectedWith = options.headers ?? []
  }

  /** The caller sends CANCEL. It has no effect when it comes too late. */
  cancel(): void {
    if (this.leg || this.over) return
    this.isCancelled = true
    this.listener?.cancelled()
  }
}

/** An INVITE that the shell sent. The test plays the phone. */
export class FakePhone implements OutboundCall {
  readonly sipCallId: string
  state: 'calling' | 'cancelled' | 'answered' | 'refused' | 'unheard' | 'stopped' = 'calling'
  cancelledWith: Reason | undefined
  leg: FakeLeg | undefined
  /** The phone's 200 crosses our CANCEL. A real engine sends ACK and BYE. */
  lateAnswers = 0

  constructor(
    private readonly signaling: FakeSignaling,
    readonly target: Target,
    readonly options: InviteOptions,
    private readonly listener: OutboundCallListener,
  ) {
    this.sipCallId = `out-${signaling.nextId()}`
  }

  ring(status = 180): void {
    if (this.state === 'calling') this.listener.ringing?.(status)
  }

  answer(body: Body | 'none' = sdp('agent')): FakeLeg | undefined {
    if (this.state === 'cancelled') this.lateAnswers += 1
    if (this.state !== 'calling') return undefined
    this.state = 'answered'
    this.leg = this.signaling.leg(body === 'none' ? undefined : body)
    this.listener.answered(this.leg)
    return this.leg
  }

  refuse(status: number, unreachable?: true): void {
    if (this.state !== 'calling') return
    this.state = 'refused'
    this.listener.refused({ status, reasonPhrase: 'No', ...(unreachable && { unreachable }) })
  }

  cancel(reason?: Reason): void {
    if (this.state !== 'calling') return
    this.state = 'cancelled'
    this.cancelledWith = reason
  }

  kept(): readonly LegState[] {
    return this.state === 'calling' ? [{ phone: this.sipCallId }] : []
  }

  /** The next process sends CANCEL. */
  stopped(reason: Reason): void {
    if (this.state !== 'unheard') return
    this.state = 'stopped'
    this.cancelledWith = reason
  }
}

/** The signaling port without a network. Tests make calls and play the phones. */
export class FakeSignaling implements Signaling {
  readonly phones: FakePhone[] = []
  /** Targets whose INVITE fails with this status before `invite` returns. */
  readonly unreachable = new Map<string, number>()
  /** The call of each leg, by SIP Call-ID, as the shell reported it. */
  readonly calls = new Map<string, string>()
  /** Called for each leg to an agent or a target, as the engine does. */
  legNamed: (call: string, sipCallId: string) => void = () => undefined
  /** How many of the next INVITEs throw, as an internal error would. */
  failures = 0
  #handler: ((call: InboundCall) => void) | undefined
  #ids = 0
  /** Open legs by SIP Call-ID. */
  readonly #legs = new Map<string, FakeLeg>()
  /** Callers by SIP Call-ID. */
  readonly #callers = new Map<string, FakeInbound>()

  nextId(): number {
    return (this.#ids += 1)
  }

  leg(body?: Body, awaitsAck = false): FakeLeg {
    const id = `leg-${this.nextId()}`
    const leg = new FakeLeg(id, () => this.#legs.delete(id), body, awaitsAck)
    this.#legs.set(id, leg)
    return leg
  }

  /** A caller dials. */
  call(requestUri: string, options: FakeInbound['options'] = { body: sdp('caller') }): FakeInbound {
    const inbound = new FakeInbound(this, requestUri, options)
    for (const [id, { over, leg }] of this.#callers) if (over || leg) this.#callers.delete(id)
    this.#callers.set(inbound.sipCallId, inbound)
    this.#handler?.(inbound)
    return inbound
  }

  /** Our process ends at once. The peers' ends of all legs and the unanswered callers stay. Phones keep ringing. */
  crash(): void {
    this.#handler = undefined
    for (const phone of this.ringing()) phone.state = 'unheard'
    for (const leg of this.#legs.values()) leg.unheard()
    for (const caller of this.#callers.values()) caller.listener = undefined
  }

  /** Open legs. */
  openOnes(): FakeLeg[] {
    return [...this.#legs.values()]
  }

  belongs(sipCallId: string, call: string): void {
    this.calls.set(sipCallId, call)
  }

  restoreLeg(state: LegState): Leg | undefined {
    return 'leg' in state ? this.#legs.get(String(state.leg)) : undefined
  }

  restoreCall(state: LegState, taken: (call: InboundCall) => void): void {
    const caller = 'invite' in state ? this.#callers.get(String(state.invite)) : undefined
    if (caller && !caller.over && !caller.leg) taken(caller)
  }

  stopRinging(state: LegState, reason: Reason): void {
    if ('phone' in state) this.phones.find(({ sipCallId }) => sipCallId === state.phone)?.stopped(reason)
  }

  /** The phones that are ringing. */
  ringing(): FakePhone[] {
    return this.phones.filter(phone => phone.state === 'calling')
  }

  start = (): Promise<readonly string[]> => Promise.resolve([])
  stop = (): Promise<void> => Promise.resolve()
  trust = (): void => undefined

  onInvite(handler: (call: InboundCall) => void): void {
    this.#handler = handler
  }

  invite(target: Target, options: InviteOptions, listener: OutboundCallListener): OutboundCall {
    if (this.failures > 0) {
      this.failures -= 1
      throw new Error('a fault in the engine')
    }
    const phone = new FakePhone(this, target, options, listener)
    this.phones.push(phone)
    if (options.call !== undefined) this.legNamed(options.call, phone.sipCallId)
    const status = this.unreachable.get(target.uri)
    if (status !== undefined) phone.refuse(status)
    return phone
  }

  openLegs(): number {
    return this.#legs.size + this.ringing().length
  }

  statistics(): SignalingStatistics {
    return {
      requests: [],
      responses: [],
      responseCodes: [],
      retransmissions: new Map(),
      caches: [],
      rejected: new Map(),
    }
  }
}
