import type { Clock, Timer } from '../foundation/clock.js'
import type { Log } from '../foundation/log.js'
import { millis, seconds } from '../foundation/time.js'
import { checkInvariants, type CallEnd, type CallId, type OfferId, type World } from '../routing/index.js'
import type { Engine, Happening } from './engine.js'

/** The parts of a live call that the audit checks. */
export interface AuditedCall {
  readonly id: CallId
  /** Whether there is a caller. */
  readonly alive: boolean
  /** Whether there is a phone for this offer. */
  backs(offer: OfferId): boolean
  reject(why: CallEnd): void
}

interface AuditOptions {
  readonly engine: Engine
  readonly calls: { get(call: CallId): AuditedCall | undefined; all(): Iterable<AuditedCall> }
  readonly clock: Clock
  readonly log: Log
  /** Called for each violation, with the rule's name. */
  readonly violated: (rule: string) => void
}

const every = seconds(30)
/** How many calls, offers and agents are checked before other work has its turn (rule reads-never-block). */
const atOnce = 500
const pause = millis(5)
/** A full check of the core compares each call with the agents and offers. Above this many pairs it would delay calls. */
const mostPairs = 20_000

/**
 * Checks regularly that the core's state is true: each call has a caller, each offer has a phone, each lease has a call, and no caller
 * exists whose call the core does not know. Repairs what it can, and reports the rest.
 */
export class Audit {
  #timer: Timer | undefined

  constructor(private readonly options: AuditOptions) {}

  start(): void {
    this.#timer = this.options.clock.after(every, () => {
      this.#checkCore()
      this.#goOn(this.#round())
    })
  }

  stop(): void {
    this.#timer?.cancel()
  }

  #goOn(round: Iterator<void>): void {
    for (let looked = 0; looked < atOnce; looked += 1) if (round.next().done === true) return this.start()
    this.#timer = this.options.clock.after(pause, () => this.#goOn(round))
  }

  *#round(): Generator<void> {
    const { engine, calls } = this.options
    const { world } = engine
    for (const call of world.calls.keys()) {
      if (calls.get(call)?.alive !== true) this.#endDead(call)
      yield
    }
    for (const call of calls.all()) {
      if (!world.calls.has(call.id)) {
        this.#found('no-zombie-call', 'a caller was kept although the call is over; the leg was ended', call.id)
        call.reject('failed')
      }
      yield
    }
    for (const { id, call, acceptedAt } of world.offers.values()) {
      if (calls.get(call.id)?.backs(id) === false) {
        this.#found('cancel-leaves-nothing', `offer ${id} had no phone left; it ends as unreachable`, call.id)
        engine.post(acceptedAt === undefined ? { kind: 'offerRefused', offer: id, code: 408 } : joinFailed(call.id))
      }
      yield
    }
    yield* this.#leases(world)
  }

  /** Only reports leases that did not end, because only the core could repair them. */
  *#leases(world: World): Generator<void> {
    for (const { settings, calls, offers } of world.agents.values()) {
      const gone = calls.find(({ id }) => !world.calls.has(id)) ?? offers.find(({ id }) => !world.offers.has(id))
      if (gone) this.#found('lease-ends', `${settings.uri} is held for ${gone.id}, which is over`)
      yield
    }
  }

  #endDead(call: CallId): void {
    const { engine, calls } = this.options
    this.#found('busy-means-dialog', 'a call had no caller left; it was ended', call)
    engine.post({ kind: 'callEnded', call, cause: 'failed' })
    calls.get(call)?.reject('failed')
  }

  #checkCore(): void {
    const { world } = this.options.engine
    const { calls, offers, agents } = world
    if ((calls.size + 1) * (offers.size + agents.size) > mostPairs) return
    for (const { rule, what } of checkInvariants(world)) this.#found(rule, what)
  }

  #found(rule: string, what: string, callId?: CallId): void {
    this.options.violated(rule)
    this.options.log.error(`rule ${rule} is broken: ${what}`, {
      event: 'invariant.violated',
      rule,
      ...(callId !== undefined && { callId }),
    })
  }
}

const joinFailed = (call: CallId): Happening => ({ kind: 'joinFailed', call, code: 408 })
