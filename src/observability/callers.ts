import { cut, shownUri } from '../calls/step.js'
import type { Clock } from '../foundation/clock.js'
import type { Instant } from '../foundation/time.js'
import type { InboundCall, InboundCallListener } from '../legs/answering.js'
import type { Attachment, Body, ExtraHeader } from '../legs/body.js'
import type { InviteOptions, OutboundCall, OutboundCallListener, Target } from '../legs/invitation.js'
import type { Leg, LegState } from '../legs/leg.js'
import type { Reason } from '../legs/reason.js'
import { callId } from '../routing/world/ids.js'
import type { Signaling, SignalingStatistics } from '../signaling/port.js'
import type { LegNames } from './leg-names.js'

/** The caller, and the final answer to their INVITE once there is one. */
export interface CallerSide {
  readonly uri: string
  readonly displayName?: string
  readonly status?: number
  /** When the INVITE was answered with 200: for a prompt or music, or because an agent or a forward target answered. */
  readonly answeredAt?: Instant
}

/** Wraps the signaling port and notes what was actually sent to each caller, whatever the core decided. */
export class WatchedSignaling implements Signaling {
  #arriving: CallerSide | undefined

  constructor(
    private readonly signaling: Signaling,
    private readonly clock: Clock,
    /** The reader that writes records removes a call's legs from here. */
    private readonly legs: LegNames,
  ) {}

  /** The caller of the call that arrives now, while its readers run. Later fields are filled in as they happen. */
  get arriving(): CallerSide | undefined {
    return this.#arriving
  }

  onInvite(handler: (call: InboundCall) => void): void {
    this.signaling.onInvite(inbound => this.#arrived(inbound, handler))
  }

  restoreLeg(state: LegState): Leg | undefined {
    return this.signaling.restoreLeg(state)
  }

  restoreCall(state: LegState, taken: (call: InboundCall) => void): void {
    this.signaling.restoreCall(state, inbound => this.#arrived(inbound, taken))
  }

  start(): Promise<readonly string[]> {
    return this.signaling.start()
  }

  invite(target: Target, options: InviteOptions, listener: OutboundCallListener): OutboundCall {
    const outbound = this.signaling.invite(target, options, listener)
    if (options.call !== undefined) this.legs.add(options.call, outbound.sipCallId)
    return outbound
  }

  belongs(sipCallId: string, call: string): void {
    this.legs.begin(callId(call), sipCallId)
    this.signaling.belongs(sipCallId, call)
  }

  openLegs(): number {
    return this.signaling.openLegs()
  }

  statistics(): SignalingStatistics {
    return this.signaling.statistics()
  }

  trust(peers: readonly string[]): void {
    this.signaling.trust(peers)
  }

  stop(): Promise<void> {
    return this.signaling.stop()
  }

  #arrived(inbound: InboundCall, handler: (call: InboundCall) => void): void {
    const watched = new WatchedInbound(inbound, this.clock)
    this.#arriving = watched.side
    try {
      handler(watched)
    } finally {
      this.#arriving = undefined
    }
  }
}

type Changeable<T> = { -readonly [Key in keyof T]: T[Key] }

class WatchedInbound implements InboundCall {
  readonly sipCallId
  readonly from
  readonly to
  readonly requestUri
  readonly peer
  readonly trusted
  readonly body?: Body
  readonly replaces?: Leg
  readonly source?: string
  readonly attachments?: readonly Attachment[]
  readonly side: Changeable<CallerSide>

  constructor(
    private readonly inbound: InboundCall,
    private readonly clock: Clock,
  ) {
    const { sipCallId, from, to, requestUri, peer, trusted, body, replaces, source, attachments } = inbound
    this.peer = peer
    this.sipCallId = sipCallId
    this.from = from
    this.to = to
    this.requestUri = requestUri
    this.trusted = trusted
    if (body) this.body = body
    if (replaces) this.replaces = replaces
    if (source !== undefined) this.source = source
    if (attachments) this.attachments = attachments
    this.side = { uri: shownUri(from.uri), ...(from.displayName !== undefined && { displayName: cut(from.displayName) }) }
  }

  header(name: string): readonly string[] {
    return this.inbound.header(name)
  }

  listen(listener: InboundCallListener): void {
    this.inbound.listen({
      cancelled: () => {
        this.side.status = 487
        listener.cancelled()
      },
      ...(listener.cutOff && { cutOff: () => listener.cutOff?.() }),
    })
  }

  probe(told: Parameters<InboundCall['probe']>[0]): void {
    this.inbound.probe(told)
  }

  progress(status: 180 | 182, reasonPhrase?: string): void {
    this.inbound.progress(status, reasonPhrase)
  }

  answer(body: Body | undefined, headers: readonly ExtraHeader[] = []): Leg {
    this.side.status = 200
    this.side.answeredAt = this.clock.now()
    return this.inbound.answer(body, headers)
  }

  reject(status: number, options?: { readonly reason?: Reason; readonly headers?: readonly ExtraHeader[] }): void {
    this.side.status = status
    this.inbound.reject(status, options)
  }
  state(): LegState | undefined {
    return this.inbound.state()
  }

  letGo(): void {
    this.inbound.letGo()
  }
}
