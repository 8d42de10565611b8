import type { Parameters } from './parameters.js'
import { parseUri, unescapeUser, type Uri } from './uri.js'

/** Parameters that make two URIs different even if only one has them (RFC 3261 §19.1.4). */
const telling = ['transport', 'user', 'ttl', 'method', 'maddr']

/**
 * A URI to compare with others (RFC 3261 §19.1.4), read once. Header fields are ignored. A malformed URI only equals the same text.
 */
export class ComparedUri {
  readonly #uri: Uri | undefined

  constructor(private readonly text: string) {
    const read = parseUri(text)
    this.#uri = read.ok ? read.value : undefined
  }

  equals(other: ComparedUri): boolean {
    if (this.text === other.text) return true
    const [a, b] = [this.#uri, other.#uri]
    return a !== undefined && b !== undefined && samePlace(a, b) && sameParameters(a.parameters, b.parameters)
  }
}

function samePlace(a: Uri, b: Uri): boolean {
  return (
    a.scheme === b.scheme &&
    withoutDot(a.host) === withoutDot(b.host) &&
    a.port === b.port &&
    unescapeUser(a.user ?? '') === unescapeUser(b.user ?? '') &&
    a.password === b.password
  )
}

/** A dot at the end only says that the name is complete (RFC 1034 §3.1). */
const withoutDot = (host: string): string => host.replace(/(?<=.)\.$/, '')

function sameParameters(a: Parameters, b: Parameters): boolean {
  const value = (parameters: Parameters, name: string): string | undefined => parameters.get(name)?.toLowerCase()
  const shared = Array.from(a, ([name]) => name).filter(name => b.has(name))
  return [...telling, ...shared].every(name => a.has(name) === b.has(name) && value(a, name) === value(b, name))
}
