import type { Timer } from '../../foundation/clock.js'
import { millis, type Millis } from '../../foundation/time.js'
import { buildCancel, buildResponse } from '../message/build.js'
import type { SipRequest, SipResponse } from '../message/message.js'
import { serialize } from '../message/serialize.js'
import { protocols } from '../transport/protocols.js'
import type { Hop, LocalAddress, Location, MessageTransport } from '../transport/transport.js'
import { InviteClient } from './invite-client.js'
import { isLong, largestDatagram } from './long-requests.js'
import type { NonInviteClient } from './non-invite-client.js'
import type { ClientTransaction, ClientTransactionListener, Destination } from './user.js'

/** What an exchange needs from the transaction layer. */
export interface ExchangeLayer {
  readonly transport: MessageTransport
  newBranch(): string
  /** Makes a machine for this branch. Responses with the branch then find it. */
  newClient(request: SipRequest, branch: string, hop: Hop, listener: ClientTransactionListener): InviteClient | NonInviteClient
  /** Runs `run` after the delay. A zero delay means the next turn of the event loop, after waiting messages are read. */
  after(delay: Millis, run: () => void): Timer
  /** T1, the estimated round-trip time. Most answers come within it. */
  readonly roundTrip: Millis
  /** Whether received messages wait unread. */
  isBehind(): boolean
}

/** In bytes: what an IPv4 datagram can carry. */
const longestDatagram = 65_507
const atOnce = millis(0)

const unheard: ClientTransactionListener = { final: () => undefined, failed: () => undefined }

/** The addresses that were not tried yet, and whether they may be reached by another transport. */
interface Left {
  readonly hops: Hop[]
  anyTransport: boolean
}

/** The timers of an address from which nothing has come. */
class Patience {
  /** The request may be too long for the network or the phone. */
  wasLong = false
  /** Runs while nothing has come from the address. */
  #silence: Timer | undefined
  /** Runs until we ask whether the address's port is closed. */
  #question: Timer | undefined

  waits(silence: Timer): void {
    this.#silence?.cancel()
    this.#silence = silence
  }

  asks(question: Timer): void {
    this.#question = question
  }

  over(): void {
    this.#silence?.cancel()
    this.#silence = undefined
    this.#question?.cancel()
    this.#question = undefined
  }
}

/**
 * A request on its way to the addresses of its target (RFC 3263 §4.3). Each address gets its own transaction, with its own branch
 * and Via. The next address is tried if one can't be reached, stays silent or answers 503, unless the user has cancelled. After
 * an INVITE, an address that was given up for its silence may still answer later (decision 037). A provisional response then gets
 * a CANCEL. A 2xx goes to `late` of the listener.
 */
export class ClientExchange implements ClientTransaction, ClientTransactionListener {
  #left: Left = { hops: [], anyTransport: false }
  #machine: InviteClient | NonInviteClient | undefined
  #hop: Hop | undefined
  #provisionalCame = false
  /** Extra header fields of the CANCEL. Set once a CANCEL was asked for. */
  #cancelled: readonly (readonly [string, string])[] | undefined
  #over = false
  readonly #patience = new Patience()

  constructor(
    /** The request with the Via of the current address. The machine of each address has its own copy. */
    private ownRequest: SipRequest,
    private readonly listener: ClientTransactionListener,
    private readonly layer: ExchangeLayer,
  ) {}

  get request(): SipRequest {
    return this.ownRequest
  }

  get hop(): Hop | undefined {
    return this.#hop
  }

