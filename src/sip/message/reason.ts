import { splitList } from './headers.js'
import { parseParameters, quote, unquote } from './grammar.js'

/** One Reason value (RFC 3326). */
export interface ReasonValue {
  readonly protocol: string
  readonly cause?: number
  readonly text?: string
}

/** All values that can be read; others are left out, for a Reason never fails a request. */
export function parseReasons(lines: readonly string[]): readonly ReasonValue[] {
  return lines.flatMap(splitList).flatMap(value => {
    const semicolon = value.indexOf(';')
    const parameters = parseParameters(semicolon < 0 ? '' : value.slice(semicolon))
    if (!parameters) return []
    const cause = Number(parameters.get('cause') ?? NaN)
    const text = parameters.get('text')
    const protocol = (semicolon < 0 ? value : value.slice(0, semicolon)).trim()
    return [
      {
        protocol,
        ...(Number.isInteger(cause) && { cause }),
        ...(text !== undefined && { text: text.startsWith('"') ? unquote(text) : text }),
      },
    ]
  })
}

export function formatReason({ protocol, cause, text }: ReasonValue): string {
  return `${protocol}${cause === undefined ? '' : `;cause=${cause}`}${text === undefined ? '' : `;text=${quote(text)}`}`
}
