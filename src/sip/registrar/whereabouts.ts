import { topVia } from '../message/fields.js'
import { isAddress, isSameAddress } from '../message/ipv6.js'
import type { SipRequest } from '../message/message.js'
import { parseUri, type Uri } from '../message/uri.js'
import { AddressList } from '../transport/address-list.js'
import { isDirect, isTranslated } from '../transport/flow.js'
import { protocols } from '../transport/protocols.js'
import { bare } from '../transport/received.js'
import type { Hop } from '../transport/transport.js'
import { uriOf } from '../contact.js'
import type { Arrival, Proxies, SeenSender } from './proxies.js'

/**
 * How a phone is reached for one of its contacts: where its REGISTER came from, or as Contact and Path say. The latter is allowed
 * by the config or for proxies in between. `through`: the marks of these proxies, the nearest to us first. Refused: `why` is the
 * label for counting.
 */
type Whereabouts =
  | { readonly kind: 'flow'; readonly flow: Hop }
  | { readonly kind: 'contact'; readonly by: 'network' | 'proxy'; readonly through?: readonly string[] }
  | Refused

export interface Refused {
  readonly kind: 'refused'
  readonly why: 'ownContact' | 'foreignContact' | 'foreignPath' | 'unknownProxy'
}

interface WhereaboutsContext {
  /** Whether we believe what a peer at that address says about others. */
  readonly trusts: (source: Hop) => boolean
  /** Whether a URI leads to this server. */
  readonly isOwn: (uri: Uri) => boolean
  /** Whether the config names this host as a peer or proxy, by address or name. Those let our calls through. */
  readonly isPeer: (host: string) => boolean
  /** The account's networks in which its Contact is accepted. */
  readonly networks: AddressList
  readonly arrival: Arrival
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
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '169.254.0.0/16',
  'fc00::/7',
  'fe80::/10',
])
const foreign = { kind: 'refused', why: 'foreignContact' } as const
const foreignPath = { kind: 'refused', why: 'foreignPath' } as const
const unknownProxy = { kind: 'refused', why: 'unknownProxy' } as const

/**
 * A Contact can be any URI, such as a toll number at the PBX, and the PBX trusts calls from our address. So a phone is reached
 * where its REGISTER came from, whatever its Contact says: over UDP at the source address and port (RFC 3581), over a connection
 * on that connection (RFC 5626). A Contact that names another host is refused, so that its owner does not believe that it has an
 * effect.
 */
export function whereabouts(contact: string, request: SipRequest, source: Hop, context: WhereaboutsContext): Whereabouts {
  const read = parseUri(contact)
  if (!read.ok || context.isOwn(read.value)) return { kind: 'refused', why: 'ownContact' }
  const uri = read.value
  const path = request.headers.values('Path').map(hostOf)
  const asked: AskedPlace = { uri, host: bare(uri.host), isInNetwork: isWithin(uri, context.networks) }
  if (context.arrival.proxies.length > 0) return throughProxies(asked, request, path, context)
  const isTrusted = context.trusts(source) || context.isPeer(source.host)
  if (isDirect(request) || (!isTrusted && path.length === 0)) return direct(asked, request, source)
  if (asked.isInNetwork && path.every(host => context.networks.includes(host))) return { kind: 'contact', by: 'network' }
  if (isTrusted) return unknownProxy
  // Nobody trusts this proxy, so the phone is reached at the source, wherever the Path leads.
  return path[0] === source.host ? { kind: 'flow', flow: source } : foreign
}

interface Reached {
  readonly uri: string
  readonly flow?: Hop
  readonly by?: 'network' | 'proxy'
  readonly through?: readonly string[]
}

/** Whether the config still allows a binding as it is. */
export function isStillReached(
  { uri, flow, by, through }: Reached,
  { networks, isOwn }: Pick<WhereaboutsContext, 'networks' | 'isOwn'>,
  proxies: Proxies,
): boolean {
  const read = parseUri(uri)
  if (!read.ok || isOwn(read.value)) return false
  if (through?.every(mark => proxies.has(mark)) === false) return false
  if (by === 'network') return isWithin(read.value, networks)
  // Versions before 0.2 kept bindings of proxies without their marks, and believed what the phone wrote.
  return flow !== undefined || (by === 'proxy' && through !== undefined)
}

