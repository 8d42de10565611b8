import { inProgress, type PhoneCall } from './phone.js'

/** A phone that can end all its calls within the moment that a closing page still has. */
export interface LeavingPhone {
  leaveCalls(): void
}

const calling = new Map<LeavingPhone, readonly PhoneCall[]>()

/** Which calls a phone has: while one is in progress, the browser asks before the page is closed or loaded anew. */
export function guardCalls(phone: LeavingPhone, calls: readonly PhoneCall[]): void {
  if (calls.length > 0) calling.set(phone, calls)
  else calling.delete(phone)
}

/** For as long as the page is there. */
export function followLeaving(): void {
  addEventListener('beforeunload', event => {
    if ([...calling.values()].flat().some(inProgress)) event.preventDefault()
  })
  addEventListener('pagehide', () => {
    for (const phone of calling.keys()) phone.leaveCalls()
  })
}
