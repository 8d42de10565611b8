import { inProgress, type PhoneView } from './phone.js'
import { SipPhone } from './sip-phone.js'

let own: { readonly agent: string; readonly phone: SipPhone } | undefined

/** The phone of the agent who sits here: one for the whole console, which goes on when another page is shown. */
export function phoneOf(agent: string): SipPhone {
  if (own?.agent === agent) return own.phone
  void own?.phone.stop()
  own = { agent, phone: new SipPhone({ agent }) }
  return own.phone
}

/** Nobody sits here any more: no call rings where nobody sees it. */
export async function leavePhone(): Promise<void> {
  const left = own
  own = undefined
  await left?.phone.stop()
}

/** Nobody is logged in: as `leavePhone`, but who talks may talk to the end, unless what is returned is called before. */
export function leavePhoneAfterCalls(): () => void {
  const view = own?.phone.view
  if (!view) return () => undefined
  const leaveWhenFree = ({ calls }: PhoneView): void => {
    if (!calls.some(inProgress)) void leavePhone()
  }
  leaveWhenFree(view.state)
  return view.subscribe(leaveWhenFree)
}
