import { isIP } from 'node:net'
import type { Clock } from '../../foundation/clock.js'
import type { Log } from '../../foundation/log.js'
import { parseUri } from '../message/uri.js'
import type { AddressRecord, Resolver, ServiceRecord } from './resolver.js'
import { protocols, type TransportName } from './protocols.js'
import { bare } from './received.js'
import type { Hop, Location } from './transport.js'

export interface LocatorOptions {
  readonly resolver: Resolver
  readonly clock: Clock
  readonly log: Log
  /** A whole number of 32 random bits, for weights (RFC 2782). */
  readonly random: () => number
  /** The families that we can send by, preferred first. */
  readonly families: readonly (4 | 6)[]
}

/** What we open connections by, or need none; a WebSocket is opened by its phone alone. */
type Dialled = 'udp' | 'tcp' | 'tls'

/** What a URI says about where it leads, before DNS is asked. */
interface Question {
  readonly host: string
  readonly port: number | undefined
  readonly transport: Dialled | undefined
}

/** Hops of one service record, or of a plain host. */
interface Choice {
  readonly priority: number
  readonly weight: number
  readonly hops: readonly Hop[]
}

interface Answer {
  readonly choices: readonly Choice[]
  readonly anyTransport: boolean
  /** Monotonic time until which it holds. */
  readonly until: number
}

type Found = (location: Location) => void

const nowhere: Location = { hops: [], anyTransport: false }

const numericKept = 4_096
const namesKept = 1_024
const avoidedKept = 1_024
/** Bounds of how long an answer is kept, whatever its records say. */
const shortestTtl = 5
const longestTtl = 600
/** SRV and NAPTR records come without their lifetime from Node. */
const serviceTtl = 60
/** An answer that there is nothing, or an old one while DNS is silent. */
const retryAfter = 5
/** A hop where nothing answered comes last for so long. */
const avoidMs = 30_000

/** Where a SIP URI leads: RFC 3263 §4. Answers are kept as long as their records live; a numeric host needs none. */
export class Locator {
  readonly #numeric = new Map<string, Location>()
  readonly #answers = new Map<string, Answer>()
  readonly #asking = new Map<string, Found[]>()
  readonly #avoided = new Map<string, number>()

  constructor(private readonly options: LocatorOptions) {}

  /** `found` is called before this returns when the answer is at hand. */
  locate(target: string, found: Found): void {
    const numeric = this.#numeric.get(target)
    if (numeric) return found(numeric)
    const question = readTarget(target)
    if (!question) return found(nowhere)
    if (isIP(question.host) > 0) return found(this.#keepNumeric(target, question))
    const key = `${question.host} ${question.port ?? ''} ${question.transport ?? ''}`
    const answer = this.#answers.get(key)
    if (answer && answer.until > this.#now()) return found(this.#order(answer))
    this.#ask(key, question, found)
  }

  /** The transport that the URI itself asks for. */
  transportOf(target: string): TransportName | undefined {
    return readTarget(target)?.transport
  }

  avoid(hop: Hop): void {
    const now = this.#now()
    if (this.#avoided.size >= avoidedKept) this.#avoided.clear()
    this.#avoided.set(hopKey(hop), now + avoidMs)
  }

  avoids(hop: Hop): boolean {
    if (this.#avoided.size === 0) return false
    const key = hopKey(hop)
    const until = this.#avoided.get(key)
    if (until === undefined) return false
    if (until > this.#now()) return true
    this.#avoided.delete(key)
    return false
  }

  #now(): number {
    return this.options.clock.monotonic()
  }

  #keepNumeric(target: string, { host, port, transport }: Question): Location {
    const hop = hopAt(transport ?? 'udp', host, port)
    const location: Location = { hops: [hop], anyTransport: transport === undefined }
    if (this.#numeric.size >= numericKept) this.#numeric.clear()
    this.#numeric.set(target, location)
    return location
  }

  /** Several calls to one name at once ask DNS once. */
  #ask(key: string, question: Question, found: Found): void {
    const others = this.#asking.get(key)
    if (others) {
      others.push(found)
      return
    }
    const waiting = [found]
    this.#asking.set(key, waiting)
    void this.#answer(key, question).then(answer => {
      this.#asking.delete(key)
      for (const tell of waiting) tell(this.#order(answer))
    })
  }

  async #answer(key: string, question: Question): Promise<Answer> {
    const old = this.#answers.get(key)
    let answer: Answer
    try {
      answer = await this.#resolve(question)
    } catch (error) {
      // DNS itself is in trouble: what was known goes on for a while, and calls are served.
      this.options.log.warn(
        `DNS gives no answer for ${question.host}: ${String(error)}; ${old ? 'the old one is used' : 'unreachable'}`,
      )
      answer = { choices: old?.choices ?? [], anyTransport: old?.anyTransport ?? false, until: this.#after(retryAfter) }
    }
    if (this.#answers.size >= namesKept) this.#answers.clear()
    this.#answers.set(key, answer)
    return answer
  }

  /** RFC 3263 §4.1 and §4.2: NAPTR, then SRV, then addresses, as far as the URI leaves open. */
  async #resolve({ host, port, transport }: Question): Promise<Answer> {
    const services = port === undefined && host.includes('.') ? await this.#services(host, transport) : []
    if (services.length > 0) {
      const choices = await Promise.all(services.map(service => this.#serviceChoice(service, host)))
      return { choices: choices.filter(({ hops }) => hops.length > 0), anyTransport: false, until: this.#after(serviceTtl) }
    }
    const addresses = await this.#addresses(host)
    const hops = addresses.map(({ address }) => hopAt(transport ?? 'udp', address, port, host))
    const ttl = Math.min(longestTtl, ...addresses.map(record => record.ttl))
    return {
      choices: hops.length > 0 ? [{ priority: 0, weight: 0, hops }] : [],
      anyTransport: transport === undefined,
      until: this.#after(hops.length > 0 ? Math.max(ttl, shortestTtl) : retryAfter),
    }
  }

  /** Service records in groups of rising priority; those of a later transport come after all of an earlier one. */
  async #services(host: string, transport: Dialled | undefined): Promise<readonly TransportService[]> {
    const names = transport ? [{ transport, name: `${serviceNames[transport]}.${host}` }] : await this.#serviceNames(host)
    const records = await Promise.all(names.map(({ name }) => this.options.resolver.services(name)))
    return records.flatMap((ofName, rank) =>
      ofName
        .filter(({ name }) => name !== '' && name !== '.') // "." says that there is no such service (RFC 2782)
        .map(record => ({ ...record, priority: rank * 65_536 + record.priority, transport: names[rank]?.transport ?? 'udp' })),
    )
  }

  async #serviceNames(host: string): Promise<readonly { transport: Dialled; name: string }[]> {
    const pointers = await this.options.resolver.pointers(host)
    const usable = pointers.flatMap(pointer => {
      const transport = naptrTransport(pointer.service)
      return transport && pointer.flags.toLowerCase() === 's' ? [{ ...pointer, transport }] : []
    })
    if (usable.length === 0) {
      return (['udp', 'tcp'] as const).map(transport => ({ transport, name: `${serviceNames[transport]}.${host}` }))
    }
    usable.sort((a, b) => a.order - b.order || a.preference - b.preference)
    return usable.map(({ transport, replacement }) => ({ transport, name: replacement }))
  }

  /** Whatever host serves it, by TLS it must show that it speaks for the domain (RFC 5922 §4). */
  async #serviceChoice({ name, port, priority, weight, transport }: TransportService, domain: string): Promise<Choice> {
    const addresses = await this.#addresses(name)
    return { priority, weight, hops: addresses.map(({ address }) => hopAt(transport, address, port, domain)) }
  }

  async #addresses(host: string): Promise<readonly AddressRecord[]> {
    const byFamily = await Promise.all(this.options.families.map(family => this.options.resolver.addresses(host, family)))
    return byFamily.flat()
  }

  #after(seconds: number): number {
    return this.#now() + seconds * 1_000
  }

