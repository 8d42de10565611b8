import { detached } from '../../foundation/detached.js'
import type { Body, ExtraHeader } from '../../legs/body.js'
import { uriOf } from '../contact.js'
import { buildRequest } from '../message/build.js'
import { contacts, cseq, from, to } from '../message/fields.js'
import type { SipRequest, SipResponse } from '../message/message.js'
import { isSips, parseUri } from '../message/uri.js'
import type { Destination } from '../transaction/user.js'
import type { Hop } from '../transport/transport.js'
import { leadsTo, PeerPlace, type DialogPeer } from './peer-place.js'

/** The body with its type. Undefined: the message has no body. */
export function bodyOf({ body, headers }: SipRequest | SipResponse): Body | undefined {
  return body === '' ? undefined : { type: headers.first('Content-Type') ?? 'application/sdp', text: body }
}

/** Methods whose requests refresh the remote target, or may do so (RFC 3261 §12.2, RFC 3311 §5.1, RFC 6665 §8.2.1). */
const withContact: ReadonlySet<string> = new Set(['INVITE', 'UPDATE', 'NOTIFY', 'SUBSCRIBE'])

/**
 * How far our CSeq numbers jump after a restart: more than a dialog sends between its last save and the end of the process. A gap in the
 * numbers is allowed (RFC 3261 §12.2.1.1).
 */
const numbersAhead = 1_000

const none: readonly string[] = []

interface DialogParts {
  readonly callId: string
  readonly localTag: string
  readonly remoteTag: string
  /** The whole From value of our requests, with the tag. */
  readonly local: string
  /** The whole To value of our requests, with the tag. */
  readonly remote: string
  readonly routes: readonly string[]
  readonly remoteTarget: string
  /** The whole Contact value. */
  readonly contact: string
  readonly localCSeq: number
  readonly remoteCSeq: number | undefined
  readonly peer: PeerPlace
}

/** A dialog as it is stored, as plain JSON. */
export type DialogState = Omit<DialogParts, 'remoteCSeq' | 'peer'> & { readonly flow?: Hop; readonly peer?: DialogPeer }

/** The state of RFC 3261 §12: both parties, their sequence numbers, the route set, the remote target. */
export class Dialog {
  readonly callId: string
  readonly localTag: string
  readonly remoteTag: string
  readonly contact: string
  readonly #local: string
  readonly #remote: string
  readonly #routes: readonly string[]
  #remoteTarget: string
  /** The CSeq numbers of the last requests: ours and the peer's. */
  readonly #cseq: { local: number; remote: number | undefined }
  /** Where the peer is. */
  readonly peer: PeerPlace

  private constructor(parts: DialogParts) {
    // Copied, because substrings of a message would keep the whole message in memory as long as the call lasts.
    this.callId = detached(parts.callId)
    this.localTag = detached(parts.localTag)
    this.remoteTag = detached(parts.remoteTag)
    this.contact = parts.contact
    this.#local = detached(parts.local)
    this.#remote = detached(parts.remote)
    this.#remoteTarget = detached(parts.remoteTarget)
    this.#routes = parts.routes.length === 0 ? none : parts.routes.map(detached)
    this.#cseq = { local: parts.localCSeq, remote: parts.remoteCSeq }
    this.peer = parts.peer
  }

  /** Created by the peer's INVITE, whose fields were checked (§12.1.1). */
  static byServer({ headers }: SipRequest, localTag: string, contact: string, flow?: Hop, peer: DialogPeer = {}): Dialog {
    return new Dialog({
      callId: headers.first('Call-ID') ?? '',
      localTag,
      remoteTag: from(headers)?.tag ?? '',
      local: `${headers.first('To') ?? ''};tag=${localTag}`,
      remote: headers.first('From') ?? '',
      routes: routeSet(headers.values('Record-Route')),
      remoteTarget: contactUri(headers) ?? from(headers)?.uri ?? '',
      contact,
      localCSeq: 0,
      remoteCSeq: cseq(headers)?.number,
      peer: new PeerPlace({ ...peer, calls: true }, flow),
    })
  }

