/** 401 to 410: the phone's account, address or way there is at fault; 604: it is nowhere. With 5xx, they would meet any other call too. */
const ofDevice: ReadonlySet<number> = new Set([401, 403, 404, 407, 408, 410, 604])

/** Whether a phone's failure keeps its agent from every call (docs/response-group.md §3); any other, and an agent's hanging up, speaks of this call alone. */
export const isDeviceFault = (code: number | undefined): boolean =>
  code !== undefined && (ofDevice.has(code) || (code >= 500 && code < 600))
