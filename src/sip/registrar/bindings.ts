import { TimerSet, type Clock } from '../../foundation/clock.js'
import { between, later, millis, seconds, type Instant } from '../../foundation/time.js'
import { sameUri } from '../message/uri-match.js'
import type { Hop } from '../transport/transport.js'
import type { IssuedCredentials } from './issued.js'

/** One contact of a REGISTER, as asked for. */
export interface AskedContact {
  /** As text, without header fields. */
  readonly uri: string
  /** Seconds; 0 removes it. Absent: ours to choose. */
  readonly expires?: number
  /** 0 to 1, as written. */
  readonly q?: string
  /** The +sip.instance (RFC 5626 §4.1), as written. */
  readonly instance?: string
  readonly regId?: number
  /** Where to reach the phone, whatever the Contact says. */
  readonly flow?: Hop
  /** Without a flow, why its Contact is believed: the config names its network, or a trusted proxy stands between. */
  readonly by?: 'network' | 'proxy'
}

/** What a REGISTER of somebody who may asks for. */
export interface AskedRegistration {
  readonly callId: string
  readonly cseq: number
  /** `all`: the contact `*`, which removes each of them. */
  readonly contacts: readonly AskedContact[] | 'all'
  /** Route set towards the phone (RFC 3327), first hop first. */
  readonly path: readonly string[]
  /** With which issued credentials; absent: with the agent's own password. */
  readonly issued?: IssuedCredentials
}

/** One place where an address of record is reached (RFC 3261 §10). */
export interface Binding {
  readonly uri: string
  readonly q?: string
  readonly instance?: string
  readonly regId?: number
  readonly callId: string
  readonly cseq: number
  readonly path: readonly string[]
  readonly flow?: Hop
  /** As in what was asked. */
  readonly by?: 'network' | 'proxy'
  /** The user of the issued credentials by which it was registered; absent: by the agent's own password. */
  readonly issuedTo?: string
  /** By the machine's clock, for people. */
  readonly expires: Instant
  /** The same on the monotonic clock, in milliseconds: when the machine's clock is set, no phone is lost and none stays for ever. */
  readonly ends: number
}

export type RegistrationOutcome =
  { readonly kind: 'done' } | { readonly kind: 'tooBrief' } | { readonly kind: 'outOfOrder' } | { readonly kind: 'tooMany' }

export const shortestRegistration = 60
export const longestRegistration = 7_200
const usualRegistration = 3_600
/** Of one address of record. */
const mostContacts = 10
/** In one request: as many that go as may come. */
const mostAsked = 2 * mostContacts

/** Told when the bindings of an address of record are others, or hold longer. */
export type BindingsListener = (aor: string, bindings: readonly Binding[]) => void

/** The location service of RFC 3261 §10: where each address of record is reached, until when. */
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

  /** Those that hold now, the latest registered first. */
  of(aor: string): readonly Binding[] {
    return this.#byAor.get(aor) ?? []
  }

  /** All of it is done or nothing (§10.3, items 6 and 7). */
  update(aor: string, asked: AskedRegistration): RegistrationOutcome {
    const { contacts } = asked
    // Before each is compared with all others.
    if (contacts !== 'all' && contacts.length > mostAsked) return { kind: 'tooMany' }
    const now = this.of(aor)
    const named = contacts === 'all' ? now : now.filter(binding => contacts.some(contact => isSame(binding, contact)))
    if (named.some(({ callId, cseq }) => callId === asked.callId && cseq >= asked.cseq)) return { kind: 'outOfOrder' }
    const stay = now.filter(binding => !named.includes(binding))
    const added =
      contacts === 'all' ? [] : contacts.filter((contact, at) => contact.expires !== 0 && isLast(contact, at, contacts))
    if (added.some(({ expires }) => expires !== undefined && expires < shortestRegistration)) return { kind: 'tooBrief' }
    const bindings = [...added.map(contact => this.#bind(contact, asked)), ...stay]
    if (bindings.length > mostContacts) return { kind: 'tooMany' }
    if (added.length > 0 || named.length > 0) this.#replace(aor, bindings)
    return { kind: 'done' }
  }

  /** All of them, of all addresses of record. */
  *all(): IterableIterator<Binding> {
    for (const bindings of this.#byAor.values()) yield* bindings
  }

  /** Drops those of which this is true: their connection is gone, or their account. */
  drop(aor: string, isGone: (binding: Binding) => boolean): void {
    const now = this.of(aor)
    const stay = now.filter(binding => !isGone(binding))
    if (stay.length < now.length) this.#replace(aor, stay)
  }

  /** Of before a restart, before any phone of this address of record registered anew. */
  restore(aor: string, bindings: readonly Binding[]): void {
    this.#replace(aor, bindings)
  }

  /** Seconds that a binding holds on. */
  left({ ends }: Binding): number {
    return Math.ceil((ends - this.clock.monotonic()) / 1000)
  }

  /** Forgets all of them; nobody is told. */
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

  #replace(aor: string, bindings: readonly Binding[]): void {
    if (bindings.length === 0) this.#byAor.delete(aor)
    else this.#byAor.set(aor, bindings)
    this.#expireNext(aor, bindings)
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

/** Of contacts that are the same the last counts. */
const isLast = (contact: AskedContact, at: number, all: readonly AskedContact[]): boolean =>
  !all.slice(at + 1).some(other => isSame(contact, other))

/** The same flow of the same device (RFC 5626 §6), else the same address (RFC 3261 §10.3, item 7). */
function isSame(binding: Pick<Binding, 'uri' | 'instance' | 'regId'>, { uri, instance, regId }: AskedContact): boolean {
  const isFlow = instance !== undefined && regId !== undefined
  if (isFlow && binding.instance === instance && binding.regId === regId) return true
  return sameUri(binding.uri, uri)
}
