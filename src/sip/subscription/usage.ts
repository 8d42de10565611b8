import { TimerSet, type Clock } from '../../foundation/clock.js'
import { between, later, millis, seconds, type Instant, type Millis } from '../../foundation/time.js'
import type { Body, ExtraHeader } from '../../legs/body.js'
import { Dialog } from '../dialog/dialog.js'
import { buildRequest, buildResponse } from '../message/build.js'
import { contentType, cseq, from, requires } from '../message/fields.js'
import type { SipRequest, SipResponse } from '../message/message.js'
import type { ClientTransaction, Destination, ServerTransaction, Transactions } from '../transaction/user.js'
import { isSamePlace } from '../dialog/peer-place.js'
import type { Hop } from '../transport/transport.js'
import { eventOf, expiresOf, minExpiresOf, retryAfterOf, subscriptionState, type SubscriptionState } from './event-fields.js'

/** The event package and the agent that are watched. */
export interface SubscribeParts {
  /** The Request-URI. */
  readonly uri: string
  /** A loose route to the next hop, with its `lr`. */
  readonly route?: string
  /** The whole values, without tags. */
  readonly from: string
  readonly to: string
  /** The event package, such as `presence`. */
  readonly event: string
  /** Media types of its documents. */
  readonly accept: readonly string[]
}

/** The endpoint's services for subscriptions. All share one object. */
export interface SubscriptionContext {
  readonly transactions: Transactions
  readonly clock: Clock
  readonly headers: readonly ExtraHeader[]
  /** From 0 to 1. */
  chance(): number
  tag(): string
  /** The whole Contact value for that target. */
  contactTowards(target: string): string
  /** Passes requests with this Call-ID and our tag to the usage, until the returned function is called. */
  keep(callId: string, ourTag: string, usage: SubscriptionUsage): () => void
}

/** A notification. */
export interface Notification {
  readonly state: 'active' | 'pending' | 'terminated'
  /** The subscription lasts until then. It is refreshed before. */
  readonly until: Instant
  readonly body?: Body
}

/** Why a subscription is over. */
export type UsageEnd =
  /** The first SUBSCRIBE was refused with this status. */
  | { readonly kind: 'refused'; readonly status: number; readonly retryAfter?: number; readonly minExpires?: number }
  /** The notifier ended it (RFC 6665 §4.1.3). */
  | { readonly kind: 'terminated'; readonly reason?: string; readonly retryAfter?: number }
  /** `silence`: no response or no NOTIFY came. `noDialog`: a refresh found no subscription, or NOTIFYs can't reach us. `expired`: its time is over. */
  | { readonly kind: 'lost'; readonly why: 'silence' | 'noDialog' | 'expired' }

interface UsageListener {
  notified(notification: Notification): void
  /** Called once, at the end. */
  over(end: UsageEnd): void
}

/** RFC 6665 §4.1.2.4, timer N: how long we wait for the NOTIFY that a SUBSCRIBE causes, the first and the last. */
const notifyWithin = seconds(32)
/** A refresh that the notifier could not serve is repeated after this time. */
const refreshAgain = seconds(30)
/** RFC 6665 §4.1.2.2 and RFC 5057 §5.1: a refresh with one of these responses found no subscription. */
const ending = new Set([404, 405, 408, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604])
/** NOTIFYs contain whole seconds, so smaller differences change no timer. */
const negligible = millis(2_000)
/** In seconds. A notifier may grant years, but the clock's timers are limited to 24.8 days. */
const longestGrant = 86_400
/** The shortest interval between requests for the full state. */
const leastBetweenRefreshes = seconds(2)

/** The first SUBSCRIBE, and the Contact that it names. */
interface First {
  readonly request: SipRequest
  readonly contact: string
}

/** What is watched, the identity that watches it, and for how long. */
interface Watched extends SubscribeParts {
  /** In seconds. */
  readonly expires: number
}

/** The latest SUBSCRIBE. */
interface Asked {
  at: Instant
  /** The SUBSCRIBE has no final response yet. */
  isOpen: boolean
  transaction: ClientTransaction | undefined
}

/** How long the subscription lasts. `isNamed`: as the notifier said. Otherwise as we requested. */
interface Grant {
  readonly until: Instant
  readonly isNamed: boolean
}

/**
 * One subscription from its SUBSCRIBE to its end (RFC 6665 §4.1). The first NOTIFY creates the dialog (§4.4.1). It may come before the 2xx, and
 * if there are several forks, its sender is used.
 */
