import { type CallId, callId } from '../routing/world/ids.js'

/** A call that waits long is offered often: of its legs, the caller's and the latest are known. */
const mostLegs = 200

/** The SIP Call-IDs of calls in progress, by which a call is looked up that a PBX or a trace names. */
export class LegNames {
  readonly #legs = new Map<CallId, string[]>()

  /** A leg of a call that begins, or of one that is known. The first one is the caller's. */
  begin(call: CallId, sipCallId: string): void {
    const legs = this.#legs.get(call)
    if (legs) add(legs, sipCallId)
    else this.#legs.set(call, [sipCallId])
  }

  /** A leg to an agent or a target. A call that is over meanwhile stays forgotten. */
  add(call: string, sipCallId: string): void {
    const legs = this.#legs.get(callId(call))
    if (legs) add(legs, sipCallId)
  }

  of(call: CallId): readonly string[] {
    return this.#legs.get(call) ?? []
  }

  /** With the call's end. */
  forget(call: CallId): void {
    this.#legs.delete(call)
  }

  /** The latest one first. A PBX may have sent one call to several numbers of ours, with one Call-ID. Asked by people, so it looks through all. */
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
