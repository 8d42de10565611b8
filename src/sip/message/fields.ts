import { fault, ok, type Result } from '../../foundation/result.js'
import { splitList, type HeaderTable } from './headers.js'
import { parseNameAddr, type NameAddr } from './name-addr.js'
import { parseVia, type Via } from './via.js'

/** Readers of single fields, on demand. What can't be read is undefined, or a fault where the caller must answer 400. */

export interface CSeq {
  readonly number: number
  readonly method: string
}

/** The Via of the hop that sent the message to us. */
export const topVia = (headers: HeaderTable): Via | undefined => headers.reading('Via', readTopVia)?.value

export const from = (headers: HeaderTable): NameAddr | undefined => headers.reading('From', readNameAddr)?.value

export const to = (headers: HeaderTable): NameAddr | undefined => headers.reading('To', readNameAddr)?.value

export const callId = (headers: HeaderTable): string | undefined => headers.first('Call-ID')

export const cseq = (headers: HeaderTable): CSeq | undefined => headers.reading('CSeq', readCSeq)?.value

/** 0 to 255; undefined when absent, or not a number. */
export function maxForwards(headers: HeaderTable): number | undefined {
  const text = headers.first('Max-Forwards')
  return text !== undefined && /^\d{1,3}$/.test(text) && Number(text) <= 255 ? Number(text) : undefined
}

/** Each Contact; `*` stands for no address and is a fault here: only REGISTER may have it. */
export const contacts = (headers: HeaderTable): Result<readonly NameAddr[]> => addresses(headers, 'Contact')

export const routes = (headers: HeaderTable): Result<readonly NameAddr[]> => addresses(headers, 'Route')

export const recordRoutes = (headers: HeaderTable): Result<readonly NameAddr[]> => addresses(headers, 'Record-Route')

/** Option tags that must be understood (RFC 3261 §8.2.2.3). */
export const requires = (headers: HeaderTable): readonly string[] => headers.values('Require').map(tag => tag.toLowerCase())

export const supported = (headers: HeaderTable): readonly string[] => headers.values('Supported').map(tag => tag.toLowerCase())

/** `type/subtype` in lower case, without parameters. */
export const contentType = (headers: HeaderTable): string | undefined =>
  headers.first('Content-Type')?.split(';')[0]?.trim().toLowerCase()

// Boxed, so that what can't be read is kept as read, too.
interface Read<T> {
  readonly value: T | undefined
}

function readTopVia(line: string): Read<Via> {
  const via = parseVia(splitList(line)[0] ?? '')
  return { value: via.ok ? via.value : undefined }
}

function readNameAddr(line: string): Read<NameAddr> {
  const address = parseNameAddr(line)
  return { value: address.ok ? address.value : undefined }
}

function readCSeq(line: string): Read<CSeq> {
  const [, digits, method] = /^(\d{1,10})\s+([A-Za-z0-9\-.!%*_+`'~]+)$/.exec(line) ?? []
  const number = Number(digits)
  // RFC 3261 §8.1.1.5: less than 2**31.
  return { value: method === undefined || number >= 2 ** 31 ? undefined : { number, method } }
}

function addresses(headers: HeaderTable, name: string): Result<readonly NameAddr[]> {
  const read: NameAddr[] = []
  for (const value of headers.values(name)) {
    const address = parseNameAddr(value)
    if (!address.ok) return fault(`${name}: ${address.fault}`)
    read.push(address.value)
  }
  return ok(read)
}