  start(target: Destination): void {
    if (typeof target === 'string') this.layer.transport.locate(target, location => this.#located(location))
    else this.#located({ hops: [target], anyTransport: false })
    // A name that DNS does not resolve counts as silent too.
    if (!this.#machine && !this.#over) this.#watch()
  }

  /** The previous process sent the request. The machine has its branch. */
  resume(machine: InviteClient | NonInviteClient): void {
    this.#machine = machine
    this.#hop = machine.hop
    this.#provisionalCame = true
    if (machine instanceof InviteClient) machine.resume()
  }

  cancel(headers: readonly (readonly [string, string])[]): boolean {
    if (this.#over || this.#cancelled || this.request.method !== 'INVITE') return true
    this.#cancelled = headers
    this.#patience.over()
    if (!this.#machine) {
      this.#failSoon()
      return true
    }
    if (this.#provisionalCame) this.#sendCancel(headers)
    return this.#provisionalCame
  }

  provisional(response: SipResponse): void {
    const first = !this.#provisionalCame
    this.#provisionalCame = true
    if (first) this.#patience.over()
    if (first && this.#cancelled) this.#sendCancel(this.#cancelled)
    this.listener.provisional?.(response)
  }

  /** From now on the machine reports directly to the listener, so that only the machine stays in memory. */
  final(response: SipResponse): void {
    this.#patience.over()
    if (response.status === 503 && this.#tryNext()) return
    this.#over = true
    if (this.#machine?.listener === this) this.#machine.listener = this.listener
    this.#machine = undefined
    this.listener.final(response)
  }

  failed(why: 'timeout' | 'transport'): void {
    this.#patience.over()
    if (this.#tryNext()) return
    this.#over = true
    this.#machine = undefined
    if (this.#patience.wasLong && !this.#provisionalCame) this.listener.final(buildResponse(this.request, 513))
    else this.listener.failed(why)
  }

  // ---- silent addresses

  #watch(): void {
    const { heardWithin } = this.listener
    if (heardWithin === undefined) return
    const silent = (): void => this.#patience.waits(this.layer.after(atOnce, () => this.#silent()))
    this.#patience.waits(this.layer.after(heardWithin, silent))
  }

  #silent(): void {
    // The answer may be among the unread messages.
    if (this.layer.isBehind()) return this.#watch()
    this.#patience.over()
    if (this.#left.hops.length > 0) this.#giveUp()
    else {
      if (this.#hop && !this.#patience.wasLong && !this.listener.answersShort) this.layer.transport.avoid(this.#hop)
      this.listener.silent?.(this.#patience.wasLong)
    }
  }

  /**
   * Gives up a silent address while another is left. A late provisional response gets a CANCEL. A late 2xx is for the user to
   * end.
   */
  #giveUp(): void {
    const machine = this.#machine
    const hop = this.#hop
    if (!(machine instanceof InviteClient) || !hop) return
    const { request, listener } = this
    let spoke = false
    machine.listener = {
      provisional: () => {
        if (!spoke) this.#cancelAt(hop, machine, request, [])
        spoke = true
      },
      final: response => {
        if (response.status < 300) listener.late?.(response)
      },
      failed: () => undefined,
    }
    this.ownRequest = { ...request, headers: request.headers.clone() }
    this.#tryNext()
  }

  /** The system reports a closed UDP port only when asked, so we ask after a while (RFC 3261 §18.4), if another address is left. */
  #askLater(hop: Hop, machine: InviteClient | NonInviteClient): void {
    if (this.listener.heardWithin === undefined || hop.transport !== 'udp' || this.#left.hops.length === 0) return
    const ask = (): void => {
      this.layer.transport.ask?.(hop, () => {
        const waits = this.#machine === machine && !this.#provisionalCame && !this.#cancelled
        if (!waits || this.#over) return
        this.#patience.over()
        this.#giveUp()
      })
    }
    this.#patience.asks(this.layer.after(this.layer.roundTrip, ask))
  }

  #located({ hops, anyTransport }: Location): void {
    if (this.#over) return
    const [first, ...others] = hops
    this.#left = { hops: others, anyTransport }
    if (first) this.#attempt(first)
    else this.#failSoon()
  }

  /** Tries the next address. Returns whether there was one. */
  #tryNext(): boolean {
    if (this.#hop && !this.#patience.wasLong) this.layer.transport.avoid(this.#hop)
    const next = this.#cancelled ? undefined : this.#left.hops.shift()
    if (next) this.#attempt(next)
    return next !== undefined
  }

  #attempt(hop: Hop): void {
    const { layer, ownRequest: request } = this
    const branch = layer.newBranch()
    const bytes = withVia(request, layer.transport.local(hop), branch)
    const tooLarge = bytes.length > largestDatagram && this.#left.anyTransport && hop.transport === 'udp'
    const stream = tooLarge ? layer.transport.streamTo(hop) : undefined
    if (!stream) return this.#launch(hop, branch, bytes)
    // If the stream fails, the same address is tried over UDP.
    this.#left.hops.unshift(hop)
    this.#left.anyTransport = false
    this.#attempt(stream)
  }

  #launch(hop: Hop, branch: string, bytes: Buffer): void {
    if (hop.transport === 'udp' && bytes.length > longestDatagram) return this.#tooLong()
    const machine = this.layer.newClient(this.ownRequest, branch, hop, this)
    this.#machine = machine
    this.#hop = hop
    this.#patience.wasLong = isLong(bytes.length, hop)
    this.#provisionalCame = false
    this.#watch()
    this.#askLater(hop, machine)
    machine.start(bytes)
  }

  #sendCancel(headers: readonly (readonly [string, string])[]): void {
    const machine = this.#machine
    if (machine instanceof InviteClient && this.#hop) this.#cancelAt(this.#hop, machine, this.request, headers)
  }

  /** Sends the CANCEL to the same hop with the INVITE's Via, as a transaction of its own. Its outcome is ignored (§9.1). */
  #cancelAt(hop: Hop, machine: InviteClient, invite: SipRequest, headers: readonly (readonly [string, string])[]): void {
    const cancel = buildCancel(invite)
    for (const [name, value] of headers) cancel.headers.append(name, value)
    machine.cancelSent()
    this.layer.newClient(cancel, machine.key, hop, unheard).start(serialize(cancel))
  }

  /**
   * The request is too long for UDP. The user is told as if the address had answered 513 (RFC 3261 §8.1.3.1). It is not told that the
   * address can't be reached, because a phone would lose its registration for that.
   */
  #tooLong(): void {
    this.#over = true
    this.#patience.over()
    const response = buildResponse(this.request, 513)
    this.layer.after(atOnce, () => this.listener.final(response))
  }

  /** Deferred, so that it never runs before `request()` or `cancel()` returns to the user. */
  #failSoon(): void {
    if (this.#over) return
    this.#over = true
    this.#patience.over()
    this.layer.after(atOnce, () => this.listener.failed('transport'))
  }
}

/** Puts our Via on top, replacing that of an earlier attempt. Our own requests have no other Via (§8.1.1.7). */
export function withVia(request: SipRequest, local: LocalAddress, branch: string): Buffer {
  // rport asks for the response at the address from which the request came (RFC 3581 §3).
  const rport = local.transport === 'udp' ? ';rport' : ''
  const via = `SIP/2.0/${protocols[local.transport].inVia} ${local.host}:${local.port};branch=${branch}${rport}`
  if (request.headers.has('Via')) request.headers.set('Via', via)
  else request.headers.prepend('Via', via)
  return serialize(request)
}