  /**
   * Created by a response to our INVITE (§12.1.2), so the route set is reversed. When a 2xx confirms an early dialog, the sequence numbers
   * continue from the early dialog, and everything else comes from the 2xx (§13.2.2.4).
   */
  static byClient(
    { headers, uri }: SipRequest,
    response: SipResponse,
    contact: string,
    way: { readonly early?: Dialog | undefined; readonly flow?: Hop | undefined; readonly peer?: DialogPeer } = {},
  ): Dialog {
    const { early, flow, peer = {} } = way
    return new Dialog({
      callId: headers.first('Call-ID') ?? '',
      localTag: from(headers)?.tag ?? '',
      remoteTag: to(response.headers)?.tag ?? '',
      local: headers.first('From') ?? '',
      remote: response.headers.first('To') ?? '',
      routes: routeSet(response.headers.values('Record-Route').toReversed()),
      remoteTarget: contactUri(response.headers) ?? uri,
      contact,
      ...(early ? early.#numbers() : firstNumbers(headers)),
      peer: new PeerPlace(peer, flow),
    })
  }

  /** Created by the NOTIFY for our SUBSCRIBE (RFC 6665 §4.4.1). The NOTIFY has the remote part, and the SUBSCRIBE has the local part. */
  static byNotify({ headers }: SipRequest, notify: SipRequest, contact: string, localCSeq: number, seen: Hop): Dialog {
    return new Dialog({
      callId: headers.first('Call-ID') ?? '',
      localTag: from(headers)?.tag ?? '',
      remoteTag: from(notify.headers)?.tag ?? '',
      local: headers.first('From') ?? '',
      remote: notify.headers.first('From') ?? '',
      routes: routeSet(notify.headers.values('Record-Route')),
      remoteTarget: contactUri(notify.headers) ?? from(notify.headers)?.uri ?? '',
      contact,
      localCSeq,
      remoteCSeq: undefined,
      peer: new PeerPlace({ seen }, undefined),
    })
  }

  /** Restored after a restart. Our CSeq numbers continue above all that the last process may have used. The peer may use any number. */
  static restored({ flow, peer = {}, ...kept }: DialogState): Dialog {
    const localCSeq = kept.localCSeq + numbersAhead
    return new Dialog({ ...kept, localCSeq, remoteCSeq: undefined, peer: PeerPlace.restored(peer, flow) })
  }

  /** Whether this is an address of the peer: where it was last seen, its flow, or the target of our requests. */
  isFrom(source: Hop): boolean {
    if (this.peer.isAt(source)) return true
    if (this.peer.isSaferThan(source)) return false
    return leadsTo(uriOf(this.#routes[0] ?? this.#remoteTarget), source) || leadsTo(this.#remoteTarget, source)
  }

  /** A request from this source was accepted as the peer's. */
  heardFrom(source: Hop): void {
    this.peer.heardFrom(source, this.#isSecure)
  }

  /** The state to store, which `restored` reads. */
  state(): DialogState {
    const { callId, localTag, remoteTag, contact } = this
    const way = { routes: this.#routes, remoteTarget: this.#remoteTarget, ...this.peer.state() }
    return { callId, localTag, remoteTag, contact, local: this.#local, remote: this.#remote, localCSeq: this.#cseq.local, ...way }
  }

  /** Builds a request in the dialog (§12.2.1.1) and returns its destination. An ACK has the number of its INVITE. */
  request(
    method: string,
    parts: { body?: Body | undefined; headers?: readonly ExtraHeader[]; cseq?: number },
  ): { request: SipRequest; target: Destination } {
    if (parts.cseq === undefined) this.#cseq.local += 1
    const { uri, routes, target } = this.#way()
    const hasContact = withContact.has(method)
    const request = buildRequest({
      method,
      uri,
      from: this.#local,
      to: this.#remote,
      callId: this.callId,
      cseq: parts.cseq ?? this.#cseq.local,
      routes,
      headers: parts.headers ?? [],
      ...(hasContact && { contact: this.contact }),
      ...(parts.body && { body: parts.body.text, contentType: parts.body.type }),
    })
    return { request, target }
  }

  /** The key by which the dialog of a request is found: the Call-ID and both tags. */
  get key(): string {
    return `${this.callId} ${this.localTag} ${this.remoteTag}`
  }

  /** Notes the CSeq number of a request. False: it is below the last one, so answer 500 (§12.2.2). An ACK has the number of its INVITE. */
  inOrder({ headers, method }: SipRequest): boolean {
    const number = cseq(headers)?.number ?? 0
    if (method === 'ACK') return true
    const { remote } = this.#cseq
    if (remote !== undefined && number < remote) return false
    this.#cseq.remote = number
    return true
  }

  /** Uses the Contact of a target refresh request or of its 2xx (§12.2.1.2, §12.2.2). */
  refreshTarget({ headers }: SipRequest | SipResponse): void {
    const target = contactUri(headers)
    if (target !== undefined && target !== this.#remoteTarget) this.#remoteTarget = detached(target)
  }

  #numbers(): Pick<DialogParts, 'localCSeq' | 'remoteCSeq'> {
    return { localCSeq: this.#cseq.local, remoteCSeq: this.#cseq.remote }
  }

  #way(): { uri: string; routes: readonly string[]; target: Destination } {
    const [first] = this.#routes
    const next = first === undefined ? this.#remoteTarget : uriOf(first)
    // With a known flow, routes are written into the message but don't decide its destination, because a phone may write any host there.
    const target = this.peer.target ?? this.#byTls(next)
    if (first === undefined || isLoose(next)) return { uri: this.#remoteTarget, routes: this.#routes, target }
    // A strict router expects itself in the Request-URI, and the target as the last Route (§12.2.1.1).
    return { uri: next, routes: [...this.#routes.slice(1), `<${this.#remoteTarget}>`], target }
  }

  /** Whether a sips URI created the dialog (§12.1.1). Our Contact is then a sips URI too. */
  get #isSecure(): boolean {
    return isSips(uriOf(this.contact))
  }

  /** A sips URI guarantees TLS for the whole dialog, whatever a Contact or a route says later (§26.2.2). */
  #byTls(uri: string): string {
    return this.#isSecure ? uri.replace(/^sip:/i, 'sips:') : uri
  }
}

/** The CSeq numbers of a new dialog that we began with this INVITE. */
const firstNumbers = (headers: SipRequest['headers']): Pick<DialogParts, 'localCSeq' | 'remoteCSeq'> => ({
  localCSeq: cseq(headers)?.number ?? 1,
  remoteCSeq: undefined,
})

/** The URI of the Contact without its header fields, which a Request-URI may not have (§19.1.1). */
function contactUri(headers: SipRequest['headers']): string | undefined {
  const read = contacts(headers)
  const uri = read.ok ? read.value[0]?.uri : undefined
  // A user part may contain a question mark.
  const headersAt = uri?.indexOf('?', uri.indexOf('@')) ?? -1
  return headersAt < 0 ? uri : uri?.slice(0, headersAt)
}

/** Leaves out unreadable values. Requests with such values were refused before, but a response can't be refused. */
function routeSet(values: readonly string[]): readonly string[] {
  if (values.length === 0) return none
  return values.filter(value => parseUri(uriOf(value)).ok)
}

function isLoose(uri: string): boolean {
  const parsed = parseUri(uri)
  return parsed.ok && parsed.value.parameters.has('lr')
}
