import { isIP } from 'node:net'
import { Cache, type CacheStatistics } from '../../foundation/cache.js'
import type { Clock } from '../../foundation/clock.js'
import { detached } from '../../foundation/detached.js'
import type { Log } from '../../foundation/log.js'
import { seconds, type Millis } from '../../foundation/time.js'
import { parseUri } from '../message/uri.js'
import type { AddressRecord, Resolver, ServiceRecord } from './resolver.js'
import { protocols, type TransportName } from './protocols.js'
import { bare } from './received.js'
import type { Hop, Location } from './transport.js'

interface LocatorOptions {
  readonly resolver: Resolver
  readonly clock: Clock
  readonly log: Log
  /** A whole number with 32 random bits, for weights (RFC 2782). */
  readonly random: () => number
  /** The address families that we can send with, the preferred one first. */
  readonly families: readonly (4 | 6)[]
}

/** Transports for which we open connections or need none. Only a phone opens a WebSocket. */
type Dialled = 'udp' | 'tcp' | 'tls'

/** What a URI says about its destination before DNS is asked. */
interface Question {
  readonly host: string
  readonly port: number | undefined
  readonly transport: Dialled | undefined
}

/** The hops of one service record, or of a plain host. */
interface Choice {
  readonly priority: number
  readonly weight: number
  readonly hops: readonly Hop[]
}

interface Answer {
  readonly choices: readonly Choice[]
  readonly anyTransport: boolean
  readonly lifetime: Millis
  /** When DNS gave it, in ms of the monotonic clock. An old answer that is used again keeps its time. */
  readonly givenAt: number
}

type Found = (location: Location) => void

const nowhere: Location = { hops: [], anyTransport: false }
const noAnswer = { choices: [], anyTransport: false, givenAt: -Infinity }

const numericKept = 4_096
const namesKept = 1_024
const avoidedKept = 1_024
/** In seconds. Limits for how long an answer is kept, whatever its records say. */
const shortestTtl = 5
const longestTtl = 600
/** In seconds. Node does not report the lifetime of SRV and NAPTR records. */
const serviceTtl = 60
/** In seconds. For an empty answer, or for an old one while DNS does not respond. */
const retryAfter = 5
/**
 * While DNS does not respond, an expired answer is used, so that calls continue, until DNS gave it this long ago. A full cache removes
 * answers that expired this long ago.
 */
const staleFor = seconds(86_400)
/** A hop where nothing answered is tried last for this long. */
const avoidMs = 30_000

/** Resolves SIP URIs (RFC 3263 §4). Answers are cached for the lifetime of their records. A numeric host needs no DNS. */
export class Locator {
  readonly #numeric = new Map<string, Location>()
  readonly #answers: Cache<Answer>
  readonly #asking = new Map<string, Found[]>()
  readonly #avoided = new Map<string, number>()

  constructor(private readonly options: LocatorOptions) {
    this.#answers = new Cache({ name: 'dns', clock: options.clock, size: namesKept, staleFor })
  }

  get cache(): CacheStatistics {
    return this.#answers
  }

