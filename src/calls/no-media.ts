import type { Log } from '../foundation/log.js'
import { formatDuration } from '../foundation/time.js'
import type { MediaPlaces, StreamLoss } from '../media/port.js'
import type { CallId } from '../routing/index.js'

/** Tells an admin where to look when a caller was hung up because they sent no sound. */
export function tellNoMedia(log: Log, callId: CallId, { places, heard, after }: Extract<StreamLoss, { kind: 'silent' }>): void {
  const { theirs, ours } = places
  const what = heard
    ? `no more sound came from the caller for ${formatDuration(after)}`
    : `no sound came from the caller in ${formatDuration(after)}`
  const where = `their description names ${theirs}, ours ${ours}`
  const remedy = heard
    ? 'the phone or its network is gone, or it sends nothing while muted (then raise media.noMediaAfter)'
    : "let the firewall pass UDP to media.ports, set sip.advertise to the address that callers reach, and look at address translation on the caller's side"
  log.warn(`${what}: hung up. ${where}: ${remedy}`, { event: 'call.noMedia', callId, theirs, ours, heard })
}

/** Logs why a caller hears nothing any more. */
export function tellMuted(log: Log, callId: CallId, { theirs, ours }: MediaPlaces): void {
  log.warn(
    `the caller hears nothing until a packet comes from ${theirs}: this address is not a trusted peer and not the source of the call, and nothing proves that it wants our sound`,
    { event: 'call.muted', callId, theirs, ours },
  )
}
