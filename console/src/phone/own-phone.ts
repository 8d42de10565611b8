import type { Phone, PhoneView } from './phone.js'
import { inProgress } from './phone-call.js'
import { SipPhone } from './sip-phone.js'

let own: { readonly agent: string; readonly phone: SipPhone } | undefined
let guest: SipPhone | undefined
let guestLeaves: (() => void) | undefined

/** The phone of the agent at this desk. The whole console shares it, so that calls continue when another page is shown. */
export function phoneOf(agent: string): SipPhone {
  if (own?.agent === agent) return own.phone
  // Calls of the previous agent continue, and the call bar still shows them.
  if (own) stopAfterCalls(own.phone)
  own = { agent, phone: new SipPhone({ agent }) }
  return own.phone
}

/** The phone that calls a number as a guest. Its call continues when another page is shown. */
export function guestPhone(): SipPhone {
  guestLeaves?.()
  guestLeaves = undefined
  guest ??= new SipPhone({ guest: true })
  return guest
}

/** Disconnects the guest's phone, but not before its call is over. */
export function leaveGuest(): void {
  guestLeaves?.()
  guestLeaves = guest && stopAfterCalls(guest)
}

/** Stops the phones, so that no call rings where nobody sees it. This ends their calls, so ask the person before. */
export async function leavePhones(): Promise<void> {
  const left = own
  own = undefined
  await Promise.all([left?.phone.stop(), guest?.stop()])
}

/** Like `leavePhones`, but waits for the end of calls in progress. The returned function stops the waiting. */
export function leavePhonesAfterCalls(): () => void {
  leaveGuest()
  const phone = own?.phone
  if (!phone) return () => undefined
  return stopAfterCalls(phone, () => {
    if (own?.phone === phone) own = undefined
  })
}

/** Stops a phone when no call is in progress. The returned function stops the waiting. */
function stopAfterCalls(phone: Phone, stopped: () => void = () => undefined): () => void {
  let waits = true
  const stopWhenFree = ({ calls }: PhoneView): void => {
    if (!waits || calls.some(inProgress)) return
    waits = false
    stopped()
    void phone.stop()
  }
  stopWhenFree(phone.view.state)
  const unsubscribe = phone.view.subscribe(stopWhenFree)
  return () => {
    waits = false
    unsubscribe()
  }
}
