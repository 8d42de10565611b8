import { detached } from '../../foundation/detached.js'
import type { Clock } from '../../foundation/clock.js'
import { contacts, to } from '../message/fields.js'
import { isSameAddress } from '../message/ipv6.js'
import type { HeaderTable } from '../message/headers.js'
import type { SipRequest, SipResponse } from '../message/message.js'
import { parseNameAddr } from '../message/name-addr.js'
import { parseUri, unescapeUser } from '../message/uri.js'
import { bare } from '../transport/received.js'
import type { Hop } from '../transport/transport.js'

interface Holder {
  /** The address of record. */
  readonly account: string
  readonly host: string
  /** By the monotonic clock. */
  readonly until: number
}

/** Above this, the oldest is forgotten. */
const mostHolders = 20_000

/**
 * The server sends every request for user and host of a Contact that was registered over a connection to that connection, whatever
 * port or transport the request names, and also those for contacts of the config and for numbers at a PBX (docs/decisions/084). The latest
 * REGISTER counts, from any account. So over a connection an account registers only what is its own by its form, and nothing that
 * a phone of another account has.
 */
export class PhoneConnections {
  readonly #holders = new Map<string, Holder>()

  constructor(private readonly clock: Pick<Clock, 'monotonic'>) {}

  /** Whether calls for somebody else might go to the sender of this REGISTER. */
  isTaken({ method, headers }: SipRequest, source: Hop): boolean {
    const contact = headers.values('Contact')[0]
    // A REGISTER without a Contact asks, and one with `*` removes.
    if (method !== 'REGISTER' || source.transport === 'udp' || contact === undefined || contact === '*') return false
    const place = placeIn(contact)
    return !place || !isOwn(place, headers, source) || this.#isHeld(place, headers, source)
  }

  answered({ method, headers }: SipRequest, response: SipResponse, source: Hop): void {
    if (method !== 'REGISTER' || response.status !== 200 || source.transport === 'udp') return
    const place = placeIn(headers.values('Contact')[0] ?? '')
    if (!place) return
    const key = keyOf(place)
    this.#holders.delete(key)
    const granted = contacts(response.headers)
    const its = granted.ok ? granted.value.find(({ uri }) => placeOf(uri) === key) : undefined
    const seconds = Number(its?.parameters.get('expires') ?? 0)
    if (!(seconds > 0)) return
    this.#holders.set(detached(key), {
      account: detached(accountOf(headers)),
      host: source.host,
      until: this.clock.monotonic() + seconds * 1_000,
    })
    if (this.#holders.size <= mostHolders) return
    for (const oldest of this.#holders.keys()) return void this.#holders.delete(oldest)
  }

  /** A desk phone may get another user at its own address. */
  #isHeld(place: Place, headers: HeaderTable, source: Hop): boolean {
    const holder = this.#holders.get(keyOf(place))
    if (!holder || holder.until <= this.clock.monotonic()) return false
    return holder.account !== accountOf(headers) && !isSameAddress(holder.host, source.host)
  }
}

/** User and host of a URI. */
interface Place {
  readonly user: string
  readonly host: string
}

/** The sender's own address, a name that leads nowhere, as browsers have, or the account's name, alone or before a hyphen. */
function isOwn({ user, host }: Place, headers: HeaderTable, source: Hop): boolean {
  if (isSameAddress(bare(host), source.host) || host.endsWith('.invalid')) return true
  const account = placeOf(to(headers)?.uri ?? '')?.user ?? ''
  return account !== '' && (user === account || user.startsWith(`${account}-`))
}

/** In the server's form: it looks at the first Contact. */
function placeIn(contact: string): Place | undefined {
  const read = parseNameAddr(contact)
  return read.ok ? placeOf(read.value.uri) : undefined
}

const keyOf = ({ user, host }: Place): string => `${user}@${host}`

function accountOf(headers: HeaderTable): string {
  const place = placeOf(to(headers)?.uri ?? '')
  return place ? keyOf(place) : ''
}

function placeOf(uri: string): Place | undefined {
  const parsed = parseUri(uri)
  return parsed.ok ? { user: unescapeUser(parsed.value.user ?? ''), host: parsed.value.host } : undefined
}
