import { TimerSet, type Clock } from '../../foundation/clock.js'
import { between, later, millis, seconds, type Instant } from '../../foundation/time.js'
import { ComparedUri } from '../message/uri-match.js'
import type { Hop } from '../transport/transport.js'
import type { IssuedCredentials } from './issued.js'

/** One contact of a REGISTER, as the phone sent it. */
export interface AskedContact {
  /** Without header fields. */
  readonly uri: string
  /** In seconds. 0 removes the contact. Absent: we choose. */
  readonly expires?: number
  /** 0 to 1, as written. */
  readonly q?: string
  /** The +sip.instance (RFC 5626 §4.1), as written. */
  readonly instance?: string
  readonly regId?: number
  /** Where to reach the phone, whatever its Contact says. */
  readonly flow?: Hop
  /** Why the Contact is accepted without a flow: the config has its network, or proxies of the config are in between. */
  readonly by?: 'network' | 'proxy'
  /** The marks of these proxies. */
  readonly through?: readonly string[]
}

/** The content of an authorised REGISTER. */
export interface AskedRegistration {
  readonly callId: string
  readonly cseq: number
  /** `all`: the contact `*`, which removes all contacts. */
  readonly contacts: readonly AskedContact[] | 'all'
  /** The route set towards the phone (RFC 3327), first hop first. */
  readonly path: readonly string[]
  /** The issued credentials that were used. Absent: the agent's own password. */
  readonly issued?: IssuedCredentials
}

/** One place where an address of record can be reached (RFC 3261 §10). */
export interface Binding {
  readonly uri: string
  readonly q?: string
  readonly instance?: string
  readonly regId?: number
  readonly callId: string
  readonly cseq: number
  readonly path: readonly string[]
  readonly flow?: Hop
  /** As in `AskedContact`. */
  readonly by?: 'network' | 'proxy'
  readonly through?: readonly string[]
  /** The user name of the issued credentials that registered it. Absent: the agent's own password. */
  readonly issuedTo?: string
  /** By the machine's clock, for people. */
  readonly expires: Instant
  /**
   * The same moment on the monotonic clock, in milliseconds. So setting the machine's clock neither removes phones nor keeps them
   * forever.
   */
  readonly ends: number
}

export type RegistrationOutcome =
  { readonly kind: 'done' } | { readonly kind: 'tooBrief' } | { readonly kind: 'outOfOrder' } | { readonly kind: 'tooMany' }

/** In seconds, as the next two. */
export const shortestRegistration = 60
export const longestRegistration = 7_200
const usualRegistration = 3_600
/** Per address of record. */
const mostContacts = 10
/** Per request: as many may be removed as added. */
export const mostAsked = 2 * mostContacts
/** The limit for all Contacts of an address of record together, in characters, because each 200 repeats them all. It is enough for ten of 600. */
const longestTogether = 6 * 1024

/** Called when the bindings of an address of record change or are extended. */
type BindingsListener = (aor: string, bindings: readonly Binding[]) => void

/** The location service of RFC 3261 §10: where each address of record can be reached, and until when. */
export class Bindings {
  readonly #byAor = new Map<string, readonly Binding[]>()
  readonly #timers: TimerSet<string>
  #listener: BindingsListener = () => undefined

  constructor(private readonly clock: Clock) {
    this.#timers = new TimerSet(clock)
  }

  listen(listener: BindingsListener): void {
    this.#listener = listener
  }

  /** The current bindings, the latest registered first. */
  of(aor: string): readonly Binding[] {
    return this.#byAor.get(aor) ?? []
  }

