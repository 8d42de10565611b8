import type { Reason } from '../../legs/reason.js'
import { endOfToken, quote, smallNumber, splitList, unquote } from './grammar.js'
import { parseParameters } from './parameters.js'

/** All well-formed values. Malformed ones are left out, because a Reason must never make a request fail. */
export const parseReasons = (lines: readonly string[]): readonly Reason[] => lines.flatMap(splitList).flatMap(readReason)

export function formatReason({ protocol, cause, text }: Reason): string {
  return `${protocol}${cause === undefined ? '' : `;cause=${cause}`}${text === undefined ? '' : `;text=${quote(text)}`}`
}

/** In characters. A Reason is passed on to the other party of the call, whose phone may not read long messages. */
const [longestProtocol, longestText] = [32, 256]

/** An empty list or one value. A longer text is cut. */
function readReason(value: string): readonly Reason[] {
  const protocolEnd = endOfToken(value, 0)
  const parameters = parseParameters(value, protocolEnd)
  if (!parameters || protocolEnd === 0 || protocolEnd > longestProtocol) return []
  const cause = smallNumber(parameters.get('cause'), 999)
  const text = parameters.get('text')
  return [
    {
      protocol: value.slice(0, protocolEnd).toUpperCase(),
      ...(cause !== undefined && { cause }),
      ...(text !== undefined && { text: (text.startsWith('"') ? unquote(text) : text).slice(0, longestText) }),
    },
  ]
}
