/** 401 to 410: the phone's account, address or way there is at fault; 604: it is nowhere. With 5xx, they would meet any other call too. */
const ofDevice: ReadonlySet<number> = new Set([401, 403, 404, 407, 408, 410, 604])

/** Its session was acceptable to one side only (RFC 3261 §21.4.26, §21.6.4): another call's may be, to the same agent. */
const notAcceptable: ReadonlySet<number> = new Set([488, 606])

/** Whether a phone's failure keeps its agent from every call (docs/response-group.md §3); any other speaks of this call alone. */
export const isDeviceFault = (code: number): boolean => ofDevice.has(code) || (code >= 500 && code < 600)

/** The same of a phone that had answered, and was not joined. */
export const isJoinFault = (code: number | undefined): boolean => code === undefined || !notAcceptable.has(code)
