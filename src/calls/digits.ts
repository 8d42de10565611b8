import type { Digit } from '../media/port.js'
import type { Body } from '../signaling/port.js'

/** The key that an INFO of the older kind tells: `application/dtmf-relay` with its `Signal=`, or `application/dtmf` with the key alone. */
export function digitOf(body: Body | undefined): Digit | undefined {
  const type = body?.type.toLowerCase().split(';')[0]?.trim()
  if (!body || (type !== 'application/dtmf-relay' && type !== 'application/dtmf')) return undefined
  const [, key] = /^\s*(?:Signal\s*=\s*)?([0-9*#])\s*$/im.exec(body.text) ?? []
  return key as Digit | undefined
}
