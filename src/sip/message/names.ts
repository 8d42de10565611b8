import { isToken, lowerCase, trimmed } from './grammar.js'

/** A header name as it was written, and its meaning. */
interface Spelling {
  /** As written, including white space before the colon. */
  readonly raw: string
  readonly name: string
  /** One bit for a name that is checked in every message, otherwise 0. */
  readonly bit: number
}

/** Names that are checked in every message. A set of them is a sum of bits. */
export const checkedNames = {
  Via: 1,
  From: 2,
  To: 4,
  'Call-ID': 8,
  CSeq: 16,
  'Max-Forwards': 32,
  'Content-Length': 64,
  'Content-Type': 128,
} as const

/**
 * From RFC 3261 §20 and the registry: the names that are common for this server and its peers. Others are written in
 * Capitals-After-Hyphens.
 */
const knownNames = `
  Accept Accept-Contact Accept-Encoding Accept-Language Alert-Info Allow Allow-Events Authorization Call-ID Call-Info Contact
  Content-Disposition Content-Encoding Content-Language Content-Length Content-Type CSeq Date Diversion Event Expires From History-Info
  Identity Identity-Info In-Reply-To Info-Package Max-Forwards MIME-Version Min-Expires Min-SE Organization P-Asserted-Identity
  P-Preferred-Identity Path Priority Privacy Proxy-Authenticate Proxy-Authorization Proxy-Require RAck RSeq Reason Record-Route Recv-Info
  Refer-To Referred-By Reject-Contact Remote-Party-ID Replaces Reply-To Request-Disposition Require Retry-After Route SIP-ETag SIP-If-Match
  Server Session-Expires Subject Subscription-State Supported Target-Dialog Timestamp To Unsupported User-Agent Via WWW-Authenticate Warning
  Max-Breadth Carillon-Passed`
  .trim()
  .split(/\s+/)

/** From RFC 3261 §7.3.3 and later ones from the registry. */
const compactForms: Readonly<Record<string, string>> = {
  a: 'Accept-Contact',
  b: 'Referred-By',
  c: 'Content-Type',
  d: 'Request-Disposition',
  e: 'Content-Encoding',
  f: 'From',
  i: 'Call-ID',
  j: 'Reject-Contact',
  k: 'Supported',
  l: 'Content-Length',
  m: 'Contact',
  n: 'Identity-Info',
  o: 'Event',
  r: 'Refer-To',
  s: 'Subject',
  t: 'To',
  u: 'Allow-Events',
  v: 'Via',
  x: 'Session-Expires',
  y: 'Identity',
}

const byLowerCase = new Map([...knownNames.map(name => [name.toLowerCase(), name] as const), ...Object.entries(compactForms)])
const known: ReadonlySet<string> = new Set(knownNames)
const bits: ReadonlyMap<string, number> = new Map(Object.entries(checkedNames))

/**
 * Recent spellings, by hash. The names of almost all fields are found here without a new string. Each place holds the last
 * spelling with this hash, so peers who invent names cost time but no memory.
 */
const placesForSpellings = 1024
/** In characters. Longer names are not kept but read each time, because 1,024 long names would take too much memory. */
const longestSpelling = 64
const spellings: (Spelling | undefined)[] = Array.from({ length: placesForSpellings })
for (const raw of [...byLowerCase.keys(), ...Object.keys(compactForms).map(form => form.toUpperCase()), ...knownNames])
  readName(`${raw}:`, 0)

/** The canonical long form of a name in any case or in compact form. Characters that are not allowed in a name become hyphens. */
export function canonicalName(raw: string): string {
  if (known.has(raw)) return raw
  if (isToken(raw)) return canonicalOf(raw)
  return canonicalOf(raw === '' ? '-' : raw.replace(/[^A-Za-z0-9\-.!%*_+`'~]/g, '-'))
}

/** Reads the name before a colon. Undefined if the line has no colon, or no name before it. */
export function readName(text: string, at: number): Spelling | undefined {
  let hash = 0
  let end = at
  for (; end < text.length; end += 1) {
    const code = text.charCodeAt(end)
    if (code === 58) break
    if (code === 10) return undefined
    hash = (hash * 31 + code) | 0
  }
  if (end === text.length) return undefined
  const place = hash & (placesForSpellings - 1)
  const met = spellings[place]
  if (met !== undefined && met.raw.length === end - at && text.startsWith(met.raw, at)) return met
  return newSpelling(text.slice(at, end), place)
}

function newSpelling(written: string, place: number): Spelling | undefined {
  const token = trimmed(written)
  if (!isToken(token)) return undefined
  const name = canonicalOf(token)
  // A copy: a slice of a message's text would keep the whole text in memory.
  const raw = Buffer.from(written, 'latin1').toString('latin1')
  const spelling: Spelling = { raw, name, bit: bits.get(name) ?? 0 }
  if (raw.length <= longestSpelling) spellings[place] = spelling
  return spelling
}

function canonicalOf(token: string): string {
  const lower = lowerCase(token)
  return byLowerCase.get(lower) ?? lower.replace(/(?<![a-z])[a-z]/g, letter => letter.toUpperCase())
}
