import { isIPv4, isIPv6 } from 'node:net'
import type { RoutingSettings } from '../routing/index.js'

/** Names that say nothing about a site: addresses of this machine, of no machine, and of callers without a name. */
const sameEverywhere: ReadonlySet<string> = new Set([
  '0.0.0.0',
  '127.0.0.1',
  '::',
  '::1',
  'anonymous',
  'anonymous.invalid',
  'localhost',
])
/** A number as people dial it. The last digits of a shorter one would name an extension just the same. */
const numberForm = /^(?=.*\d)\+?[\d().\- ]+$/
const uriForm = /^(sips?|tel|urn|https?|wss?|ldaps?):(.*)$/is
/** Digits with letters or separators, such as a MAC address. Digits alone may be a sequence number of the protocol. */
const serialForm = /^(?=.*\d)(?=.*[a-f:-])/i
/** Addresses that no router of the internet passes on (RFC 1918, RFC 6598, RFC 3927). That a peer has one explains many faults. */
const privateV4 = /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|169\.254\.)/
const privateV6 = /^f[cde]/i

type Kind =
  | 'agent'
  | 'group'
  | 'queue'
  | 'workflow'
  | 'name'
  | 'user'
  | 'person'
  | 'host'
  | 'text'
  | 'number'
  | 'v4'
  | 'private4'
  | 'v6'
  | 'private6'

/** Replaces names, numbers and addresses. The same name has the same replacement wherever it occurs in a bundle. */
export class Names {
  /** By the original, in lower case for hosts. */
  readonly #known = new Map<string, string>()
  readonly #counts = new Map<Kind, number>()
  /** Single words of people's names and of hosts, in lower case. */
  readonly #parts = new Set<string>()

  /** The names of a config get replacements that say what they name. A name of several kinds gets a neutral one. */
  addConfig({ agents, groups, queues, workflows }: RoutingSettings): void {
    for (const { uri, name } of agents) {
      const [, , rest = ''] = uriForm.exec(uri) ?? []
      this.#of('agent', rest.slice(0, rest.lastIndexOf('@')))
      if (name !== undefined) this.#of('person', name)
    }
    const kinds = new Map<string, Kind>()
    const lists = { group: groups, queue: queues, workflow: workflows } as const
    for (const [kind, list] of Object.entries(lists) as [keyof typeof lists, readonly { readonly name: string }[]][])
      for (const { name } of list) kinds.set(name, kinds.has(name) ? 'name' : kind)
    for (const [name, kind] of kinds) this.#of(kind, name)
  }

  /** A SIP, TEL or web URI: the parts are replaced, and its form stays. */
  uri(uri: string): string {
    const [, scheme = '', rest = ''] = uriForm.exec(uri) ?? []
    const lower = scheme.toLowerCase()
    if (lower === 'tel') return `${scheme}:${this.user(/^[^;?]*/.exec(rest)?.[0] ?? '')}`
    if (!/^sips?$/.test(lower)) return `${scheme}:…`
    const [address = ''] = rest.split('?', 1)
    const at = address.lastIndexOf('@')
    // A password, or parameters of a number, may stand before the host.
    const user = at < 0 ? '' : `${this.user(address.slice(0, at).split(/[;:]/, 1)[0] ?? '')}@`
    const [place = '', ...parameters] = address.slice(at + 1).split(';')
    return `${scheme}:${user}${this.place(place)}${parameters.map(uriParameter).join('')}`
  }

  /** The user part of a URI. The same number with and without its plus has the same digits. */
  user(user: string): string {
    if (user === '' || sameEverywhere.has(user.toLowerCase())) return user
    const known = this.#known.get(user)
    if (known !== undefined) return known
    return numberForm.test(user) ? this.#number(user) : this.#of('user', user)
  }

