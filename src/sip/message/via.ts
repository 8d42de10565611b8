import { fault, ok, type Result } from '../../foundation/result.js'
import { charactersOf, endOfDigits, endOfRun, endOfToken, hasControls, numberIn, skipBlanks, smallNumber } from './grammar.js'
import { noParameters, parameter, parseParameters, type Parameters } from './parameters.js'
import { isIPv6 } from './ipv6.js'

/** One Via value (RFC 3261 §20.42, RFC 3581). */
export interface Via {
  /** In upper case, such as UDP or TCP. */
  readonly transport: string
  /** As written. An IPv6 address has no brackets. */
  readonly host: string
  readonly port?: number | undefined
  readonly branch?: string | undefined
  /** Without brackets. Peers send both forms (RFC 5118 §4.5). */
  readonly received?: string | undefined
  /** True: present without a value, which asks for the port. */
  readonly rport?: number | true | undefined
  readonly maddr?: string | undefined
  /** 0 to 255. */
  readonly ttl?: number | undefined
  /** All parameters, names in lower case, values as written. */
  readonly parameters: Parameters
}

const usualProtocol = 'SIP/2.0/'
/** White space is allowed around each slash. */
const spacedProtocol = /^SIP[ \t]*\/[ \t]*2\.0[ \t]*\/[ \t]*/i
const hostCharacters = charactersOf('-._')
const addressCharacters = charactersOf(':.')

/** Reads one value. An empty parameter, as in `;;`, is malformed here (RFC 4475 §3.1.2.1). */
export function parseVia(text: string): Result<Via> {
  const transportAt = text.startsWith(usualProtocol) ? usualProtocol.length : (spacedProtocol.exec(text)?.[0].length ?? -1)
  const transportEnd = endOfToken(text, transportAt)
  const hostAt = skipBlanks(text, transportEnd)
  const host = transportAt < 0 || transportEnd === transportAt || hostAt === transportEnd ? undefined : readHost(text, hostAt)
  if (!host) return fault(`'${text}' is not a Via`)
  const port = readPort(text, host.end)
  const parameters = port && parseParameters(text, port.end, undefined, true)
  if (!parameters || hasControls(text)) return fault(`'${text}' is a Via with a malformed port or parameter`)
  return ok({
    transport: transportIn(text, transportAt, transportEnd),
    host: host.name,
    port: port.port,
    branch: parameters.get('branch'),
    received: unbracketed(parameters.get('received')),
    rport: rportOf(parameters),
    maddr: unbracketed(parameters.get('maddr')),
    ttl: ttlOf(parameters),
    parameters,
  })
}

/** The names that almost all peers use. A Via with one of them shares this string and needs no memory for it. */
const usualTransports = ['UDP', 'TCP', 'TLS', 'WS', 'WSS']

function transportIn(text: string, from: number, to: number): string {
  for (const name of usualTransports) if (name.length === to - from && text.startsWith(name, from)) return name
  return text.slice(from, to).toUpperCase()
}

/** The parameter that asks for the port, as almost all peers write it. */
const usualRport = ';rport'
const semicolon = 59

/**
 * The line of a Via in which `via` is the only value, with the source of the request (RFC 3261 §18.2.1, RFC 3581 §4). All other
 * characters stay as they are. Undefined: the line has an unusual form, so it has to be written in whole.
 */
export function lineWithSource(
  line: string,
  { rport, received }: Via,
  source: { host: string; port: number },
): string | undefined {
  // In quotes and behind a comma, the text could mean something else.
  if (received !== undefined || line.includes('"') || line.includes(',')) return undefined
  const behind = `;received=${source.host}`
  if (rport === undefined) return line + behind
  const at = line.indexOf(usualRport)
  const end = at + usualRport.length
  if (rport !== true || at < 0 || (end < line.length && line.charCodeAt(end) !== semicolon)) return undefined
  return `${line.slice(0, end)}=${source.port}${line.slice(end)}${behind}`
}

/**
 * The value as it is sent. `branch`, `received` and `rport` are written with their current values, which may differ from what was
 * read.
 */
export function formatVia(via: Partial<Via> & Pick<Via, 'transport' | 'host'>): string {
  const { transport, host, port, parameters = noParameters } = via
  const address = host.includes(':') ? `[${host}]` : host
  let text = `SIP/2.0/${transport} ${address}${port === undefined ? '' : `:${port}`}`
  for (const [name, value] of parameters) text += parameter(name, currentValue(via, name, value))
  for (const name of current)
    if (via[name] !== undefined && !parameters.has(name)) text += parameter(name, currentValue(via, name, undefined))
  return text
}

const current = ['branch', 'received', 'rport'] as const

function currentValue({ branch, received, rport }: Partial<Via>, name: string, read: string | undefined): string | undefined {
  if (name === 'branch') return branch ?? read
  if (name === 'received') return received ?? read
  if (name !== 'rport' || rport === undefined) return read
  return rport === true ? undefined : String(rport)
}

interface Host {
  readonly name: string
  readonly end: number
}

/**
 * A name, an address, or `[IPv6]`. An IPv6 address without brackets is accepted too. It then has no port, because its last group
 * could not be told from one.
 */
function readHost(text: string, at: number): Host | undefined {
  if (text.charCodeAt(at) === 91) {
    const end = text.indexOf(']', at)
    const name = text.slice(at + 1, Math.max(at + 1, end))
    return isIPv6(name) ? { name, end: end + 1 } : undefined
  }
  const end = endOfRun(text, at, hostCharacters)
  if (text.charCodeAt(end) !== 58) return end === at ? undefined : { name: text.slice(at, end), end }
  const bareEnd = endOfRun(text, at, addressCharacters)
  const bare = text.slice(at, bareEnd)
  if (bare.indexOf(':') !== bare.lastIndexOf(':') && isIPv6(bare)) return { name: bare, end: bareEnd }
  return end === at ? undefined : { name: text.slice(at, end), end }
}

function readPort(text: string, at: number): { readonly port: number | undefined; readonly end: number } | undefined {
  const colon = skipBlanks(text, at)
  if (text.charCodeAt(colon) !== 58) return { port: undefined, end: colon }
  const digitsAt = skipBlanks(text, colon + 1)
  const end = endOfDigits(text, digitsAt)
  const port = numberIn(text, digitsAt, end)
  return end === digitsAt || port > 65_535 ? undefined : { port, end }
}

const unbracketed = (host: string | undefined): string | undefined => (host?.startsWith('[') === true ? host.slice(1, -1) : host)

/** True also for an rport whose value is not a port. */
function rportOf(parameters: Parameters): number | true | undefined {
  return parameters.has('rport') ? (smallNumber(parameters.get('rport'), 65_535) ?? true) : undefined
}

const ttlOf = (parameters: Parameters): number | undefined => smallNumber(parameters.get('ttl'), 255)
