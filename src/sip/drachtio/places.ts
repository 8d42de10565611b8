import { createHash, randomBytes } from 'node:crypto'
import { topVia } from '../message/fields.js'
import { isAddress } from '../message/ipv6.js'
import type { SipRequest } from '../message/message.js'
import type { ParseOutcome } from '../message/parse.js'
import { parseUri } from '../message/uri.js'
import type { Via } from '../message/via.js'
import { uriOf } from '../contact.js'
import type { Destination } from '../transaction/user.js'
import { protocols } from '../transport/protocols.js'
import { bare } from '../transport/received.js'
import { defaultPort, inUri } from '../transport/routes.js'
import type { Hop, TransportName } from '../transport/transport.js'
import type { wayOf } from './frames.js'
import type { DrachtioServer } from './server.js'

const key = randomBytes(16)
const kinds: readonly TransportName[] = ['udp', 'tcp', 'tls', 'ws', 'wss']

/**
 * A number for the connection with that address: the server keeps its connections to itself, and two at one time differ in address
 * or port. For IPv4 no two are equal. IPv6 is hashed with a key of this process, so that nobody can look for equal ones.
 */
function connectionOf(transport: TransportName, host: string, port: number): number {
  const kind = kinds.indexOf(transport)
  if (!/^\d+\.\d+\.\d+\.\d+$/.test(host))
    return createHash('sha256').update(key).update(`${kind} ${host} ${port}`).digest().readUIntBE(0, 6)
  const address = host.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  return (address * 65_536 + port) * kinds.length + kind
}

/** Where the server sends a request with this URI, for people who read it: the server resolves names itself. */
function hopToward(uri: string): Hop {
  const parsed = parseUri(uri)
  if (!parsed.ok) return { transport: 'udp', host: '', port: 0 }
  const { host, port = defaultPort } = parsed.value
  return { transport: 'udp', host: host.replace(/^\[(.*)\]$/, '$1'), port }
}

/**
 * The server calls WebSocket tcp. The Via tells (RFC 7118 §5.2): the server drops a request whose Via names another transport than its
 * own, and responses have the server's Via.
 */
export const hopOf = (
  { transport: named, host, port }: ReturnType<typeof wayOf>,
  listenPoint: number,
  via: Via | undefined,
): Hop => {
  const transport = via?.transport === 'WS' ? 'ws' : via?.transport === 'WSS' ? 'wss' : named
  const connection = transport === 'udp' ? undefined : connectionOf(transport, host, port)
  return { transport, host, port, listenPoint, ...(connection !== undefined && { connection }) }
}

export const peerOf = ({ uri, headers }: SipRequest, target: Destination): Hop =>
  typeof target === 'string' ? hopToward(uriOf(headers.values('Route')[0] ?? uri)) : target

/** Undefined: the message can't be read so far. */
export function viaOf(parsed: ParseOutcome): Via | undefined {
  if (parsed.kind === 'message') return topVia(parsed.message.headers)
  return parsed.kind === 'malformed' ? topVia(parsed.request.headers) : undefined
}

/**
 * The first hop of the server for the request, as a URI. Empty: that of its Request-URI. The server accepts no Route. It finds the connection
 * of a phone by the Contact of its REGISTER, and otherwise, after its restart for example, by this address. It never goes where the Contact leads.
 */
export function proxyOf({ uri, headers }: SipRequest, target: Destination, server: DrachtioServer): string {
  if (typeof target !== 'string') return `sip:${inUri(target.host)}:${target.port}${transportOf(target)}`
  const [first] = headers.values('Route')
  return first === undefined ? byUdp(uri, server) : uriOf(first).replace(/[|\s]/g, '')
}

/** The server tells WS from WSS by this name. */
const transportOf = ({ transport }: Hop): string => (transport === 'wss' ? ';transport=wss' : protocols[transport].inUri)

/**
 * For an address, or a host with a port, UDP is the transport (RFC 3263 §4.1). The server may take TCP if nobody says so, and then reports 503
 * or 410 when the connection fails.
 */
function byUdp(uri: string, { points }: DrachtioServer): string {
  const parsed = parseUri(uri)
  if (!parsed.ok || parsed.value.scheme !== 'sip' || !points.some(({ transport }) => transport === 'udp')) return ''
  const { host, port, parameters } = parsed.value
  const isOpen = port === undefined && !isAddress(bare(host))
  if (isOpen || parameters.has('transport') || parameters.has('maddr')) return ''
  return `sip:${host}:${port ?? protocols.udp.port};transport=udp`
}
