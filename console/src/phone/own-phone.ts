import { inProgress, type PhoneView } from './phone.js'
import { SipPhone } from './sip-phone.js'

let own: { readonly agent: string; readonly phone: SipPhone } | undefined

/** The phone of the agent at this desk. The whole console has one, so that calls go on when another page is shown. */
export function phoneOf(agent: string): SipPhone {
  if (own?.agent === agent) return own.phone
  void own?.phone.stop()
  own = { agent, phone: new SipPhone({ agent }) }
  return own.phone
}

/** Stops the phone when the agent leaves the desk, so that no call rings where nobody sees it. */
export async function leavePhone(): Promise<void> {
  const left = own
  own = undefined
  await left?.phone.stop()
}

/** Like `leavePhone`, but waits for the end of calls in progress. The returned function stops the waiting. */
export function leavePhoneAfterCalls(): () => void {
  const view = own?.phone.view
  if (!view) return () => undefined
  const leaveWhenFree = ({ calls }: PhoneView): void => {
    if (!calls.some(inProgress)) void leavePhone()
  }
  leaveWhenFree(view.state)
  return view.subscribe(leaveWhenFree)
}
