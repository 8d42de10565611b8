import type { Uri } from '../message/uri.js'
import { parseUri, unescapeUser } from '../message/uri.js'
import { bare } from '../transport/received.js'
import type { Hop } from '../transport/transport.js'

/** Whose names a Contact may not have. */
interface Others {
  /** Whether an agent has this user name. */
  hasAgent(user: string): boolean
  /** Whether the config names this host as a peer. */
  isPeer(host: string): boolean
}

/**
 * A drachtio-server keeps the connections of phones by user and host of their Contacts. Whatever is sent outside dialogs to a URI with that user
 * and host goes there, also for a phone of another account over UDP, a forward target or a peer. So over a connection a Contact needs a host
 * that nobody else has (.invalid, as in browsers, or its own address), or the user name of its account, perhaps with an addition
 * (`alice-0x5581@192.168.1.5`).
 */
export function isOwnName(contact: string, aor: string, source: Hop, others: Others): boolean {
  const [read, account] = [parseUri(contact), parseUri(aor)]
  if (!read.ok || !account.ok) return false
  const host = bare(read.value.host)
  if (host.endsWith('.invalid')) return true
  if (others.isPeer(host)) return false
  const [user, own] = [userOf(read.value), userOf(account.value)]
  if (user === own) return true
  if (others.hasAgent(user)) return false
  return host === source.host || (own !== '' && user.startsWith(own) && /^[^a-z\d]/i.test(user.slice(own.length)))
}

const userOf = ({ user = '' }: Uri): string => unescapeUser(user)
