import { fault, ok, type Result } from '../../foundation/result.js'
import { endOfDigits, endOfToken, numberIn, skipBlanks, smallNumber, splitList } from './grammar.js'
import type { HeaderTable } from './headers.js'
import { parseNameAddr, type NameAddr } from './name-addr.js'
import { parseVia, type Via } from './via.js'

/**
 * Readers for single fields, called on demand. They return undefined for malformed fields, or a fault if the request deserves
 * 400. They never throw.
 */

export interface CSeq {
  /** 0 to 2**31 - 1 (RFC 3261 §8.1.1.5). */
  readonly number: number
  readonly method: string
}

const largestSequence = 2 ** 31 - 1

/** The Via of the hop that sent us the message. */
export const topVia = (headers: HeaderTable): Via | undefined => headers.reading('Via', readTopVia) ?? undefined

export const from = (headers: HeaderTable): NameAddr | undefined => headers.reading('From', readNameAddr) ?? undefined

export const to = (headers: HeaderTable): NameAddr | undefined => headers.reading('To', readNameAddr) ?? undefined

export const callId = (headers: HeaderTable): string | undefined => headers.first('Call-ID')

export const cseq = (headers: HeaderTable): CSeq | undefined => headers.reading('CSeq', readCSeq) ?? undefined

/** 0 to 255. Undefined if absent. A value out of range counts as absent (RFC 4475 §3.1.2.4). */
export const maxForwards = (headers: HeaderTable): number | undefined => smallNumber(headers.first('Max-Forwards'), 255)

/** In bytes. Undefined if absent or malformed. */
export const contentLength = (headers: HeaderTable): number | undefined =>
  smallNumber(headers.first('Content-Length'), 999_999_999)

/** Each Contact. `*` is not an address and is a fault here, because only REGISTER may have it. */
export const contacts = (headers: HeaderTable): Result<readonly NameAddr[]> => addresses(headers, 'Contact')

export const recordRoutes = (headers: HeaderTable): Result<readonly NameAddr[]> => addresses(headers, 'Record-Route')

/** Option tags that must be supported, in lower case (RFC 3261 §8.2.2.3). */
export const requires = (headers: HeaderTable): readonly string[] => optionTags(headers, 'Require')

/** Option tags, in lower case. */
export const supported = (headers: HeaderTable): readonly string[] => optionTags(headers, 'Supported')

/** Methods, which are case-sensitive (RFC 3261 §7.1). Undefined if the header is absent: then nothing is known. */
export const allow = (headers: HeaderTable): readonly string[] | undefined =>
  headers.has('Allow') ? headers.values('Allow') : undefined

/** Whether the sender says that it takes UPDATE (RFC 3311). */
export const allowsUpdate = (headers: HeaderTable): boolean => allow(headers)?.includes('UPDATE') === true

/** `type/subtype` in lower case, without parameters. */
export function contentType(headers: HeaderTable): string | undefined {
  const text = headers.first('Content-Type')
  return text?.split(';', 1)[0]?.replaceAll(/[ \t]/g, '').toLowerCase()
}

// Null for a malformed value, so that this result is cached too.
function readTopVia(line: string): Via | null {
  const via = parseVia(line.includes(',') ? (splitList(line)[0] ?? '') : line)
  return via.ok ? via.value : null
}

function readNameAddr(line: string): NameAddr | null {
  const address = parseNameAddr(line)
  return address.ok ? address.value : null
}

function readCSeq(line: string): CSeq | null {
  const end = endOfDigits(line, 0)
  const number = numberIn(line, 0, end)
  const methodAt = skipBlanks(line, end)
  if (end === 0 || number > largestSequence || methodAt === end || methodAt === line.length) return null
  return endOfToken(line, methodAt) === line.length ? { number, method: line.slice(methodAt) } : null
}

const optionTags = (headers: HeaderTable, name: string): readonly string[] => headers.values(name).map(tag => tag.toLowerCase())

function addresses(headers: HeaderTable, name: string): Result<readonly NameAddr[]> {
  const read: NameAddr[] = []
  for (const value of headers.values(name)) {
    const address = parseNameAddr(value)
    if (!address.ok) return fault(`${name}: ${address.fault}`)
    read.push(address.value)
  }
  return ok(read)
}
