import type { Body, Writer } from '../../legs/body.js'
import type { Result } from '../../foundation/result.js'
import type {
  Anchor,
  AnchorListener,
  AnchorSide,
  HeardSupervisor,
  KeptAnchorSide,
  PartToRecord,
  RelayedSound,
  ShownRecording,
  Stream,
} from '../port.js'
import { RelayNegotiation, SideSession, type RelayAgreement, type RelayEnd } from '../anchor/negotiation.js'
import { NamedAddress } from '../addresses.js'
import { channels } from '../recording/messages.js'
import type { WallTime } from '../../foundation/time.js'
import type { Vouching } from '../rtp/latch.js'
import type { Endpoint } from '../sdp.js'
import { BuiltinStream } from './builtin-stream.js'
import type { StreamId, ToThread } from './messages.js'
import { RelayRecording } from './relay-recording.js'

/** What a relay needs from the engine. */
interface AnchorContext {
  readonly describing: AnchorDescribing
  readonly recording: {
    /** Whether the call can be recorded. */
    readonly isPossible: boolean
    /** What the wall clock shows. */
    readonly now: () => WallTime
  }
  /** Opens a port pair for a side. Undefined: none is free. */
  readonly openEnd: () => End | undefined
  /** Sends to the media thread. */
  readonly tell: (message: ToThread) => void
  /** Tells why a description can't be used. */
  readonly unusable: (why: string) => void
  /** Called once, at the end. */
  readonly closed: () => void
}

/** How descriptions are read and written. */
interface AnchorDescribing {
  readonly family: 4 | 6
  readonly sound: RelayedSound
  /** The addresses by which others reach us now, at least one, the likeliest first. */
  readonly reachable: () => readonly string[]
  /** A new session id for o=, as digits. */
  readonly sessionId: () => string
  readonly vouch: (place: Endpoint, writer: Writer) => Vouching
}

/** One side's port pair in the media thread. */
export interface End {
  readonly id: StreamId
  readonly port: number
}

/** The main thread's half of the relay of one call. */
export class BuiltinAnchor implements Anchor {
  readonly #session: SideSession
  /** The partners that took the call and agreed. The caller hears the last one. */
  readonly #agreed: Side[] = []
  readonly #sides = new Set<Side>()
  /** The caller's side. */
  #end: End | undefined
  /** The stream whose port pair is the caller's side. Undefined: the relay opened the port pair itself. */
  #stream: BuiltinStream | undefined
  /** All phones that ring for the call share one port pair, because at most one of them takes the call. */
  #ringing: { readonly end: End; readonly sides: Set<Side> } | undefined
  readonly #recording: RelayRecording
  #closed = false

  constructor(
    private readonly context: AnchorContext,
    readonly listener: AnchorListener,
  ) {
    const { reachable, sessionId } = context.describing
    const address = new NamedAddress(reachable)
    this.#recording = new RelayRecording({ tell: context.tell, now: context.recording.now })
    this.#session = new SideSession({ address: () => address.next(), port: () => this.#port() }, sessionId())
  }

  get records(): boolean {
    return this.context.recording.isPossible
  }

