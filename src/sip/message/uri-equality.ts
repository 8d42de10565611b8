import { unescaped, type Uri } from './uri.js'

/** These must stand in both or in neither; any other only must not differ (RFC 3261 §19.1.4). */
const alwaysCompared = ['user', 'ttl', 'method', 'maddr', 'transport'] as const
/** Escaped, these are not what they are unescaped (§19.1.4, and RFC 3986 §2.2). The percent sign is none of them but can't be let loose. */
const notReserved = new Uint8Array(256).fill(1)
for (const char of ';/?:@&=+$,%') notReserved[char.charCodeAt(0)] = 0

/**
 * Equality by RFC 3261 §19.1.4: case counts in the user part alone; escapes of what needs none and the order of parameters and headers do
 * not. tel URIs by RFC 3966 §4: visual separators do not count, each parameter does. It is not transitive, by the RFC's rules.
 */
export function equalUris(a: Uri, b: Uri): boolean {
  if (a.scheme !== b.scheme || a.host !== b.host || a.port !== b.port) return false
  if (a.scheme === 'tel')
    return digitsOf(a.user) === digitsOf(b.user) && agree([...a.parameters.keys(), ...b.parameters.keys()], a, b)
  if (plain(a.user) !== plain(b.user) || plain(a.password) !== plain(b.password)) return false
  const inBoth = [...a.parameters.keys()].filter(name => b.parameters.has(name))
  return agree(alwaysCompared, a, b) && agree(inBoth, a, b) && headersOf(a) === headersOf(b)
}

/** Each of these stands in both with the same value, or in neither. */
function agree(names: readonly string[], { parameters: a }: Uri, { parameters: b }: Uri): boolean {
  return names.every(
    name => a.has(name) === b.has(name) && plain(a.get(name))?.toLowerCase() === plain(b.get(name))?.toLowerCase(),
  )
}

const plain = (text: string | undefined): string | undefined => text && unescaped(text, notReserved)

const digitsOf = (number: string | undefined): string | undefined => number?.replace(/[-.()]/g, '').toLowerCase()

/** Header names in any case and any order. */
function headersOf({ headers }: Uri): string | undefined {
  const parts = headers?.split('&').map(part => {
    const equals = part.indexOf('=')
    const name = equals < 0 ? part : part.slice(0, equals)
    return (plain(name) ?? '').toLowerCase() + (equals < 0 ? '' : `=${plain(part.slice(equals + 1)) ?? ''}`)
  })
  return parts?.sort().join('&')
}
