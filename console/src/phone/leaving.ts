import { inProgress, type PhoneCall } from './phone.js'

/** A phone that can end all its calls in the short time that a closing page has left. */
export interface LeavingPhone {
  leaveCalls(): void
}

const calling = new Map<LeavingPhone, readonly PhoneCall[]>()

/** Tells which calls a phone has. While one is in progress, the browser asks before it closes or reloads the page. */
export function guardCalls(phone: LeavingPhone, calls: readonly PhoneCall[]): void {
  if (calls.length > 0) calling.set(phone, calls)
  else calling.delete(phone)
}

/** Called once, when the console starts. */
export function followLeaving(): void {
  addEventListener('beforeunload', event => {
    if ([...calling.values()].flat().some(inProgress)) event.preventDefault()
  })
  addEventListener('pagehide', () => {
    for (const phone of calling.keys()) phone.leaveCalls()
  })
}
