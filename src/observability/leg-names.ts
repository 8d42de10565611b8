import { type CallId, callId } from '../routing/world/ids.js'

/** A call that waits long is offered often. Only the caller's leg and the latest ones are kept, this many in all. */
const mostLegs = 200

/** The SIP Call-IDs of calls in progress. They find a call by a Call-ID that a PBX or a trace shows. */
export class LegNames {
  readonly #legs = new Map<CallId, string[]>()

  /** The first leg of a call, which is the caller's, or a further one. */
  begin(call: CallId, sipCallId: string): void {
    const legs = this.#legs.get(call)
    if (legs) add(legs, sipCallId)
    else this.#legs.set(call, [sipCallId])
  }

  /** A leg to an agent or a target. Ignored if the call has ended meanwhile. */
  add(call: string, sipCallId: string): void {
    const legs = this.#legs.get(callId(call))
    if (legs) add(legs, sipCallId)
  }

  of(call: CallId): readonly string[] {
    return this.#legs.get(call) ?? []
  }

  /** Call it at the call's end. */
  forget(call: CallId): void {
    this.#legs.delete(call)
  }

  /**
   * The calls with this Call-ID, latest first. A PBX may send one call to several of our numbers with one Call-ID. Searches all
   * calls, because only people ask for it.
   */
  callsOf(sipCallId: string): CallId[] {
    const calls: CallId[] = []
    for (const [call, legs] of this.#legs) if (legs.includes(sipCallId)) calls.push(call)
    return calls.reverse()
  }
}

function add(legs: string[], sipCallId: string): void {
  if (sipCallId === '' || legs.includes(sipCallId)) return
  legs.push(sipCallId)
  if (legs.length > mostLegs) legs.splice(1, 1)
}
