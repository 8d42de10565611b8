import { Store } from '../store.js'
import type { Phone } from './phone.js'
import { inProgress, type PhoneCall } from './phone-call.js'

/** A phone that can end all its calls in the short time that a closing page has left. */
export interface LeavingPhone extends Phone {
  leaveCalls(): void
}

/** The phones of this browser that have a call, or a note that says how one ended. The call bar shows them on every page. */
export const phonesInUse = new Store<ReadonlyMap<LeavingPhone, readonly PhoneCall[]>>(new Map())

/** Tells which calls a phone has. While one is in progress, the browser asks before it closes or reloads the page. */
export function guardCalls(phone: LeavingPhone): void {
  const { calls, ended } = phone.view.state
  const others = [...phonesInUse.state].filter(([other]) => other !== phone)
  if (calls.length === 0 && !ended) {
    if (others.length < phonesInUse.state.size) phonesInUse.set(new Map(others))
  } else phonesInUse.set(new Map([...others, [phone, calls]]))
}

/** Whether the person takes part in a call of this browser. */
export const hasCall = (): boolean => [...phonesInUse.state.values()].flat().some(inProgress)

/** Called once, when the console starts. */
export function followLeaving(): void {
  addEventListener('beforeunload', event => {
    if (hasCall()) event.preventDefault()
  })
  addEventListener('pagehide', () => {
    for (const phone of phonesInUse.state.keys()) phone.leaveCalls()
  })
}
