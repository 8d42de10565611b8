/**
 * 401 to 410: the phone's account, its address or the way to it is wrong. 604: it exists nowhere. With these and with 5xx, any
 * other call would fail too. Except 513: this call's own message was too long for the phone or the way to it, so any caller could keep
 * agents from all others.
 */
const ofDevice: ReadonlySet<number> = new Set([401, 403, 404, 407, 408, 410, 604])

/**
 * Whether a failure keeps the agent from every call (docs/response-group.md §3). Any other failure, and an agent who hangs up,
 * concerns this call only.
 */
export const isDeviceFault = (code: number | undefined): boolean =>
  code !== undefined && (ofDevice.has(code) || (code >= 500 && code < 600 && code !== 513))