  /** Applies the whole request or nothing (§10.3, items 6 and 7). `done` is called before the listener hears of the change. */
  update(aor: string, asked: AskedRegistration, done: () => void = () => undefined): RegistrationOutcome {
    const now = this.of(aor)
    const contacts = asked.contacts === 'all' ? 'all' : asked.contacts.map(compared)
    const named =
      contacts === 'all'
        ? now
        : now.map(compared).flatMap(binding => (contacts.some(contact => isSame(binding, contact)) ? [binding.of] : []))
    if (named.some(({ callId, cseq }) => callId === asked.callId && cseq >= asked.cseq)) return { kind: 'outOfOrder' }
    const stay = now.filter(binding => !named.includes(binding))
    const added =
      contacts === 'all'
        ? []
        : contacts.flatMap((each, at) => (each.of.expires !== 0 && isLast(each, at, contacts) ? [each.of] : []))
    if (added.some(({ expires }) => expires !== undefined && expires < shortestRegistration)) return { kind: 'tooBrief' }
    const bindings = [...added.map(contact => this.#bind(contact, asked)), ...stay]
    if (bindings.length > mostContacts || lengthOf(bindings) > longestTogether) return { kind: 'tooMany' }
    if (added.length > 0 || named.length > 0) this.#replace(aor, bindings, done)
    else done()
    return { kind: 'done' }
  }

  /** All bindings of all addresses of record. */
  *all(): IterableIterator<Binding> {
    for (const bindings of this.#byAor.values()) yield* bindings
  }

  /** Each address of record with its bindings. */
  entries(): Iterable<readonly [aor: string, bindings: readonly Binding[]]> {
    return this.#byAor
  }

  /** Removes the bindings for which `isGone` is true, because their connection or account is gone. */
  drop(aor: string, isGone: (binding: Binding) => boolean): void {
    const now = this.of(aor)
    const stay = now.filter(binding => !isGone(binding))
    if (stay.length < now.length) this.#replace(aor, stay)
  }

  /** Restores bindings from before a restart. Call it before a phone of this address of record registers again. */
  restore(aor: string, bindings: readonly Binding[]): void {
    this.#replace(aor, bindings)
  }

  /** The remaining time of a binding in seconds. */
  left({ ends }: Binding): number {
    return Math.ceil((ends - this.clock.monotonic()) / 1000)
  }

  /** Removes all bindings without notifying anybody. */
  stop(): void {
    this.#timers.stopAll()
    this.#byAor.clear()
  }

  #bind({ expires: asked, ...contact }: AskedContact, { callId, cseq, path, issued }: AskedRegistration): Binding {
    const now = this.clock.now()
    const most = seconds(Math.min(asked ?? usualRegistration, longestRegistration))
    const span = issued ? millis(Math.min(most, between(now, issued.expires))) : most
    const [expires, ends] = [later(now, span), this.clock.monotonic() + span]
    return { callId, cseq, path, expires, ends, ...contact, ...(issued && { issuedTo: issued.user }) }
  }

  #replace(aor: string, bindings: readonly Binding[], done: () => void = () => undefined): void {
    if (bindings.length === 0) this.#byAor.delete(aor)
    else this.#byAor.set(aor, bindings)
    this.#expireNext(aor, bindings)
    done()
    this.#listener(aor, bindings)
  }

  #expireNext(aor: string, bindings: readonly Binding[]): void {
    if (bindings.length === 0) return this.#timers.stop(aor)
    const left = Math.min(...bindings.map(({ ends }) => ends)) - this.clock.monotonic()
    this.#timers.start(aor, millis(Math.max(0, Math.ceil(left))), () => {
      const stay = this.of(aor).filter(({ ends }) => ends > this.clock.monotonic())
      if (stay.length < this.of(aor).length) this.#replace(aor, stay)
      else this.#expireNext(aor, stay)
    })
  }
}

const lengthOf = (bindings: readonly Binding[]): number =>
  bindings.reduce((sum, { uri, instance = '' }) => sum + uri.length + instance.length, 0)

/** A contact or binding that is compared with others. Its URI is read once, because a request's contacts are compared with all others. */
interface Compared<T> {
  readonly of: T
  readonly uri: ComparedUri
}

const compared = <T extends Pick<Binding, 'uri'>>(of: T): Compared<T> => ({ of, uri: new ComparedUri(of.uri) })

/** Of equal contacts, only the last counts. */
const isLast = (contact: Compared<AskedContact>, at: number, all: readonly Compared<AskedContact>[]): boolean =>
  !all.slice(at + 1).some(other => isSame(contact, other))

/** The same flow of the same device (RFC 5626 §6), or else the same address (RFC 3261 §10.3, item 7). */
function isSame(one: Compared<Pick<Binding, 'instance' | 'regId'>>, other: Compared<AskedContact>): boolean {
  const { instance, regId } = other.of
  const isFlow = instance !== undefined && regId !== undefined
  if (isFlow && one.of.instance === instance && one.of.regId === regId) return true
  return one.uri.equals(other.uri)
}