export class SubscriptionUsage {
  readonly #first: First
  readonly #timers: TimerSet<'firstNotify' | 'lastNotify' | 'refresh' | 'expiry'>
  readonly #forget: () => void
  #dialog: Dialog | undefined
  readonly #latest: Asked
  #grant: Grant
  #over = false

  /** Sends the SUBSCRIBE. */
  constructor(
    private readonly watched: Watched,
    private readonly context: SubscriptionContext,
    private readonly listener: UsageListener,
  ) {
    const { uri, route, to, expires } = watched
    const target = route ?? uri
    const [callId, tag] = [`${context.tag()}${context.tag()}`, context.tag()]
    const contact = context.contactTowards(target)
    this.#timers = new TimerSet(context.clock)
    const now = context.clock.now()
    this.#latest = { at: now, isOpen: true, transaction: undefined }
    this.#grant = { until: later(now, seconds(expires)), isNamed: false }
    const request = buildRequest({
      method: 'SUBSCRIBE',
      uri,
      from: `${watched.from};tag=${tag}`,
      to,
      callId,
      cseq: 1,
      routes: route === undefined ? [] : [`<${route}>`],
      contact,
      headers: this.#headers(expires),
    })
    this.#first = { request, contact }
    this.#forget = context.keep(callId, tag, this)
    this.#timers.start('firstNotify', notifyWithin, () => this.#end({ kind: 'lost', why: 'silence' }))
    this.#send(request, target)
  }

  /** A notifier is not a phone that registers here. */
  get account(): undefined {
    return undefined
  }

