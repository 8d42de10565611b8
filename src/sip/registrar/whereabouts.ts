import { topVia } from '../message/fields.js'
import { isAddress } from '../message/ipv6.js'
import type { SipRequest } from '../message/message.js'
import { parseUri, type Uri } from '../message/uri.js'
import { AddressList } from '../transport/address-list.js'
import { isDirect, isTranslated } from '../transport/flow.js'
import { protocols } from '../transport/protocols.js'
import { bare } from '../transport/received.js'
import type { Hop } from '../transport/transport.js'
import { uriOf } from '../contact.js'

/**
 * How a phone is reached for one of its contacts: where its REGISTER came from, or as Contact and Path say. The latter is allowed
 * by the config or for a trusted proxy in between. Refused: `why` is the label for counting.
 */
export type Whereabouts =
  | { readonly kind: 'flow'; readonly flow: Hop }
  | { readonly kind: 'contact'; readonly by: 'network' | 'proxy' }
  | { readonly kind: 'refused'; readonly why: 'ownContact' | 'foreignContact' }

export interface WhereaboutsGround {
  /** Whether we believe what a proxy at that address says about others. */
  readonly trusts: (source: Hop) => boolean
  /** Whether a URI leads to this server. */
  readonly isOwn: (uri: Uri) => boolean
  /** The account's networks in which its Contact is accepted. */
  readonly networks: AddressList
  /** The address from which the request comes. Behind trusted proxies, the one that the first proxy saw. */
  readonly origin: string
}

/** The content of one contact. */
interface AskedPlace {
  readonly uri: Uri
  /** Without brackets. */
  readonly host: string
  readonly isInNetwork: boolean
}

/**
 * Addresses that are only reachable locally: private, shared and link-local (RFC 1918, RFC 6598, RFC 3927, RFC 4193, RFC 4291).
 */
const privateAddresses = new AddressList([
  ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '169.254.0.0/16'],
  ...['fc00::/7', 'fe80::/10'],
])
const foreign = { kind: 'refused', why: 'foreignContact' } as const

/**
 * A Contact can be any URI, such as a toll number at the PBX, and the PBX trusts calls from our address. So a phone is reached
 * where its REGISTER came from, whatever its Contact says: over UDP at the source address and port (RFC 3581), over a connection
 * on that connection (RFC 5626). A Contact that names another host is refused, so that its owner does not believe that it has an
 * effect.
 */
export function whereabouts(contact: string, request: SipRequest, source: Hop, ground: WhereaboutsGround): Whereabouts {
  const read = parseUri(contact)
  if (!read.ok || ground.isOwn(read.value)) return { kind: 'refused', why: 'ownContact' }
  const uri = read.value
  const asked: AskedPlace = { uri, host: bare(uri.host), isInNetwork: ground.networks.includes(bare(uri.host)) }
  if (request.headers.has('Path')) return byPath(request.headers.values('Path'), asked, source, ground)
  return isDirect(request) || !ground.trusts(source) ? direct(asked, request, source) : byProxy(asked, source, ground)
}

/** Whether a binding that is reached by its Contact is still allowed. */
export function isStillReached(
  { uri, flow, by }: { readonly uri: string; readonly flow?: Hop; readonly by?: 'network' | 'proxy' },
  { networks, isOwn }: Pick<WhereaboutsGround, 'networks' | 'isOwn'>,
): boolean {
  const read = parseUri(uri)
  if (!read.ok || isOwn(read.value)) return false
  if (by === 'network') return networks.includes(bare(read.value.host))
  return flow !== undefined || by === 'proxy'
}

/** The request comes from the phone itself, or from a proxy that counts as the phone. */
function direct({ uri, host, isInNetwork }: AskedPlace, request: SipRequest, source: Hop): Whereabouts {
  if (isExposed(uri, source)) return asSaid(host === source.host, isInNetwork)
  if (source.transport !== 'udp') return { kind: 'flow', flow: { only: true, ...source } }
  if (isInNetwork && !isTranslated(request)) return { kind: 'contact', by: 'network' }
  return namesItself(host, request, source) ? { kind: 'flow', flow: source } : foreign
}

/** The request comes through a trusted proxy that added no Path. */
function byProxy({ uri, host, isInNetwork }: AskedPlace, source: Hop, { origin }: WhereaboutsGround): Whereabouts {
  return asSaid(host === source.host || (host === origin && !isExposed(uri, source)), isInNetwork)
}

/** A sips URI must be reached by TLS, whatever the REGISTER came by (RFC 3261 §26.2.2). */
const isExposed = ({ scheme }: Uri, { transport }: Hop): boolean => scheme === 'sips' && !protocols[transport].secure

/**
 * The first hop of a Path is the proxy that sent us the request. If nobody trusts it, the phone is reached at the source,
 * wherever the Path leads.
 */
function byPath(
  path: readonly string[],
  { host, isInNetwork }: AskedPlace,
  source: Hop,
  { trusts, origin, networks }: WhereaboutsGround,
): Whereabouts {
  const hosts = path.map(value => hostOf(value))
  const first = hosts[0] ?? ''
  if (!trusts(source) && !networks.includes(first)) return first === source.host ? { kind: 'flow', flow: source } : foreign
  // The proxy remembers the phone's flow (RFC 5626 §5.3) or the REGISTER's source. Then it does not use the Contact.
  const keepsFlow = /;(?:ob|received)(?:[;=>]|$)/i.test(path.at(-1) ?? '')
  const isTheirs = keepsFlow || host === origin || host === source.host || hosts.includes(host)
  return isTheirs ? { kind: 'contact', by: 'proxy' } : asSaid(false, isInNetwork)
}

function asSaid(isTheirs: boolean, isInNetwork: boolean): Whereabouts {
  if (isInNetwork) return { kind: 'contact', by: 'network' }
  return isTheirs ? { kind: 'contact', by: 'proxy' } : foreign
}

/** A phone behind NAT knows itself by an address of its own network, or by the name that is also in its Via. */
function namesItself(host: string, request: SipRequest, source: Hop): boolean {
  if (host === source.host || (isAddress(host) && privateAddresses.includes(host))) return true
  return host === topVia(request.headers)?.host.toLowerCase()
}

function hostOf(route: string): string {
  const uri = parseUri(uriOf(route))
  return uri.ok ? bare(uri.value.host) : ''
}
