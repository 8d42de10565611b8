import type { Parameters } from './grammar.js'
import { parseUri, unescapeUser, type Uri } from './uri.js'

/** Parameters that make two URIs different even if only one has them (RFC 3261 §19.1.4). */
const telling = ['transport', 'user', 'ttl', 'method', 'maddr']

/** Whether two URIs are equal by RFC 3261 §19.1.4, ignoring header fields. A malformed URI only equals the same text. */
export function sameUri(one: string, other: string): boolean {
  if (one === other) return true
  const [a, b] = [parseUri(one), parseUri(other)]
  return a.ok && b.ok && samePlace(a.value, b.value) && sameParameters(a.value.parameters, b.value.parameters)
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
  const shared = [...a.keys()].filter(name => b.has(name))
  return [...telling, ...shared].every(name => a.has(name) === b.has(name) && value(a, name) === value(b, name))
}