  /** A host with or without a port. */
  place(place: string): string {
    const [, host = place, port = ''] = /^(\[[^\]]*\]|[^:]*)(:\d+)?$/.exec(place) ?? []
    return this.host(host) + port
  }

  /** A host name or an address. */
  host(host: string): string {
    const bare = host.replace(/^\[|\]$/g, '').toLowerCase()
    if (bare === '' || sameEverywhere.has(bare) || bare.startsWith('127.')) return host
    if (isIPv4(bare)) return this.#address(bare, privateV4.test(bare) ? 'private4' : 'v4')
    if (!isIPv6(bare)) return this.#of('host', bare)
    const shown = this.#address(bare, privateV6.test(bare) ? 'private6' : 'v6')
    return host.startsWith('[') ? `[${shown}]` : shown
  }

  /** The name of a person, as phones show it. */
  person(name: string): string {
    if (/^anonymous$/i.test(name)) return name
    return numberForm.test(name) ? this.#number(name) : this.#of('person', name)
  }

  /** Any text that may name something: a name of the config, a URI, or words. */
  text(text: string): string {
    if (text === '') return text
    return this.#known.get(text) ?? (/^(?:sips?|tel):/i.test(text) ? this.uri(text) : this.#of('text', text))
  }

  /** Words of a peer, such as the name of its program: names that are known from elsewhere are replaced, and serial numbers too. */
  words(text: string): string {
    return text.replace(/[\p{L}\p{N}_+@.:-]+/gu, word => this.#word(word)).replace(/[\p{L}\p{N}]+/gu, word => this.#part(word))
  }

  #word(word: string): string {
    if (isIPv4(word) || isIPv6(word)) return this.host(word)
    const known = this.#known.get(word) ?? this.#known.get(word.toLowerCase())
    if (known !== undefined && !/^\d{1,3}$/.test(word)) return known
    return word.replace(/(?:[0-9a-f]{2}[:-]?){4,}[0-9a-f]*/gi, serial => (serialForm.test(serial) ? '…' : serial))
  }

  /** A replacement has no such part, unless somebody is called `person`. */
  #part(word: string): string {
    return this.#parts.has(word.toLowerCase()) ? '…' : word
  }

  #number(number: string): string {
    const digits = number.replace(/\D/g, '')
    return (number.startsWith('+') ? '+' : '') + this.#of('number', digits)
  }

  #address(address: string, kind: 'v4' | 'private4' | 'v6' | 'private6'): string {
    return this.#of(kind, address)
  }

  #of(kind: Kind, original: string): string {
    const known = this.#known.get(original)
    if (known !== undefined) return known
    const count = (this.#counts.get(kind) ?? 0) + 1
    this.#counts.set(kind, count)
    const replacement = replacements[kind](count)
    this.#known.set(original, replacement)
    if (kind === 'person' || kind === 'host')
      for (const [part] of original.toLowerCase().matchAll(/[\p{L}\p{N}]{3,}/gu)) this.#parts.add(part)
    return replacement
  }
}

const bytes = (count: number): string => `${(count >> 8) & 0xff}.${count & 0xff}`
const plain = (kind: Kind) => (count: number) => `${kind}-${count}`

/** The `count`-th replacement of a kind. Addresses and hosts are those that RFC 2544, 2606 and 3849 reserve, or private ones. */
const replacements: Readonly<Record<Kind, (count: number) => string>> = {
  ...{ agent: plain('agent'), group: plain('group'), queue: plain('queue'), workflow: plain('workflow'), name: plain('name') },
  ...{ user: plain('user'), text: plain('text') },
  person: count => `Person ${count}`,
  host: count => `host-${count}.example`,
  number: count => `999${String(count).padStart(7, '0')}`,
  v4: count => `198.18.${bytes(count)}`,
  private4: count => `10.0.${bytes(count)}`,
  v6: count => `2001:db8::${count.toString(16)}`,
  private6: count => `fd00::${count.toString(16)}`,
}

/** Parameters that say how a URI is reached, and name nobody. */
const openParameters = /^(?:lr|ob|transport=(?:udp|tcp|tls|ws|wss)|user=(?:phone|ip)|method=[A-Z]+|ttl=\d+|rport|comp=sigcomp)$/i
const uriParameter = (parameter: string): string =>
  openParameters.test(parameter) ? `;${parameter}` : `;${/^[\w-]{1,20}/.exec(parameter)?.[0] ?? ''}=…`
