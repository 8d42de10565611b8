import { detached } from '../../foundation/detached.js'
import { TimerSet, type Clock } from '../../foundation/clock.js'
import { fault, ok, type Result } from '../../foundation/result.js'
import { later, seconds, type Instant } from '../../foundation/time.js'
import type { ExtraHeader } from '../../legs/body.js'
import { buildResponse } from '../message/build.js'
import { contentType } from '../message/fields.js'
import type { HeaderTable } from '../message/headers.js'
import type { SipRequest } from '../message/message.js'
import { parseVia } from '../message/via.js'
import { eventOf, expiresOf } from './event-fields.js'
import type { ServerTransaction } from '../transaction/user.js'

/** One piece of event state, from its first PUBLISH until it is removed or expires. */
export interface Publication {
  /** Stays the same while its entity tag changes. */
  readonly key: string
  /** The Request-URI, which says whose state it is. */
  readonly entity: string
  readonly event: string
  /** As latin1 text. */
  readonly document: string
  readonly until: Instant
}

/** Receives what is published. */
export interface PublicationTaker {
  /** False: answer 404. */
  knows(entity: string): boolean
  /** A new document, or a replacement with the same key. A fault: the document is malformed (400), and nothing changed. */
  published(publication: Publication): Result<undefined>
  refreshed(key: string, until: Instant): void
  /** The publication was removed or has expired. */
  withdrawn(key: string): void
}

interface PublicationOptions {
  readonly clock: Clock
  /** The supported event packages, each with the media type of its documents. */
  readonly packages: ReadonlyMap<string, string>
  readonly taker: PublicationTaker
  /** 64 random bits as text, for entity tags and To tags. */
  tag(): string
}

interface Kept {
  readonly key: string
  readonly entity: string
  readonly event: string
  /** The device that started it. */
  readonly device: string
  /** The entity tag of its latest PUBLISH. */
  etag: string
}

interface Answer {
  readonly status: number
  readonly headers?: readonly ExtraHeader[]
}

/** In seconds. RFC 3903 §6 step 4: a shorter expiry is refused with 423, a longer one is reduced. */
const leastExpires = 30
const mostExpires = 3_600
/**
 * How many devices of one agent may publish. A device that lost its tag in a restart starts another publication. Beyond the limit
 * the oldest is removed.
 */
const mostOfOne = 16

/**
 * The event state compositor for PUBLISH (RFC 3903): initial, refresh, modify, remove, each answered with a new entity tag. The
 * endpoint decides who may publish: `open: false` admits only trusted peers. No credentials are checked.
 */
export class Publications {
  readonly open = false
  readonly #byTag = new Map<string, Kept>()
  /** By entity and event, oldest first. */
  readonly #ofEntity = new Map<string, Set<Kept>>()
  readonly #expiries: TimerSet<string>
  #count = 0

  constructor(private readonly options: PublicationOptions) {
    this.#expiries = new TimerSet(options.clock)
  }

  onRequest(transaction: ServerTransaction): void {
    const { request } = transaction
    const { status, headers = [] } = this.#outcome(request)
    transaction.respond(buildResponse(request, status, { toTag: this.options.tag(), headers }))
  }

  stop(): void {
    this.#expiries.stopAll()
  }