  /** `found` is called before this returns if the answer is known already. */
  locate(given: string, found: Found): void {
    const numeric = this.#numeric.get(given)
    if (numeric) return found(numeric)
    const target = detached(given)
    const question = readTarget(target)
    if (!question) return found(nowhere)
    if (isIP(question.host) > 0) return found(this.#keepNumeric(target, question))
    const key = `${question.host} ${question.port ?? ''} ${question.transport ?? ''}`
    const answer = this.#answers.get(key)
    if (answer) return found(this.#order(answer))
    this.#ask(key, question, found)
  }

  /** The transport that the URI itself names. */
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

  /** Several calls to one name at the same time cause only one DNS request. */
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
    let answer: Answer
    try {
      answer = { ...(await this.#resolve(question)), givenAt: this.#now() }
    } catch (error) {
      // DNS has failed.
      const old = this.#old(key)
      this.options.log.warn(
        `DNS gives no answer for ${question.host}: ${String(error)}; ${old ? 'the old one is used' : 'unreachable'}`,
        { event: 'sip.dnsFailed', host: question.host },
      )
      answer = { ...(old ?? noAnswer), lifetime: seconds(retryAfter) }
    }
    this.#answers.set(key, answer, answer.lifetime)
    return answer
  }

  /** The last answer that DNS gave, if it is not too old. */
  #old(key: string): Answer | undefined {
    const old = this.#answers.stale(key)
    return old && this.#now() - old.givenAt <= staleFor ? old : undefined
  }

  /** RFC 3263 §4.1 and §4.2: NAPTR, then SRV, then addresses, depending on what the URI leaves open. */
  async #resolve({ host, port, transport }: Question): Promise<Omit<Answer, 'givenAt'>> {
    const services = port === undefined && host.includes('.') ? await this.#services(host, transport) : []
    if (services.length > 0) {
      const choices = await Promise.all(services.map(service => this.#serviceChoice(service, host)))
      return { choices: choices.filter(({ hops }) => hops.length > 0), anyTransport: false, lifetime: seconds(serviceTtl) }
    }
    const addresses = await this.#addresses(host)
    const hops = addresses.map(({ address }) => hopAt(transport ?? 'udp', address, port, host))
    const ttl = Math.min(longestTtl, ...addresses.map(record => record.ttl))
    return {
      choices: hops.length > 0 ? [{ priority: 0, weight: 0, hops }] : [],
      anyTransport: transport === undefined,
      lifetime: seconds(hops.length > 0 ? Math.max(ttl, shortestTtl) : retryAfter),
    }
  }

  /** Service records with rising priority. Those of a later transport come after all of an earlier one. */
  async #services(host: string, transport: Dialled | undefined): Promise<readonly TransportService[]> {
    const names = transport ? [{ transport, name: `${serviceNames[transport]}.${host}` }] : await this.#serviceNames(host)
    const records = await Promise.all(names.map(({ name }) => this.options.resolver.services(name)))
    return records.flatMap((ofName, rank) =>
      ofName
        .filter(({ name }) => name !== '' && name !== '.') // "." means that there is no such service (RFC 2782).
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

  /** With TLS, the certificate of each host must have the name of the domain (RFC 5922 §4). */
  async #serviceChoice({ name, port, priority, weight, transport }: TransportService, domain: string): Promise<Choice> {
    const addresses = await this.#addresses(name)
    return { priority, weight, hops: addresses.map(({ address }) => hopAt(transport, address, port, domain)) }
  }

  async #addresses(host: string): Promise<readonly AddressRecord[]> {
    const byFamily = await Promise.all(this.options.families.map(family => this.options.resolver.addresses(host, family)))
    return byFamily.flat()
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
  transport,
  host,
  port: port ?? protocols[transport].port,
  ...(transport === 'tls' && name !== undefined && { name }),
})

/** RFC 3263 §4: what the URI itself decides. Undefined: not a SIP URI, or a transport for which we don't open connections. */
function readTarget(target: string): Question | undefined {
  const uri = parseUri(target)
  if (!uri.ok || uri.value.scheme === 'tel') return undefined
  const { scheme, host, port, parameters } = uri.value
  const transport = dialledBy(scheme, parameters.get('transport')?.toLowerCase())
  if (transport === 'none') return undefined
  return { host: bare(parameters.get('maddr') ?? host).toLowerCase(), port, transport }
}

/** sips requires TLS on each hop, whatever stream transport the URI names (RFC 3261 §26.2.2, RFC 5630 §3.1.3). */
function dialledBy(scheme: string, transport: string | undefined): Dialled | undefined | 'none' {
  const known = transport === undefined || transport === 'udp' || transport === 'tcp' || transport === 'tls'
  if (!known) return 'none'
  if (scheme === 'sip') return transport
  return transport === 'udp' ? 'none' : 'tls'
}

const hopKey = ({ transport, host, port }: Hop): string => `${transport} ${host} ${port}`

/** Services of RFC 3263 §4.1 that we support. */
function naptrTransport(service: string): Dialled | undefined {
  const name = service.toUpperCase()
  return name === 'SIP+D2U' ? 'udp' : name === 'SIP+D2T' ? 'tcp' : name === 'SIPS+D2T' ? 'tls' : undefined
}

/** RFC 2782: lower priority first. Within a priority, a random choice by `weight`; weight 0 is seldom first. */
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
