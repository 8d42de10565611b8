import { now } from '../clock.js'

/** How long a call that the person asked for may take to arrive, in milliseconds. */
const arrivesWithin = 15_000

let expected: { readonly callId: string; readonly until: number } | undefined

/** The person has just asked the server to call this phone, to listen to a call. The phone then answers by itself, once. */
export function expectCall(callId: string): void {
  expected = { callId, until: now() + arrivesWithin }
}

/** Whether the person has asked for this call. True once. */
export function takeExpected(callId: string | undefined): boolean {
  if (!expected || expected.callId !== callId || now() > expected.until) return false
  expected = undefined
  return true
}