/** The request comes from the phone itself, or from a proxy that counts as the phone. */
function direct({ uri, host, isInNetwork }: AskedPlace, request: SipRequest, source: Hop): Whereabouts {
  if (isExposed(uri, source)) return isInNetwork ? { kind: 'contact', by: 'network' } : byTls(uri, source)
  if (source.transport !== 'udp') return { kind: 'flow', flow: { only: true, ...source } }
  if (isInNetwork && !isTranslated(request)) return { kind: 'contact', by: 'network' }
  return namesItself(host, request, source) ? { kind: 'flow', flow: source } : foreign
}

/** A sips URI must be reached by TLS, whatever the REGISTER came by (RFC 3261 §26.2.2). */
const isExposed = ({ scheme }: Uri, { transport }: Hop): boolean => scheme === 'sips' && !protocols[transport].secure

/** The phone is reached by TLS at the source's own host, whatever maddr the Contact has. */
function byTls({ host, port = protocols.tls.port }: Uri, source: Hop): Whereabouts {
  if (bare(host) !== source.host) return foreign
  return { kind: 'flow', flow: { transport: 'tls', host: source.host, port } }
}

/**
 * The request comes through proxies of the config. The phone may have written everything that the proxies did not overwrite, so:
 *
 * - Path has one value of each proxy that adds one, in their order, and no other. A value of the phone would choose where the
 *   lowest proxy sends the call.
 * - A Contact that names a peer leads to any number there, so only a proxy that writes the Contacts may name itself.
 * - Any other Contact counts only if nobody calls it, because the lowest Path value says where the phone is, or if it is exactly
 *   where the lowest proxy saw the phone.
 */
function throughProxies(
  asked: AskedPlace,
  request: SipRequest,
  path: readonly string[],
  context: WhereaboutsContext,
): Whereabouts {
  const { proxies, origin, wasForwarded = false } = context.arrival
  const adding = proxies.filter(({ reachedBy }) => reachedBy === 'path')
  const isTheirs = path.length === adding.length && adding.every((proxy, at) => proxy.is(path[at] ?? ''))
  if (!isTheirs) return foreignPath
  const through = proxies.map(({ mark }) => mark)
  if (asked.isInNetwork) return { kind: 'contact', by: 'network', through }
  // Such a peer would get the call with the Contact of the phone behind it.
  const isPeer = context.isPeer(origin) || context.trusts({ transport: 'udp', host: origin, port: 0 })
  if (wasForwarded && isPeer) return unknownProxy
  const lowest = request.headers.values('Path').at(-1)
  return isBelieved(asked, lowest, context) ? { kind: 'contact', by: 'proxy', through } : foreign
}

/** Whether a Contact counts behind proxies. `lowest`: the last value of a Path that is theirs. */
function isBelieved({ uri, host }: AskedPlace, lowest: string | undefined, context: WhereaboutsContext): boolean {
  const { proxies, seen, wasForwarded = false } = context.arrival
  if (uri.parameters.has('maddr')) return false
  const rewriter = proxies.find(({ reachedBy }) => reachedBy === 'contact')
  if (rewriter) return rewriter.is(host)
  if (context.isPeer(host)) return false
  const isKept = proxies.at(-1)?.reachedBy === 'path' && keepsFlow(lowest)
  return isKept || (!wasForwarded && isWhereSeen(uri, seen))
}

/** Whether the proxy remembers the phone's flow (RFC 5626 §5.3) or the REGISTER's source. Then it does not use the Contact. */
function keepsFlow(route = ''): boolean {
  const uri = parseUri(uriOf(route))
  return uri.ok && (uri.value.parameters.has('ob') || uri.value.parameters.has('received'))
}

/** The port must be the same: another port of the same address may be a PBX behind the same NAT. */
function isWhereSeen(uri: Uri, seen: SeenSender | undefined): boolean {
  if (!seen) return false
  const transport = uri.scheme === 'sips' ? 'tls' : (uri.parameters.get('transport')?.toLowerCase() ?? 'udp')
  const port = uri.port ?? (transport === 'tls' ? protocols.tls.port : protocols.udp.port)
  return isSameAddress(bare(uri.host), seen.host) && port === seen.port && transport === seen.transport
}

/** Whether requests to this URI go to these networks. A maddr replaces the host as the destination (RFC 3261 §19.1.1). */
function isWithin({ host, parameters }: Uri, networks: AddressList): boolean {
  const maddr = parameters.get('maddr')
  return networks.includes(bare(host)) && (!parameters.has('maddr') || networks.includes(bare(maddr ?? '')))
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
