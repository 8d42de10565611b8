import type { Clock } from '../foundation/clock.js'
import { millis } from '../foundation/time.js'
import type { CallFailure, InviteOptions, OutboundCall, OutboundCallListener } from '../legs/invitation.js'
import type { AnsweredLeg, LegState } from '../legs/leg.js'
import type { Reason } from '../legs/reason.js'
import type { Binding } from '../sip/index.js'
import { ForkedCall, shareOfBreadth, withinBreadth, withShare, type Branch, type Way } from './forked-call.js'

/** The phones to ring: all that are registered for the address of record `phones`, and those in `others`. */
interface Rung {
  readonly phones: string
  /** How to call a registered phone. */
  readonly wayTo: (binding: Binding) => Way
  readonly others: readonly Way[]
}

/** The most phones that are added to one ringing call. A phone may register again and again, by mistake or on purpose. */
const mostLater = 10

/**
 * Calls that ring at registered phones, kept in step with the registrations. (RFC 3261 §10 considers only those at the start.) A contact
 * that unregisters gets CANCEL, one that registers gets INVITE. A phone that restarts has forgotten the call, so it gets a new INVITE.
 */
export class PhoneRings {
  readonly #ringing = new Map<string, Set<Ring>>()
  readonly #changed = new Set<string>()

  constructor(
    private readonly bindingsOf: (phones: string) => readonly Binding[],
    private readonly clock: Clock,
  ) {}

  /** Undefined: there is no phone to ring. */
  invite(rung: Rung, options: InviteOptions, told: OutboundCallListener): OutboundCall | undefined {
    const bindings = this.bindingsOf(rung.phones)
    const branches = withinBreadth([...bindings.map(rung.wayTo), ...rung.others], options)
    if (branches.length === 0) return undefined
    const ring = new Ring({ rung, options, bindings, told, over: this.#forget }, branches, this.clock)
    const ringing = this.#ringing.get(rung.phones)
    if (ringing) ringing.add(ring)
    else this.#ringing.set(rung.phones, new Set([ring]))
    return ring
  }

  /** The registered phones changed. New ones ring after their REGISTER is answered, because a phone may not accept a call before. */
  changed(phones: string): void {
    if (!this.#ringing.has(phones) || this.#changed.has(phones)) return
    this.#changed.add(phones)
    this.clock.after(millis(0), () => {
      this.#changed.delete(phones)
      for (const ring of [...(this.#ringing.get(phones) ?? [])]) ring.follow(this.bindingsOf(phones))
    })
  }

  readonly #forget = (phones: string, ring: Ring): void => {
    const ringing = this.#ringing.get(phones)
    ringing?.delete(ring)
    if (ringing?.size === 0) this.#ringing.delete(phones)
  }
}

interface RingParts {
  readonly rung: Rung
  readonly options: InviteOptions
  /** The registered phones. The first of them are called. */
  readonly bindings: readonly Binding[]
  readonly told: OutboundCallListener
  /** The call does not ring any more. */
  readonly over: (phones: string, ring: Ring) => void
}

/** One call, and the registered contact of each branch. */
class Ring implements OutboundCall, OutboundCallListener {
  readonly #call: ForkedCall
  /** Created at the first change of registrations, which is rare during a call. */
  #byName: Map<string, number> | undefined
  /** The number of branches at the start. */
  readonly #called: number
  /** The part of the caller's Max-Breadth (RFC 5393) that each branch gets. */
  readonly #share: number
  #later = 0

  constructor(
    private readonly parts: RingParts,
    branches: readonly Branch[],
    clock: Clock,
  ) {
    this.#share = shareOfBreadth(branches.length, parts.options.limits?.maxBreadth)
    this.#called = branches.length
    this.#call = new ForkedCall(branches, this, clock)
  }

  get sipCallId(): string {
    return this.#call.sipCallId
  }

  cancel(reason?: Reason): void {
    this.#over()
    this.#call.cancel(reason)
  }

  kept(): readonly LegState[] {
    return this.#call.kept()
  }

  ringing(status: number): void {
    this.parts.told.ringing?.(status)
  }

  answered(leg: AnsweredLeg): void {
    this.#over()
    this.parts.told.answered(leg)
  }

  refused(failure: CallFailure): void {
    this.#over()
    this.parts.told.refused(failure)
  }

  #over(): void {
    this.parts.over(this.parts.rung.phones, this)
  }

  /** Branch numbers by the name of the phone. */
  get #branches(): Map<string, number> {
    const called = this.parts.bindings.slice(0, this.#called)
    return (this.#byName ??= new Map(called.map((binding, index) => [nameOf(binding), index])))
  }

  follow(bindings: readonly Binding[]): void {
    const now = new Map(bindings.map(binding => [nameOf(binding), binding]))
    for (const [name, index] of this.#branches) {
      if (now.has(name)) continue
      this.#branches.delete(name)
      this.#call.drop(index)
    }
    for (const [name, binding] of now) if (!this.#branches.has(name)) this.#add(name, binding)
  }

  /** If the caller set no limit, a later phone gets a share of its own. */
  #add(name: string, binding: Binding): void {
    const { rung, options } = this.parts
    const maxBreadth = options.limits?.maxBreadth
    const fits = maxBreadth === undefined || (this.#call.size + 1) * this.#share <= maxBreadth
    if (!fits || this.#later >= mostLater) return
    this.#later += 1
    this.#branches.set(name, this.#call.add(withShare(rung.wayTo(binding), options, this.#share)))
  }
}

/** Identifies a phone since its start: all its REGISTERs have one Call-ID (RFC 3261 §10.2.4), so a refresh keeps the name. */
function nameOf({ uri, callId, path, flow }: Binding): string {
  const { transport = '', host = '', port = '', connection = '' } = flow ?? {}
  return JSON.stringify([uri, callId, path, transport, host, port, connection])
}
