import { formatVia, parseVia, type Via } from '../message/via.js'
import { isUnique } from '../transaction/tokens.js'

/** The top of an INVITE that begins a call, as far as a refusal needs it. */
interface FirstLook {
  /** The top Via, as it came. */
  readonly via: Via
  /** The name of the call's transaction, as `serverKey` makes it. */
  readonly key: string
  /** The other lines that a response repeats. `to` has no tag. */
  readonly vias: readonly string[]
  readonly from: string
  readonly to: string
  readonly callId: string
  readonly cseq: string
}

/** In bytes. A longer head is read in the usual way. */
const longestHead = 4_096
/** Our tag in a refusal begins like this. The ACK for the refusal repeats it in its To. */
const ourTag = 'ovl-'
const inAck = Buffer.from(`;tag=${ourTag}`)

/** No other method of ours begins with these letters, and the names of methods are checked later. */
const [I, N, V, A, C, K] = Array.from('INVACK', letter => letter.charCodeAt(0))
const space = 32
const isInvite = (bytes: Buffer): boolean => bytes[0] === I && bytes[1] === N && bytes[2] === V && bytes[6] === space
const isAck = (bytes: Buffer): boolean => bytes[0] === A && bytes[1] === C && bytes[2] === K && bytes[3] === space

export const isAckOfRefusal = (bytes: Buffer): boolean => isAck(bytes) && bytes.includes(inAck)

/**
 * Finds what a refusal repeats in the bytes of an INVITE, without reading the rest: under overload most messages are refused, and reading one
 * as a whole costs more than the refusal. Undefined: not an INVITE that begins a call, or one in an unusual form. It is then read as a whole.
 */
export function firstLook(bytes: Buffer): FirstLook | undefined {
  if (!isInvite(bytes)) return undefined
  const text = bytes.toString('latin1', 0, Math.min(bytes.length, longestHead))
  const fields: Fields = { vias: [] }
  let at = lineEnd(text, 0)
  for (;;) {
    if (at < 0) return undefined
    const end = lineEnd(text, at + 2)
    if (end === at + 2) break
    if (end < 0 || !take(fields, text, at + 2, end)) return undefined
    at = end
  }
  return whole(fields)
}

interface Fields {
  top?: string
  readonly vias: string[]
  from?: string
  to?: string
  callId?: string
  cseq?: string
}

type OnceName = 'from' | 'to' | 'callId' | 'cseq'

/** The position of the CR LF that ends a line. -1: there is none, or one of the two stands alone. */
function lineEnd(text: string, from: number): number {
  const at = text.indexOf('\n', from) - 1
  return at >= from && text.indexOf('\r', from) === at ? at : -1
}

/**
 * Takes one line. False: the INVITE must be read as a whole. The first two letters are checked before the name is compared, because most
 * lines are not in `fieldsByName`.
 */
function take(fields: Fields, text: string, from: number, end: number): boolean {
  const first = text.charCodeAt(from)
  if (first <= space) return false
  if (!couldMatter(first | lowerCase, text.charCodeAt(from + 1) | lowerCase)) return true
  const colon = text.indexOf(':', from)
  if (colon < 0 || colon > end) return false
  const name = text.slice(from, colon)
  const field = fieldsByName.get(name)
  if (field === undefined) return !special.test(name)
  const value = valueIn(text, colon, end)
  return field === 'via' ? takeVia(fields, value) : takeOnce(fields, field, value)
}

const fieldsByName: ReadonlyMap<string, 'via' | OnceName> = new Map([
  ['Via', 'via'],
  ['v', 'via'],
  ['From', 'from'],
  ['f', 'from'],
  ['To', 'to'],
  ['t', 'to'],
  ['Call-ID', 'callId'],
  ['i', 'callId'],
  ['CSeq', 'cseq'],
] as const)

/** By the first two letters: v, f, i, t, re, ca, cs. */
function couldMatter(first: number, second: number): boolean {
  if (first === 118 || first === 102 || first === 105 || first === 116) return true
  return (first === 114 && second === 101) || (first === 99 && (second === 97 || second === 115))
}

/** The bit in which small letters differ from large ones. */
const lowerCase = 32

function valueIn(text: string, colon: number, end: number): string {
  // Almost all values have one space before them and none after them.
  const at = text.charCodeAt(colon + 1) === space ? colon + 2 : colon + 1
  return text.charCodeAt(at) <= space || text.charCodeAt(end - 1) <= space ? text.slice(at, end).trim() : text.slice(at, end)
}

function takeVia(fields: Fields, value: string): boolean {
  if (fields.top === undefined) fields.top = value
  else fields.vias.push(value)
  return true
}

function takeOnce(fields: Fields, name: OnceName, value: string): boolean {
  if (fields[name] !== undefined || value === '') return false
  fields[name] = value
  return true
}

/** A rare spelling of a name in `fieldsByName`, or Replaces, because an INVITE with Replaces does not begin a further call. */
const special = /^(?:via|from|to|call-id|cseq|replaces|[vfti])[ \t]*$/i

function whole({ top, vias, from, to, callId, cseq }: Fields): FirstLook | undefined {
  if (top === undefined || from === undefined || to === undefined || callId === undefined || cseq === undefined) return undefined
  if (/;\s*tag\b/i.test(to) || !cseq.endsWith(' INVITE')) return undefined
  const via = plainVia(top)
  if (!via) return undefined
  return { via, key: `INVITE ${via.host}:${via.port ?? ''} ${via.branch ?? ''}`, vias, from, to, callId, cseq }
}

/** The Via, if its branch is unique. Undefined for a Via with maddr or with overload control too, because they need more than a look. */
function plainVia(top: string): Via | undefined {
  const parsed = top.includes(',') ? undefined : parseVia(top)
  if (parsed?.ok !== true) return undefined
  const via = parsed.value
  return isUnique(via.branch) && via.maddr === undefined && !via.parameters.has('oc') ? via : undefined
}

/** The refusal as it is sent. `retryAfter` in seconds. */
export function refusalBytes(
  look: FirstLook,
  source: { readonly host: string; readonly port: number },
  retryAfter: number,
): Buffer {
  const { via, vias, from, to, callId, cseq } = look
  const top = formatVia({ ...via, received: source.host, ...(via.rport !== undefined && { rport: source.port }) })
  let text = `SIP/2.0 503 Service Unavailable\r\nVia: ${top}\r\n`
  for (const other of vias) text += `Via: ${other}\r\n`
  // The tag is the same for each copy of the INVITE (RFC 3261 §8.2.7), and its ACK repeats it.
  const tag = `${ourTag}${(via.branch ?? '').slice(-8).replace(/[^\w.-]/g, '')}`
  text += `From: ${from}\r\nTo: ${to};tag=${tag}\r\nCall-ID: ${callId}\r\nCSeq: ${cseq}\r\n`
  return Buffer.from(`${text}Retry-After: ${retryAfter}\r\nContent-Length: 0\r\n\r\n`, 'latin1')
}
