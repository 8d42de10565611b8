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
