import type { Digit } from '../media/port.js'
import type { Body, ExtraHeader } from '../legs/body.js'
import type { InboundInfo } from '../legs/info.js'

const digitTypes = ['application/dtmf-relay', 'application/dtmf', 'audio/telephone-event']
/** Header fields of a 415 for an INFO whose body has no key. */
export const digitsAlone: readonly ExtraHeader[] = [['Accept', digitTypes.join(', ')]]
/** The keys by event number (RFC 4733 §3.2). */
const keys: readonly (Digit | undefined)[] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#']
/** The names of INFO packages with keys (RFC 6086). An INFO may also name no package. */
const digitPackages: ReadonlySet<string> = new Set(['dtmf', 'infodtmf'])

/**
 * The key in an INFO: `application/dtmf-relay` with `Signal=`, `application/dtmf` with the key alone, or its event number as in RFC 4733 (10
 * is the star, 11 the pound), or `audio/telephone-event` with an event's four bytes. Each INFO is one key.
 */
export function digitOf(body: Body | undefined): Digit | undefined {
  const type = typeOf(body)
  if (!body || !digitTypes.includes(type)) return undefined
  if (type === 'audio/telephone-event' && body.text.length >= 4) return keys[body.text.charCodeAt(0)]
  // The pattern stays within one line, because a pattern that may span lines is slow for a body with many empty lines.
  const [, signal] = /^[ \t]*(?:Signal[ \t]*=[ \t]*)?([0-9]{1,2}|[*#])[ \t]*$/im.exec(body.text) ?? []
  if (signal === undefined) return undefined
  return signal === '*' || signal === '#' ? signal : keys[Number(signal)]
}

/** Answers an INFO that is for us. An unknown package or body is refused (RFC 6086 §4.2.2, RFC 3261 §21.4.13). */
export function answerInfo({ body, headers, respond }: Pick<InboundInfo, 'body' | 'headers' | 'respond'>): void {
  const named = headers.find(([name]) => name.toLowerCase() === 'info-package')?.[1]
  if (named !== undefined && !digitPackages.has((named.split(';', 1)[0] ?? '').trim().toLowerCase()))
    return respond(469, undefined, recvInfo)
  if (body && !digitTypes.includes(typeOf(body))) return respond(415, undefined, digitsAlone)
  respond(200)
}

const recvInfo: readonly ExtraHeader[] = [['Recv-Info', 'dtmf']]
const typeOf = (body: Body | undefined): string => body?.type.toLowerCase().split(';')[0]?.trim() ?? ''
