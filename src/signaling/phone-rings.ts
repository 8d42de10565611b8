import type { Clock } from '../foundation/clock.js'
import { millis } from '../foundation/time.js'
import type { InviteOptions, OutboundCall, OutboundCallListener } from '../legs/invitation.js'
import type { Binding } from '../sip/index.js'
import { ForkedCall, shareOfBreadth, withinBreadth, withShare, type Way } from './forked-call.js'

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
    const listener: OutboundCallListener = {
      ringing: status => told.ringing?.(status),
      answered: leg => {
        this.#forget(rung.phones, ring)
        told.answered(leg)
      },
      refused: failure => {
        this.#forget(rung.phones, ring)
        told.refused(failure)
      },
    }
    const call = new ForkedCall(branches, listener, this.clock)
    const ring = new Ring(call, rung, options, bindings.slice(0, branches.length), branches.length)
    const ringing = this.#ringing.get(rung.phones)
    if (ringing) ringing.add(ring)
    else this.#ringing.set(rung.phones, new Set([ring]))
    return {
      sipCallId: call.sipCallId,
      cancel: reason => {
        this.#forget(rung.phones, ring)
        call.cancel(reason)
      },
    }
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

  #forget(phones: string, ring: Ring): void {
    const ringing = this.#ringing.get(phones)
    ringing?.delete(ring)
    if (ringing?.size === 0) this.#ringing.delete(phones)
  }
}

/** One call, and the registered contact of each branch. */
class Ring {
  /** Created at the first change of registrations, which is rare during a call. */
  #byName: Map<string, number> | undefined
  /** The part of the caller's Max-Breadth (RFC 5393) that each branch gets. */
  readonly #share: number
  #later = 0

  constructor(
    private readonly call: ForkedCall,
    private readonly rung: Rung,
    private readonly options: InviteOptions,
    private readonly bindings: readonly Binding[],
    /** The number of branches at the start. */
    called: number,
  ) {
    this.#share = shareOfBreadth(called, options.limits?.maxBreadth)
  }

  /** Branch numbers by the name of the phone. */
  get #branches(): Map<string, number> {
    return (this.#byName ??= new Map(this.bindings.map((binding, index) => [nameOf(binding), index])))
  }

  follow(bindings: readonly Binding[]): void {
    const now = new Map(bindings.map(binding => [nameOf(binding), binding]))
    for (const [name, index] of this.#branches) {
      if (now.has(name)) continue
      this.#branches.delete(name)
      this.call.drop(index)
    }
    for (const [name, binding] of now) if (!this.#branches.has(name)) this.#add(name, binding)
  }

  /** If the caller set no limit, a later phone gets a share of its own. */
  #add(name: string, binding: Binding): void {
    const maxBreadth = this.options.limits?.maxBreadth
    const fits = maxBreadth === undefined || (this.call.size + 1) * this.#share <= maxBreadth
    if (!fits || this.#later >= mostLater) return
    this.#later += 1
    this.#branches.set(name, this.call.add(withShare(this.rung.wayTo(binding), this.options, this.#share)))
  }
}

/** Identifies a phone since its start: all its REGISTERs have one Call-ID (RFC 3261 §10.2.4), so a refresh keeps the name. */
function nameOf({ uri, callId, path, flow }: Binding): string {
  const { transport = '', host = '', port = '', connection = '' } = flow ?? {}
  return JSON.stringify([uri, callId, path, transport, host, port, connection])
}
