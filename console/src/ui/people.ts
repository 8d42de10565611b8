import type { Call, CallRecord } from '../api/documents.js'
import { callerLabel, userOf } from '../format.js'

/** The people of a call: the caller, and for an outbound call also the number that the agent called, such as `alice → 0123456789`. */
export function peopleLabel(call: Call | CallRecord, unknown: string): string {
  const caller = callerLabel(call.caller, call.callerName) || unknown
  const called = calledIn(call)
  return called === undefined ? caller : `${caller} → ${userOf(called)}`
}

/** The URI that an agent called on behalf of a workflow. Undefined: somebody called the workflow. */
function calledIn(call: Call | CallRecord): string | undefined {
  if (call.direction === 'inbound') return undefined
  return (call.state === 'finished' ? (call.forwardedTo ?? call.forwardFailed?.to) : call.calling) ?? undefined
}