  /** The steps of RFC 3903 §6 in their order. */
  #outcome(request: SipRequest): Answer {
    const addressed = this.#addressed(request)
    if (!addressed.ok) return addressed.fault
    const { type, kept, ...rest } = addressed.value
    const of = { device: detached(deviceOf(request)), ...rest }
    const { headers, body } = request
    const expires = Math.min(expiresOf(headers) ?? mostExpires, mostExpires)
    if (expires > 0 && expires < leastExpires) return { status: 423, headers: [['Min-Expires', String(leastExpires)]] }
    if (body !== '' && !isReadable(headers, type)) return { status: 415, headers: [['Accept', type]] }
    if (kept) return this.#again(kept, expires, body)
    return body === '' ? { status: 400 } : this.#first(of, expires, body)
  }

  /** The entity, the event package, and the publication with the given entity tag, if there is one. */
  #addressed({ uri, headers }: SipRequest): Result<Pick<Kept, 'entity' | 'event'> & { type: string; kept?: Kept }, Answer> {
    const { packages, taker } = this.options
    const entity = detached(entityOf(uri))
    if (!taker.knows(entity)) return fault({ status: 404 })
    const event = detached(eventOf(headers) ?? '')
    const type = packages.get(event)
    if (type === undefined) return fault({ status: 489, headers: [['Allow-Events', [...packages.keys()].join(', ')]] })
    const [named, ...others] = headers.lines('SIP-If-Match')
    if (others.length > 0) return fault({ status: 400 })
    if (named === undefined) return ok({ entity, event, type })
    const kept = this.#byTag.get(named)
    return kept?.entity === entity && kept.event === event ? ok({ entity, event, type, kept }) : fault({ status: 412 })
  }

  #first(of: Pick<Kept, 'entity' | 'event' | 'device'>, expires: number, document: string): Answer {
    this.#count += 1
    const kept: Kept = { key: `p${this.#count}`, etag: '', ...of }
    // RFC 3903 §4.1: a publication that expires at once is not stored.
    if (expires === 0) return this.#accepted(kept, 0)
    const until = this.#until(expires)
    const { entity, event } = of
    const taken = this.options.taker.published({ key: kept.key, document, until, entity, event })
    if (!taken.ok) return { status: 400 }
    this.#forgetOlder(kept)
    this.#add(kept)
    return this.#accepted(kept, expires)
  }

  /** Refresh, modify or remove. */
  #again(kept: Kept, expires: number, document: string): Answer {
    const { key, entity, event } = kept
    if (expires === 0) {
      this.#remove(kept)
      return this.#accepted(kept, 0)
    }
    const until = this.#until(expires)
    if (document === '') this.options.taker.refreshed(key, until)
    else if (!this.options.taker.published({ key, entity, event, document, until }).ok) return { status: 400 }
    return this.#accepted(kept, expires)
  }

  #accepted(kept: Kept, expires: number): Answer {
    this.#byTag.delete(kept.etag)
    kept.etag = this.options.tag()
    if (expires > 0) {
      this.#byTag.set(kept.etag, kept)
      this.#expiries.start(kept.key, seconds(expires), () => this.#remove(kept))
    }
    return {
      status: 200,
      headers: [
        ['SIP-ETag', kept.etag],
        ['Expires', String(expires)],
      ],
    }
  }

  /** A device that starts again has lost its tag, for example in a restart. Its earlier publication is no longer valid. */
  #forgetOlder({ entity, event, device }: Kept): void {
    for (const other of [...(this.#ofEntity.get(`${event} ${entity}`) ?? [])]) if (other.device === device) this.#remove(other)
  }

  #add(kept: Kept): void {
    const name = `${kept.event} ${kept.entity}`
    const others = this.#ofEntity.get(name) ?? new Set()
    this.#ofEntity.set(name, others)
    const [oldest] = others
    if (oldest && others.size >= mostOfOne) this.#remove(oldest)
    this.#ofEntity.set(name, others.add(kept))
  }

  #remove(kept: Kept): void {
    const name = `${kept.event} ${kept.entity}`
    const others = this.#ofEntity.get(name)
    others?.delete(kept)
    if (others?.size === 0) this.#ofEntity.delete(name)
    this.#byTag.delete(kept.etag)
    this.#expiries.stop(kept.key)
    this.options.taker.withdrawn(kept.key)
  }

  #until(expires: number): Instant {
    return later(this.options.clock.now(), seconds(expires))
  }
}

/** The device from which a PUBLISH came: the address in its last Via, which is the device's even behind a proxy or PBX. */
const deviceOf = ({ headers }: SipRequest): string => {
  const via = parseVia(headers.values('Via').at(-1) ?? '')
  return via.ok ? `${via.value.received ?? ''} ${via.value.host}:${via.value.port ?? ''}` : ''
}

/** The URI without parameters and headers, which do not identify a user. */
const entityOf = (uri: string): string => {
  const at = uri.indexOf('@')
  const end = uri.slice(Math.max(at, 0)).search(/[;?]/)
  return end < 0 ? uri : uri.slice(0, Math.max(at, 0) + end)
}

function isReadable(headers: HeaderTable, type: string): boolean {
  const encoding = headers.first('Content-Encoding')?.toLowerCase() ?? 'identity'
  return encoding === 'identity' && contentType(headers) === type
}
