import type { Digit } from '../media/port.js'
import type { Body, ExtraHeader } from '../legs/body.js'
import type { InboundInfo } from '../legs/info.js'

const digitTypes = ['application/dtmf-relay', 'application/dtmf', 'audio/telephone-event']
/** What goes with a 415 to an INFO of another body. */
export const digitsAlone: readonly ExtraHeader[] = [['Accept', digitTypes.join(', ')]]
/** What events are numbered as (RFC 4733 §3.2). */
const keys: readonly (Digit | undefined)[] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#']
/** Of an INFO's package, where it names one (RFC 6086). */
const digitPackages: ReadonlySet<string> = new Set(['dtmf', 'infodtmf'])

/**
 * The key that an INFO tells: `application/dtmf-relay` with its `Signal=`, `application/dtmf` with the key alone, or its number as RFC 4733 has it (10 for
 * the star, 11 for the pound); or `audio/telephone-event`, an event's four bytes. Each INFO is one key.
 */
export function digitOf(body: Body | undefined): Digit | undefined {
  const type = typeOf(body)
  if (!body || !digitTypes.includes(type)) return undefined
  if (type === 'audio/telephone-event' && body.text.length >= 4) return keys[body.text.charCodeAt(0)]
  // Within its line: what may span lines takes long on a body of many empty ones.
  const [, signal] = /^[ \t]*(?:Signal[ \t]*=[ \t]*)?([0-9]{1,2}|[*#])[ \t]*$/im.exec(body.text) ?? []
  if (signal === undefined) return undefined
  return signal === '*' || signal === '#' ? signal : keys[Number(signal)]
}

/** What an INFO is answered with that we take ourselves: a package or a body that we do not know is refused (RFC 6086 §4.2.2, RFC 3261 §21.4.13). */
export function answerInfo({ body, headers, respond }: Pick<InboundInfo, 'body' | 'headers' | 'respond'>): void {
  const named = headers.find(([name]) => name.toLowerCase() === 'info-package')?.[1]
  if (named !== undefined && !digitPackages.has((named.split(';', 1)[0] ?? '').trim().toLowerCase()))
    return respond(469, undefined, recvInfo)
  if (body && !digitTypes.includes(typeOf(body))) return respond(415, undefined, digitsAlone)
  respond(200)
}

const recvInfo: readonly ExtraHeader[] = [['Recv-Info', 'dtmf']]
const typeOf = (body: Body | undefined): string => body?.type.toLowerCase().split(';')[0]?.trim() ?? ''
