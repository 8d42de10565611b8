import type { Timer } from '../../foundation/clock.js'
import { millis, type Millis } from '../../foundation/time.js'
import { buildResponse } from '../message/build.js'
import { isSameAddress } from '../message/ipv6.js'
import type { SipRequest, SipResponse } from '../message/message.js'
import { isLong } from '../transaction/long-requests.js'
import type { ClientTransaction, ClientTransactionListener } from '../transaction/user.js'
import type { Hop } from '../transport/transport.js'
import type { Told } from './link.js'
import type { DrachtioServer } from './server.js'

/** One way to send the request to a server. */
export interface Attempt {
  readonly server: DrachtioServer
  /** The tokens and the message. */
  readonly text: string
  /** Where the server sends the request, as far as its URIs tell. */
  readonly peer: Hop
}

/** The server that carries the request. */
interface Way {
  readonly server: DrachtioServer
  /** The server's id for the request. */
  readonly id: string
  readonly peer: Hop
  /** The request may be too long for the network or the phone. */
  readonly wasLong: boolean
}

/** The layer's services for our requests. */
export interface ClientExchangeLayer {
  send(attempt: Attempt, told: Told): void
  /** The server accepted the request. Its responses have this id from now on. */
  began(exchange: ClientExchange, server: DrachtioServer, id: string): void
  cancel(exchange: ClientExchange, headers: readonly (readonly [string, string])[]): void
  after(delay: Millis, run: () => void): Timer
  trusts(source: Hop): boolean
  foreign(): void
  /** No server was reached, or none accepted it. */
  untaken(exchange: ClientExchange, reason: string): void
}

const soon = millis(0)

/** A request that the server sends for us. It finds the address, repeats the request, and tries other addresses (RFC 3263). */
export class ClientExchange implements ClientTransaction {
  #stage: 'sent' | 'heard' | 'over' = 'sent'
  #cancelled: readonly (readonly [string, string])[] | undefined
  #silence: Timer | undefined
  #way: Way | undefined
  #hop: Hop | undefined

  constructor(
    readonly request: SipRequest,
    private readonly isWithin: boolean,
    private readonly listener: ClientTransactionListener,
    private readonly layer: ClientExchangeLayer,
    /** The destination, if it is known. Responses of others are dropped, except those of trusted peers. */
    private readonly goal: Hop | undefined,
  ) {
    this.#hop = goal
  }

  get way(): Way | undefined {
    return this.#way
  }

  get hop(): Hop | undefined {
    return this.#hop
  }

  get isOver(): boolean {
    return this.#stage === 'over'
  }

  /**
   * Tries the attempts in order, because we don't always know which server has the dialog. A server that does not have it refuses.
   * `shorter`: attempts for a server that can't read a request of this length. Without them such a request fails with 513.
   */
  start([first, ...others]: readonly Attempt[], shorter: readonly Attempt[] = []): void {
    if (!first) return this.#fail('transport')
    this.layer.send(first, reply => {
      if (this.isOver) return
      if (reply.ok) return this.#taken(first, reply.values[6] ?? '')
      if (reply.unsent === 'tooLong' && shorter.length > 0) return this.start(shorter)
      if (reply.unsent === 'tooLong') return this.#refuse(513, reply.reason)
      if (isUnknown(reply.reason) && others.length > 0) return this.start(others, shorter.slice(1))
      if (this.isWithin && isUnknown(reply.reason)) return this.#refuse(481, reply.reason)
      this.layer.untaken(this, reply.reason)
      this.#fail('transport')
    })
  }

  cancel(headers: readonly (readonly [string, string])[]): boolean {
    if (this.isOver || this.#cancelled || this.request.method !== 'INVITE') return true
    this.#cancelled = headers
    this.#silence?.cancel()
    if (this.#way) this.layer.cancel(this, headers)
    // The server sends the CANCEL after the first response (RFC 3261 §9.1).
    return this.#stage === 'heard'
  }

  received(response: SipResponse, source: Hop): void {
    if (this.isOver) return
    const isServers = isMadeByServer(source)
    if (!isServers && this.#isForeign(source)) return this.layer.foreign()
    this.#silence?.cancel()
    if (isServers && response.status >= 200) return this.#lostBy(response.status === 408 ? 'timeout' : 'transport')
    this.#stage = 'heard'
    if (response.status < 200) {
      this.#hop ??= source
      return this.listener.provisional?.(response)
    }
    this.#settle(response)
  }

  /** The server gave up. If the request was long and had no response, the phone may only be unable to read it: 513. */
  #lostBy(why: 'timeout' | 'transport'): void {
    const unread = this.#stage !== 'heard' && this.#way?.wasLong === true
    this.#stage = 'over'
    if (unread) this.listener.final(buildResponse(this.request, 513))
    else this.listener.failed(why)
  }

  /** The connection to the server that carries the request is lost. */
  lost(): void {
    if (this.isOver) return
    this.#stage = 'over'
    this.#silence?.cancel()
    this.listener.failed('transport')
  }

  #taken({ server, peer, text }: Attempt, id: string): void {
    const wasLong = isLong(text.length, peer)
    this.#way = { server, id, peer, wasLong }
    this.layer.began(this, server, id)
    if (this.#cancelled) return this.layer.cancel(this, this.#cancelled)
    const { heardWithin } = this.listener
    // The server does not pass on 100. A phone rings at once, but a proxy may send nothing but 100 for a while.
    if (heardWithin === undefined || !this.goal || this.isWithin) return
    this.#silence = this.layer.after(heardWithin, () => this.listener.silent?.(wasLong))
  }

  /** §17.1.3 matches by branch only. Everybody who has seen the branch could answer too (docs/decisions/031). */
  #isForeign(source: Hop): boolean {
    return this.goal !== undefined && !isSameAddress(this.goal.host, source.host) && !this.layer.trusts(source)
  }

  #settle(response: SipResponse): void {
    if (this.isOver) return
    this.#stage = 'over'
    this.#silence?.cancel()
    this.listener.final(response)
  }

  /** Reports a refusal as if it came from the peer. */
  #refuse(status: number, reason: string): void {
    this.layer.untaken(this, reason)
    this.#soon(() => this.#settle(buildResponse(this.request, status, {})))
  }

  #fail(why: 'timeout' | 'transport'): void {
    this.#soon(() => {
      if (this.isOver) return
      this.#stage = 'over'
      this.listener.failed(why)
    })
  }

  /** Runs `run` later, so that nothing is reported before `request()` returns to the user. */
  #soon(run: () => void): void {
    this.layer.after(soon, run)
  }
}

/**
 * Whether the server made the response itself: when nobody answers (408), when nobody can be reached (503), or when a connection closed
 * while it wrote (410). Such a response has a To tag like a phone's, but no source.
 */
const isMadeByServer = ({ host }: Hop): boolean => host === ''

const isUnknown = (reason: string): boolean => /unable to find dialog/i.test(reason)
