import { detached } from '../../foundation/detached.js'
import type { Clock } from '../../foundation/clock.js'
import { contacts, to } from '../message/fields.js'
import { isSameAddress } from '../message/ipv6.js'
import type { HeaderTable } from '../message/headers.js'
import type { SipRequest, SipResponse } from '../message/message.js'
import { parseUri, unescapeUser } from '../message/uri.js'
import type { Hop } from '../transport/transport.js'

interface Holder {
  /** The address of record. */
  readonly account: string
  readonly host: string
  /** When the registration ends, in ms of the monotonic clock. */
  readonly until: number
}

/** The most entries. When there are more, the oldest is forgotten. */
const mostHolders = 20_000

/**
 * The server finds the connection of a phone by user and host of the Contact in its REGISTER. The latest REGISTER counts, whichever
 * account it is from. So nobody may register a Contact that a phone of another account has. `registrar/contact-names` decides which
 * names an account may use at all.
 */
export class PhoneConnections {
  readonly #holders = new Map<string, Holder>()

  constructor(private readonly clock: Pick<Clock, 'monotonic'>) {}

  /** Whether the Contact of this REGISTER leads to a phone of another account. At one address the account of a desk phone may change. */
  isTaken({ method, headers }: SipRequest, source: Hop): boolean {
    const key = method === 'REGISTER' && source.transport !== 'udp' ? keyOf(headers) : undefined
    const holder = key === undefined ? undefined : this.#holders.get(key)
    if (!holder || holder.until <= this.clock.monotonic()) return false
    return holder.account !== accountOf(headers) && !isSameAddress(holder.host, source.host)
  }

  answered({ method, headers }: SipRequest, response: SipResponse, source: Hop): void {
    if (method !== 'REGISTER' || response.status !== 200 || source.transport === 'udp') return
    const key = keyOf(headers)
    if (key === undefined) return
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
}

/** The key that the server uses: user and host of the first Contact. */
function keyOf(headers: HeaderTable): string | undefined {
  const read = contacts(headers)
  return placeOf(read.ok ? (read.value[0]?.uri ?? '') : '')
}

const accountOf = (headers: HeaderTable): string => placeOf(to(headers)?.uri ?? '') ?? ''

function placeOf(uri: string): string | undefined {
  const parsed = parseUri(uri)
  return parsed.ok ? `${unescapeUser(parsed.value.user ?? '')}@${parsed.value.host}` : undefined
}
