import { isAddress, isSameAddress } from '../message/ipv6.js'
import type { SipRequest } from '../message/message.js'
import { parseVia } from '../message/via.js'
import { bare } from '../transport/received.js'
import type { Hop } from '../transport/transport.js'

/**
 * How calls get back to the phones behind a proxy. `path`: the proxy adds a Path to each REGISTER (RFC 3327). `contact`: it
 * replaces the Contact by one of its own. `direct`: it does neither, so we call the phone itself.
 */
export type ReachedBy = 'path' | 'contact' | 'direct'

/** A proxy through which phones register, from the config. */
export interface ProxySettings {
  /** IP addresses: those from which it sends, and those in its Path. */
  readonly addresses: readonly string[]
  /** Host names in its Path and its Contacts, in lower case. */
  readonly names: readonly string[]
  readonly reachedBy: ReachedBy
}

/** How a request came to us. */
export interface Arrival {
  /** The proxies that it passed, the nearest to us first. */
  readonly proxies: readonly Proxy[]
  /** The address from which it comes. Behind proxies, the one that the last of them wrote, or that proxy itself. */
  readonly origin: string
  /** Where the last proxy saw the phone. Absent without proxies, and where the phone may have written it itself. */
  readonly seen?: SeenSender
  /** Whether the sender before the last proxy is not a phone, because it passed on the request of another sender. */
  readonly wasForwarded?: boolean
  /** The last proxy, if nobody can tell whether it or the sender itself wrote `origin`. */
  readonly unsureBehind?: string
}

export interface SeenSender {
  readonly host: string
  /** Absent: the proxy did not write the port. */
  readonly port?: number
  /** In lower case. */
  readonly transport: string
}

/** One proxy. */
class Proxy {
  constructor(private readonly settings: ProxySettings) {}

  get reachedBy(): ReachedBy {
    return this.settings.reachedBy
  }

  /** Identifies it, and what the config says of its phones. */
  get mark(): string {
    const { addresses, names, reachedBy } = this.settings
    return [reachedBy, ...addresses, ...names].join(' ')
  }

  hasAddress(host: string): boolean {
    return isAddress(host) && this.settings.addresses.some(address => isSameAddress(address, host))
  }

  /** `host`: an address or a name, without brackets, in lower case. */
  is(host: string): boolean {
    return this.settings.names.includes(host) || this.hasAddress(host)
  }
}

/** The proxies of the config. */
export class Proxies {
  readonly #all: readonly Proxy[]
  readonly #marks: ReadonlySet<string>

  constructor(settings: readonly ProxySettings[] = []) {
    this.#all = settings.map(each => new Proxy(each))
    this.#marks = new Set(this.#all.map(({ mark }) => mark))
  }

  /** Whether the config still says the same of the proxy with this mark. */
  has(mark: string): boolean {
    return this.#marks.has(mark)
  }

  /** Whether this is an address or a name of any of them. */
  include(host: string): boolean {
    return this.#all.some(proxy => proxy.is(host))
  }

  /**
   * Follows the Vias from us to the sender. Undefined: a Via has several `received` or `rport`, of which the phone wrote one and
   * the proxy added another.
   */
  arrivalOf({ headers }: SipRequest, source: Hop, trusts: (source: Hop) => boolean): Arrival | undefined {
    const first = trusts(source) ? this.#at(source.host) : undefined
    if (!first) return { proxies: [], origin: source.host }
    const [passed, below] = [[first], headers.values('Via').slice(1)]
    let last = source.host
    for (const value of below) {
      if (['received', 'rport'].some(name => hasTwice(value, name))) return undefined
      const sender = senderIn(value)
      if (!sender) return { proxies: passed, origin: last }
      const next = this.#before(sender)
      if (!next) return { proxies: passed, wasForwarded: below.length > passed.length, ...senderWords(sender, last) }
      passed.push(next)
      last = sender.host
    }
    // The proxy hides the Vias below its own, or sends the request itself.
    return { proxies: passed, origin: last }
  }

  /** A proxy may name itself in its Via. The proxy before it must then write `received`. */
  #before({ host, isSure, sentBy }: Sender): Proxy | undefined {
    const proxy = this.#at(host)
    return isSure || proxy?.is(sentBy) === true ? proxy : undefined
  }

  #at(host: string): Proxy | undefined {
    return this.#all.find(proxy => proxy.hasAddress(host))
  }
}

interface Sender extends SeenSender {
  /** As in `senderIn`. */
  readonly isSure: boolean
  /** In lower case. */
  readonly sentBy: string
}

function senderWords({ isSure, sentBy: _sentBy, ...seen }: Sender, last: string): Omit<Arrival, 'proxies'> {
  return { origin: seen.host, ...(isSure ? { seen } : { unsureBehind: last }) }
}

/**
 * The address in a Via that a proxy passed on. A proxy must write `received` where the sender names another address than its own
 * (RFC 3261 §18.2.1), so an address without another `received` is true. Where they differ, the sender may have named its own
 * address and written `received` itself. Undefined: no address.
 */
function senderIn(value: string): Sender | undefined {
  const via = parseVia(value)
  if (!via.ok) return undefined
  const { host, received = host, rport, transport } = via.value
  if (!isAddress(received)) return undefined
  return {
    host: received,
    sentBy: bare(host.toLowerCase()),
    transport: transport.toLowerCase(),
    ...(typeof rport === 'number' && { port: rport }),
    isSure: isAddress(host) && isSameAddress(host, received),
  }
}

/** Whether a Via has this parameter twice. Text in quotes counts too, because no Via needs these words there. */
const hasTwice = (via: string, name: string): boolean =>
  via
    .toLowerCase()
    .split(';')
    .filter(parameter => parameter.split('=', 1)[0]?.trim() === name).length > 1