  /** Requests the full state, at once or after the shortest interval. */
  refresh(): void {
    if (this.#over || this.#latest.isOpen || !this.#dialog) return
    const { clock } = this.context
    const wait = between(clock.now(), later(this.#latest.at, leastBetweenRefreshes))
    if (wait > 0) this.#timers.start('refresh', wait, () => this.#subscribe(this.watched.expires))
    else this.#subscribe(this.watched.expires)
  }

  /**
   * Ends the subscription and tells the notifier, if it is known. Nothing more is reported to the listener. The notifier's last NOTIFY still
   * belongs to the subscription (RFC 6665 §4.4.1).
   */
  stop(): void {
    if (this.#over) return
    const asked = this.#dialog?.request('SUBSCRIBE', { headers: this.#headers(0) })
    if (!asked) return this.#close()
    this.#over = true
    this.#timers.stopAll()
    this.#timers.start('lastNotify', notifyWithin, () => this.#close())
    this.context.transactions.request(asked.request, asked.target, {
      final: ({ status }) => {
        if (status >= 300) this.#close()
      },
      failed: () => this.#close(),
    })
  }

  /** Ends the wait for the last NOTIFY, because the endpoint stops. */
  letGo(): void {
    if (this.#over) this.#close()
  }

  /** Before the first NOTIFY the notifier is the destination of the SUBSCRIBE. */
  isFrom(source: Hop): boolean {
    if (this.#dialog) return this.#dialog.isFrom(source)
    const hop = this.#latest.transaction?.hop
    return hop !== undefined && isSamePlace(hop, source)
  }

  /** A request from the notifier. */
  onRequest(transaction: ServerTransaction): void {
    const { request } = transaction
    const refused = this.#refusalOf(request)
    if (refused) return this.#answer(transaction, refused.status, refused.headers)
    const { request: asked, contact } = this.#first
    const number = cseq(asked.headers)?.number ?? 1
    const dialog = this.#dialog ?? Dialog.byNotify(asked, request, contact, number, transaction.source)
    if (dialog.remoteTag !== from(request.headers)?.tag) return this.#answer(transaction, 481)
    // RFC 3261 §12.2.2: a later number that came first counts (rule presence-in-order).
    if (!dialog.inOrder(request)) return this.#answer(transaction, 500)
    const state = subscriptionState(request.headers)
    if (!state) return this.#answer(transaction, 400)
    this.#dialog = dialog
    dialog.heardFrom(transaction.source)
    dialog.refreshTarget(request)
    this.#answer(transaction, 200)
    if (!this.#over) return this.#notified(request, state)
    if (state.state === 'terminated') this.#close()
  }

  #refusalOf(request: SipRequest): { readonly status: number; readonly headers?: readonly ExtraHeader[] } | undefined {
    const { headers, method, body } = request
    if (method !== 'NOTIFY') return { status: 405, headers: [['Allow', 'NOTIFY']] }
    const unknown = requires(headers)
    if (unknown.length > 0) return { status: 420, headers: [['Unsupported', unknown.join(', ')]] }
    if (eventOf(headers) !== this.watched.event) return { status: 489, headers: [['Allow-Events', this.watched.event]] }
    const encoding = headers.first('Content-Encoding')?.toLowerCase() ?? 'identity'
    if (body === '' || (this.watched.accept.includes(contentType(headers) ?? '') && encoding === 'identity')) return undefined
    return { status: 415, headers: [['Accept', this.watched.accept.join(', ')]] }
  }

  #notified(request: SipRequest, { state, reason, expires, retryAfter }: SubscriptionState): void {
    this.#timers.stop('firstNotify')
    if (expires !== undefined && state !== 'terminated') this.#granted(expires)
    const { body, headers } = request
    this.listener.notified({
      state,
      until: this.#grant.until,
      ...(body !== '' && { body: { type: contentType(headers) ?? '', text: body } }),
    })
    if (state === 'terminated')
      this.#end({
        kind: 'terminated',
        ...(reason !== undefined && { reason }),
        ...(retryAfter !== undefined && { retryAfter }),
      })
  }

  #headers(expires: number): ExtraHeader[] {
    return [
      ['Event', this.watched.event],
      ['Expires', String(expires)],
      ['Accept', this.watched.accept.join(', ')],
      ...this.context.headers,
    ]
  }

  #subscribe(expires: number): void {
    const asked = this.#latest.isOpen ? undefined : this.#dialog?.request('SUBSCRIBE', { headers: this.#headers(expires) })
    if (asked) this.#send(asked.request, asked.target)
  }

  #send(request: SipRequest, target: Destination): void {
    this.#latest.at = this.context.clock.now()
    this.#latest.isOpen = true
    this.#latest.transaction = this.context.transactions.request(request, target, {
      final: response => this.#answered(response, request === this.#first.request),
      failed: () => {
        if (!this.#over) this.#end({ kind: 'lost', why: 'silence' })
      },
    })
  }

  #answered(response: SipResponse, isFirst: boolean): void {
    if (this.#over) return
    this.#latest.isOpen = false
    const { status, headers } = response
    if (status < 300) {
      if (!isFirst) this.#dialog?.refreshTarget(response)
      return this.#granted(expiresOf(headers) ?? this.watched.expires)
    }
    const [retryAfter, minExpires] = [retryAfterOf(headers), minExpiresOf(headers)]
    if (isFirst)
      return this.#end({
        kind: 'refused',
        status,
        ...(retryAfter !== undefined && { retryAfter }),
        ...(minExpires !== undefined && status === 423 && { minExpires }),
      })
    if (ending.has(status)) return this.#end({ kind: 'lost', why: 'noDialog' })
    // The subscription lasts until its time is over (RFC 6665 §4.1.2.2).
    const wait = seconds(Math.min(retryAfter ?? 0, longestGrant))
    this.#timers.start('refresh', millis(Math.max(wait, refreshAgain)), () => this.#subscribe(this.watched.expires))
  }

  /** The subscription lasts for `granted` seconds, at most a day. It is refreshed after a random time between half and three quarters of them. */
  #granted(granted: number): void {
    const { clock } = this.context
    const span: Millis = seconds(Math.min(granted, longestGrant))
    const until = later(clock.now(), span)
    if (this.#grant.isNamed && Math.abs(until - this.#grant.until) <= negligible) return
    this.#grant = { until, isNamed: true }
    this.#timers.start('expiry', span, () => this.#end({ kind: 'lost', why: 'expired' }))
    this.#timers.start('refresh', millis(span * (0.5 + this.context.chance() / 4)), () => this.#subscribe(this.watched.expires))
  }

  #end(end: UsageEnd): void {
    if (this.#over) return
    this.#close()
    this.listener.over(end)
  }

  unheard(wasCut: (contact: string) => boolean): void {
    if (wasCut(this.#first.contact)) this.#end({ kind: 'lost', why: 'noDialog' })
  }

  #close(): void {
    this.#over = true
    this.#timers.stopAll()
    this.#forget()
  }

  #answer(transaction: ServerTransaction, status: number, headers: readonly ExtraHeader[] = []): void {
    transaction.respond(buildResponse(transaction.request, status, { headers: [...headers, ...this.context.headers] }))
  }
}
