import { isSameAddress } from '../message/ipv6.js'
import { parseUri } from '../message/uri.js'
import { isLessSecure, isWebSocket } from '../transport/protocols.js'
import { bare } from '../transport/received.js'
import type { Hop } from '../transport/transport.js'

/** What is known of a dialog's other side when the dialog begins. */
export interface DialogPeer {
  /** Where its INVITE or NOTIFY came from, or where ours went that it answered. */
  readonly seen?: Hop | undefined
  /** The address of record of a phone that registers here, or showed the password of an agent or guest: it may prove by it who it is. */
  readonly account?: string | undefined
  /** Its INVITE made the dialog; else ours did. */
  readonly calls?: boolean | undefined
}

/**
 * Whether two messages come from one place. Over UDP, TCP and TLS the address tells: the port of a phone behind an address translation changes,
 * and a connection is opened again. The address of a WebSocket says nothing, as all pages in a browser and all users of a web proxy share it: there it must be the same
 * connection. What came by TLS is not taken from a source that anyone can forge.
 */
export function isSamePlace(known: Hop, source: Hop): boolean {
  if (isWebSocket(known.transport) || isWebSocket(source.transport)) return isSameConnection(known, source)
  return isSameAddress(known.host, source.host) && !isLessSecure(source, known)
}

/** Whether requests to this URI would go to that source. A host name says nothing here: it would have to be resolved first. */
export function leadsTo(uri: string, source: Hop): boolean {
  const parsed = parseUri(uri)
  return parsed.ok && !isWebSocket(source.transport) && isSameAddress(bare(parsed.value.host), source.host)
}

export const isSameConnection = (known: Hop, source: Hop): boolean =>
  known.connection !== undefined && known.connection === source.connection

/** A place as the next process may compare it: its connections have other numbers. */
export const withoutConnection = ({ connection: _ended, ...hop }: Hop): Hop => hop
