import { createHash, randomBytes } from 'node:crypto'
import { parseUri } from '../message/uri.js'
import { defaultPort } from '../transport/routes.js'
import type { Hop, TransportName } from '../transport/transport.js'

const key = randomBytes(16)
const kinds: readonly TransportName[] = ['udp', 'tcp', 'tls', 'ws', 'wss']

/**
 * A number for the connection with that address: the server keeps its connections to itself, and two at one time differ in address
 * or port. For IPv4 no two are equal. IPv6 is hashed with a key of this process, so that nobody can look for equal ones.
 */
export function connectionOf(transport: TransportName, host: string, port: number): number {
  const kind = kinds.indexOf(transport)
  if (!/^\d+\.\d+\.\d+\.\d+$/.test(host))
    return createHash('sha256').update(key).update(`${kind} ${host} ${port}`).digest().readUIntBE(0, 6)
  const address = host.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  return (address * 65_536 + port) * kinds.length + kind
}

/** Where the server sends a request with this URI, for people who read it: the server resolves names itself. */
export function hopToward(uri: string): Hop {
  const parsed = parseUri(uri)
  if (!parsed.ok) return { transport: 'udp', host: '', port: 0 }
  const { host, port = defaultPort } = parsed.value
  return { transport: 'udp', host: host.replace(/^\[(.*)\]$/, '$1'), port }
}
