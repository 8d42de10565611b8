/**
 * 404, 410 and 604: nobody is at the address of the phone. 408: no answer in time. 502, 503 and 504: the way to the phone is cut. After these, any
 * other call would fail too.
 *
 * Other failures may come from what this caller wrote, which our INVITE repeats: a PBX refuses their identity (401, 403, 407), a phone can't
 * read their session description (500), a message is too long (513). A caller could otherwise keep agents from all other callers
 * (docs/decisions/136).
 */
const ofDevice: ReadonlySet<number> = new Set([404, 408, 410, 502, 503, 504, 604])

/**
 * Whether a failure keeps the agent from every call (docs/response-group.md §3). Any other failure, and an agent who hangs up, only
 * concerns this call.
 */
export const isDeviceFault = (code: number | undefined): boolean => code !== undefined && ofDevice.has(code)