  #order({ choices, anyTransport }: Answer): Location {
    const ordered = choices.length > 1 ? byPriorityAndWeight(choices, this.options.random) : choices
    const hops = ordered.flatMap(choice => choice.hops)
    if (this.#avoided.size === 0 || hops.length < 2) return { hops, anyTransport }
    const bad = hops.filter(hop => this.avoids(hop))
    return { hops: bad.length === 0 ? hops : [...hops.filter(hop => !bad.includes(hop)), ...bad], anyTransport }
  }
}

interface TransportService extends ServiceRecord {
  readonly transport: Dialled
}

/** RFC 3263 §4.2. */
const serviceNames: Readonly<Record<Dialled, string>> = { udp: '_sip._udp', tcp: '_sip._tcp', tls: '_sips._tcp' }

const hopAt = (transport: Dialled, host: string, port: number | undefined, name?: string): Hop => ({
  ...{ transport, host, port: port ?? protocols[transport].port },
  ...(transport === 'tls' && name !== undefined && { name }),
})

/** RFC 3263 §4: what the URI itself decides. Undefined for what we can't reach: no SIP URI, or a transport that we don't open. */
function readTarget(target: string): Question | undefined {
  const uri = parseUri(target)
  if (!uri.ok || uri.value.scheme === 'tel') return undefined
  const { scheme, host, port, parameters } = uri.value
  const transport = dialledBy(scheme, parameters.get('transport')?.toLowerCase())
  if (transport === 'none') return undefined
  return { host: bare(parameters.get('maddr') ?? host).toLowerCase(), port, transport }
}

/** sips asks for TLS on each hop, by whatever stream (RFC 3261 §26.2.2, RFC 5630 §3.1.3). */
function dialledBy(scheme: string, transport: string | undefined): Dialled | undefined | 'none' {
  const known = transport === undefined || transport === 'udp' || transport === 'tcp' || transport === 'tls'
  if (!known) return 'none'
  if (scheme === 'sip') return transport
  return transport === 'udp' ? 'none' : 'tls'
}

const hopKey = ({ transport, host, port }: Hop): string => `${transport} ${host} ${port}`

/** Services of RFC 3263 §4.1 that we have a transport for. */
function naptrTransport(service: string): Dialled | undefined {
  const name = service.toUpperCase()
  return name === 'SIP+D2U' ? 'udp' : name === 'SIP+D2T' ? 'tcp' : name === 'SIPS+D2T' ? 'tls' : undefined
}

/** RFC 2782: lower priority first; within one, a draw weighted by `weight`, and those of weight 0 seldom first. */
function byPriorityAndWeight(choices: readonly Choice[], random: () => number): Choice[] {
  const left = [...choices].sort((a, b) => a.priority - b.priority || a.weight - b.weight)
  const ordered: Choice[] = []
  while (left.length > 0) {
    const group = left.filter(({ priority }) => priority === left[0]?.priority)
    const total = group.reduce((sum, { weight }) => sum + weight, 0)
    let rest = random() % (total + 1)
    const drawn = group.find(({ weight }) => (rest -= weight) <= 0) ?? group[0]
    if (!drawn) break
    ordered.push(drawn)
    left.splice(left.indexOf(drawn), 1)
  }
  return ordered
}
