/**
 * With 401 to 410, the account of the phone, its address or the way to it is wrong. With 604, the phone exists nowhere. After these and
 * after 5xx, any other call would fail too. The exception is 513: the message of this call was too long for the phone or the way to it, so
 * a caller could otherwise keep agents from all other callers.
 */
const ofDevice: ReadonlySet<number> = new Set([401, 403, 404, 407, 408, 410, 604])

/**
 * Whether a failure keeps the agent from every call (docs/response-group.md §3). Any other failure, and an agent who hangs up, only
 * concerns this call.
 */
export const isDeviceFault = (code: number | undefined): boolean =>
  code !== undefined && (ofDevice.has(code) || (code >= 500 && code < 600 && code !== 513))
