import { fault, ok, type Result } from '../../foundation/result.js'
import { hasControls } from './grammar.js'

/** One part of a multipart body (RFC 2046 §5.1, RFC 5621). */
export interface Part {
  /** The whole Content-Type. */
  readonly type: string
  /** The whole Content-Disposition. */
  readonly disposition?: string
  readonly text: string
}

/** Phones never send more parts or deeper nesting. A body with more is refused. */
const mostParts = 16
const deepest = 3
const mostHeaderLines = 16
/** A boundary has up to 70 characters (RFC 2046 §5.1.1). */
const boundaryForm = /;[ \t]*boundary[ \t]*=[ \t]*(?:"([^"\r\n]{1,70})"|([^\s;"]{1,70}))/i

/** `type/subtype` in lower case, without parameters. */
export function bareType(type: string): string {
  // Nearly every body has this type.
  if (type === 'application/sdp') return type
  return (type.split(';', 1)[0] ?? '').replaceAll(/[ \t]/g, '').toLowerCase()
}

export const isMultipart = (type: string): boolean => bareType(type).startsWith('multipart/')

/** All parts of a body that are not multipart themselves, in order. A fault: the body is malformed or has too many parts. */
export function readParts(type: string, body: string): Result<readonly Part[]> {
  const parts: Part[] = []
  const why = collect({ type, text: body }, 1, parts)
  return why === undefined ? ok(parts) : fault(why)
}

function collect({ type, text }: Part, depth: number, into: Part[]): string | undefined {
  if (depth > deepest) return 'parts within parts within parts'
  const [, quoted, plain] = boundaryForm.exec(type) ?? []
  const boundary = quoted ?? plain
  if (boundary === undefined) return 'a multipart without a boundary'
  const pieces = piecesOf(text, `--${boundary}`)
  if (!pieces) return 'a multipart without its end'
  for (const piece of pieces) {
    const part = partOf(piece)
    if (!part) return 'a part whose header cannot be read'
    if (into.length >= mostParts) return 'too many parts'
    if (!isMultipart(part.type)) {
      into.push(part)
      continue
    }
    const why = collect(part, depth + 1, into)
    if (why !== undefined) return why
  }
  return undefined
}

/** The text between the delimiter lines. Undefined: the last delimiter is missing, or there are too many. */
function piecesOf(text: string, delimiter: string): readonly string[] | undefined {
  const pieces: string[] = []
  let from: number | undefined
  for (let at = text.indexOf(delimiter); at >= 0; at = text.indexOf(delimiter, at + delimiter.length)) {
    const rest = /^(--)?[ \t]*(?:\r?\n|$)/.exec(text.slice(at + delimiter.length, at + delimiter.length + 80))
    if (!rest || (at > 0 && text[at - 1] !== '\n')) continue
    if (from !== undefined) pieces.push(text.slice(from, Math.max(from, at - (text[at - 2] === '\r' ? 2 : 1))))
    if (rest[1] !== undefined) return from === undefined ? undefined : pieces
    if (pieces.length > mostParts) return undefined
    from = at + delimiter.length + rest[0].length
  }
  return undefined
}

function partOf(piece: string): Part | undefined {
  const fields = new Map<string, string>()
  let at = 0
  for (let lines = 0; lines <= mostHeaderLines; lines += 1) {
    const end = piece.indexOf('\n', at)
    const line = piece.slice(at, end < 0 ? piece.length : end).replace(/\r$/, '')
    at = end < 0 ? piece.length : end + 1
    if (line === '') return described(fields, piece.slice(at))
    // As in the message itself: a phone could take a lone CR as the end of the line, and read another field.
    if (hasControls(line)) return undefined
    const colon = Math.max(line.indexOf(':'), 0)
    const name = line.slice(0, colon).trimEnd()
    if (/^[!-9;-~]+$/.test(name)) fields.set(name.toLowerCase(), line.slice(colon + 1).trim())
    else if (!/^[ \t]/.test(line)) return undefined
  }
  return undefined
}

function described(fields: ReadonlyMap<string, string>, text: string): Part {
  const disposition = fields.get('content-disposition')
  const coding = fields.get('content-transfer-encoding') ?? 'binary'
  // We do not decode other transfer encodings. This type matches none that we know.
  const type = /^(?:7bit|8bit|binary)$/i.test(coding) ? (fields.get('content-type') ?? 'text/plain') : 'application/x-coded'
  return { type, ...(disposition !== undefined && { disposition }), text }
}

/** Writes several parts as one body. The boundary occurs in none of them. */
export function writeParts(parts: readonly Part[]): { readonly type: string; readonly text: string } {
  const boundary = boundaryFor(parts)
  const written = parts.map(
    ({ type, disposition, text }) =>
      `--${boundary}\r\nContent-Type: ${type}\r\n${disposition === undefined ? '' : `Content-Disposition: ${disposition}\r\n`}\r\n${text}\r\n`,
  )
  return { type: `multipart/mixed;boundary=${boundary}`, text: `${written.join('')}--${boundary}--\r\n` }
}

/** Reads each part once, because a peer can write any number of boundaries into its part. */
function boundaryFor(parts: readonly Part[]): string {
  const used = new Set<number>()
  let isPlainUsed = false
  for (const { text } of parts) {
    isPlainUsed ||= text.includes('--carillon')
    for (const [, digits] of text.matchAll(/--carillon-(\d{1,6})-/g)) used.add(Number(digits))
  }
  if (!isPlainUsed) return 'carillon'
  let free = 1
  while (used.has(free)) free += 1
  return `carillon-${free}-`
}
