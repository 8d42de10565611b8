import { cut } from '../calls/step.js'
import { type CallId, callId } from '../routing/world/ids.js'

/** Per call. A call that waits long is offered many times, so only the leg of the caller and the latest other legs are kept. */
const mostLegs = 200

/** The SIP Call-IDs of calls in progress, cut like all shown text. An admin finds a call by a Call-ID that a PBX or a trace shows. */
export class LegNames {
  readonly #legs = new Map<CallId, string[]>()

  /** Adds the first leg of a call, which is the caller's, or a further leg. */
  begin(call: CallId, sipCallId: string): void {
    const legs = this.#legs.get(call)
    if (legs) add(legs, cut(sipCallId))
    else this.#legs.set(call, [cut(sipCallId)])
  }

  /** Adds a leg to an agent or a target. Does nothing if the call has ended meanwhile. */
  add(call: string, sipCallId: string): void {
    const legs = this.#legs.get(callId(call))
    if (legs) add(legs, cut(sipCallId))
  }

  of(call: CallId): readonly string[] {
    return this.#legs.get(call) ?? []
  }

  /** Call it at the call's end. */
  forget(call: CallId): void {
    this.#legs.delete(call)
  }

  /**
   * The calls with this Call-ID, the latest first. A PBX may use one Call-ID for calls to several of our numbers. Searches all calls, which
   * is fast enough because only people ask for it.
   */
  callsBySipCallId(sipCallId: string): CallId[] {
    const name = cut(sipCallId)
    const calls: CallId[] = []
    for (const [call, legs] of this.#legs) if (legs.includes(name)) calls.push(call)
    return calls.reverse()
  }
}

function add(legs: string[], sipCallId: string): void {
  if (sipCallId === '' || legs.includes(sipCallId)) return
  legs.push(sipCallId)
  if (legs.length > mostLegs) legs.splice(1, 1)
}