  adopt(stream: Stream): boolean {
    if (this.#end || this.#closed || !(stream instanceof BuiltinStream)) return false
    this.#stream = stream
    this.#end = stream.end
    return true
  }

  side(kept?: KeptAnchorSide): AnchorSide | undefined {
    // A side from before a restart takes its port with its next description, because no port is bound yet.
    const ringing = this.#closed || kept ? undefined : this.#ringingEnd()
    if (this.#closed || (!ringing && !kept)) return undefined
    const { describing, unusable } = this.context
    const { family, sound, reachable, sessionId, vouch } = describing
    const address = new NamedAddress(reachable)
    // The partner of a call from before a restart has taken it.
    const side: Side = { end: ringing?.end, takes: kept !== undefined, forget: () => negotiation.forget() }
    ringing?.sides.add(side)
    const partner = new SideSession(
      { address: () => address.next(), port: () => this.#endOf(side)?.port },
      kept?.id ?? sessionId(),
      kept?.version,
    )
    const negotiation = new RelayNegotiation({
      ...{ family, sound, vouch, partner, caller: this.#session },
      preferred: () => this.#stream?.payloadType,
      recording: () => this.#recording.shown,
    })
    this.#sides.add(side)
    const usable = (body: Result<Body>): Body | undefined => {
      if (body.ok) return body.value
      unusable(body.fault)
      return undefined
    }
    const agreed = (body: Body | undefined): Body | undefined => {
      if (body) this.#join(side, negotiation.agreed)
      return body
    }
    return {
      offerToPartner: offer => usable(negotiation.offered('caller', offer)),
      answerFromPartner: answer => agreed(usable(negotiation.answered('partner', answer))),
      offerFromPartner: offer => usable(negotiation.offered('partner', offer)),
      answerToPartner: answer => agreed(usable(negotiation.answered('caller', answer))),
      connect: () => this.#take(side),
      settled: (by, offer) => agreed(negotiation.settled(by, offer)),
      state: () => ({ id: partner.id, version: partner.versions.version }),
      close: () => this.#closeSide(side),
    }
  }

  record(part: PartToRecord | undefined): void {
    if (this.#closed) return
    this.#recording.set(part)
    const heard = this.#agreed.at(-1)
    if (heard) this.#connect(heard)
  }

  showRecording(state: ShownRecording | undefined): void {
    this.#recording.shown = state
  }

  get mixes(): boolean {
    return this.#agreed.at(-1)?.agreement?.isG711 === true
  }

  supervise(supervisors: readonly HeardSupervisor[]): void {
    const partner = this.#agreed.at(-1)?.end
    if (!this.#end || !partner) return
    const heard = supervisors.flatMap(({ stream, heardBy }) =>
      stream instanceof BuiltinStream ? [{ id: stream.end.id, heardBy }] : [],
    )
    this.context.tell({ kind: 'supervise', caller: this.#end.id, partner: partner.id, supervisors: heard })
  }

  /** The port pairs of this call are gone. */
  broke(): void {
    this.#stream = undefined
    this.#end = undefined
    this.#ringing = undefined
    this.#agreed.length = 0
    this.#recording.broke()
    for (const side of this.#sides) {
      side.end = undefined
      delete side.agreement
      side.forget()
    }
    if (!this.#closed) this.listener.broke()
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#recording.close()
    for (const side of [...this.#sides]) this.#closeSide(side)
    if (this.#stream) this.#stream.close()
    else this.#closeEnd(this.#end)
    this.context.closed()
  }

  /** Whether this port pair belongs to this call. */
  owns(id: StreamId): boolean {
    return this.#end?.id === id || [...this.#sides].some(({ end }) => end?.id === id)
  }

  /** Two sides are connected now. */
  get isJoined(): boolean {
    return this.#agreed.length > 0
  }

  #port(): number | undefined {
    if (this.#closed) return undefined
    this.#end ??= this.context.openEnd()
    return this.#end?.port
  }

  #ringingEnd(): { readonly end: End; readonly sides: Set<Side> } | undefined {
    if (this.#ringing) return this.#ringing
    const end = this.context.openEnd()
    if (end) this.#ringing = { end, sides: new Set() }
    return this.#ringing
  }

  /** Gives the port pair of the ringing phones to this phone, which takes the call. */
  #take(side: Side): void {
    if (side.takes || !this.#sides.has(side)) return
    side.takes = true
    const isOurs = side.end !== undefined && this.#ringing?.end === side.end
    if (isOurs) this.#ringing = undefined
    else side.end = undefined
    this.#join(side, side.agreement)
    // The media thread ended while the phone rang, or another phone took the port. This phone sends to a port that is not its own.
    if (!isOurs) this.listener.broke()
  }

  /** The port pair of a side. A side whose ports are gone gets others. */
  #endOf(side: Side): End | undefined {
    if (!this.#sides.has(side)) return undefined
    side.end ??= this.context.openEnd()
    return side.end
  }

  #join(side: Side, agreement: RelayAgreement | undefined): void {
    if (!agreement || !this.#sides.has(side)) return
    side.agreement = agreement
    if (!side.takes) return
    this.#forget(side)
    this.#agreed.push(side)
    if (this.#end) this.#describe(this.#end, agreement.caller)
    if (side.end) this.#describe(side.end, agreement.partner)
    this.#connect(side)
  }

  #describe({ id }: End, { peer, vouched }: RelayEnd): void {
    this.context.tell({ kind: 'agree', id, peer, vouched })
  }

  /** The caller and this side hear each other from now on. */
  #connect({ end, agreement }: Side): void {
    if (!this.#end || !end || !agreement) return
    const { caller, partner } = agreement
    const [left, right] = [this.#recording.tape(channels.caller), this.#recording.tape(channels.partner)]
    this.context.tell({ kind: 'relay', id: this.#end.id, route: { to: end.id, table: caller.table, keys: caller.keys, ...left } })
    this.context.tell({
      kind: 'relay',
      id: end.id,
      route: { to: this.#end.id, table: partner.table, keys: partner.keys, ...right },
    })
  }

  #closeSide(side: Side): void {
    if (!this.#sides.delete(side)) return
    const wasHeard = this.#agreed.at(-1) === side
    this.#forget(side)
    if (side.takes) this.#closeEnd(side.end)
    else this.#stopRinging(side)
    if (!wasHeard || this.#closed) return
    const before = this.#agreed.at(-1)
    if (before) this.#connect(before)
    else if (this.#end) this.context.tell({ kind: 'relay', id: this.#end.id, route: undefined })
  }

  /** Removes a phone that no longer rings. The last one closes the shared port pair. */
  #stopRinging(side: Side): void {
    const ringing = this.#ringing
    if (!ringing?.sides.delete(side) || ringing.sides.size > 0) return
    this.#ringing = undefined
    this.#closeEnd(ringing.end)
  }

  #forget(side: Side): void {
    const index = this.#agreed.indexOf(side)
    if (index >= 0) this.#agreed.splice(index, 1)
  }

  #closeEnd(end: End | undefined): void {
    if (end) this.context.tell({ kind: 'close', id: end.id })
  }
}

interface Side {
  end: End | undefined
  /** The partner has taken the call. A phone that rings has not. */
  takes: boolean
  /** Forgets what the descriptions agreed, because the ports are gone. */
  readonly forget: () => void
  /** The latest agreement of this side. */
  agreement?: RelayAgreement
}
