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
 * A number for the connection with this peer address, because the server does not tell us its own number. Two connections at one time
 * differ in address or port. Two IPv4 connections never have the same number. IPv6 is hashed with a key of this process, so that nobody can find two
 * addresses with equal numbers.
 */
function connectionOf(transport: TransportName, host: string, port: number): number {
  const kind = kinds.indexOf(transport)
  if (!/^\d+\.\d+\.\d+\.\d+$/.test(host))
    return createHash('sha256').update(key).update(`${kind} ${host} ${port}`).digest().readUIntBE(0, 6)
  const address = host.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  return (address * 65_536 + port) * kinds.length + kind
}

/** About where the server sends a request with this URI, for ladders and `isLong`. The server itself resolves the name and finds the transport. */
function hopToward(uri: string): Hop {
  const parsed = parseUri(uri)
  if (!parsed.ok) return { transport: 'udp', host: '', port: 0 }
  const { host, port = defaultPort } = parsed.value
  return { transport: 'udp', host: host.replace(/^\[(.*)\]$/, '$1'), port }
}

/**
 * The server calls WebSocket "tcp", so the Via tells the transport (RFC 7118 §5.2). It can be trusted: the server drops a request whose
 * Via has another transport than its connection, and responses have the server's own Via.
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

/** The top Via of a message. Undefined: the message can't be read up to there. */
export function viaOf(parsed: ParseOutcome): Via | undefined {
  if (parsed.kind === 'message') return topVia(parsed.message.headers)
  return parsed.kind === 'malformed' ? topVia(parsed.request.headers) : undefined
}

/**
 * The server's first hop for the request, as a URI. Empty: the Request-URI decides. The server accepts no Route. It finds the connection
 * of a phone by the Contact of its REGISTER. If it can't, for example after its restart, it uses this address. It never uses the address
 * in the Contact.
 */
export function proxyOf({ uri, headers }: SipRequest, target: Destination, server: DrachtioServer): string {
  if (typeof target !== 'string') return `sip:${inUri(target.host)}:${target.port}${transportOf(target)}`
  const [first] = headers.values('Route')
  return first === undefined ? byUdp(uri, server) : uriOf(first).replace(/[|\s]/g, '')
}

/** The transport parameter by which the server tells WS from WSS. */
const transportOf = ({ transport }: Hop): string => (transport === 'wss' ? ';transport=wss' : protocols[transport].inUri)

/**
 * The URI with UDP as its transport, if it has an IP address or a port (RFC 3263 §4.1). Without the parameter the server may use TCP, and
 * reports 503 or 410 when the connection fails.
 */
function byUdp(uri: string, { points }: DrachtioServer): string {
  const parsed = parseUri(uri)
  if (!parsed.ok || parsed.value.scheme !== 'sip' || !points.some(({ transport }) => transport === 'udp')) return ''
  const { host, port, parameters } = parsed.value
  const isOpen = port === undefined && !isAddress(bare(host))
  if (isOpen || parameters.has('transport') || parameters.has('maddr')) return ''
  return `sip:${host}:${port ?? protocols.udp.port};transport=udp`
}
