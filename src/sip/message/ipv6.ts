/** In characters: eight groups, with the last two as an IPv4 address. */
const longest = 45

/** Whether the text is an IPv6 address (RFC 4291 §2.2), without brackets and zone. */
export function isIPv6(text: string): boolean {
  if (text.length > longest) return false
  const halves = text.split('::')
  if (halves.length > 2) return false
  const groups = halves.flatMap(half => (half === '' ? [] : half.split(':')))
  const last = groups.at(-1) ?? ''
  const endsInIPv4 = last.includes('.')
  if (endsInIPv4 && (text.endsWith('::') || !isIPv4(last))) return false
  const hexGroups = endsInIPv4 ? groups.slice(0, -1) : groups
  const size = hexGroups.length + (endsInIPv4 ? 2 : 0)
  return hexGroups.every(group => /^[0-9A-Fa-f]{1,4}$/.test(group)) && (halves.length === 2 ? size < 8 : size === 8)
}

/** Whether the text is an IPv4 address with four numbers. */
function isIPv4(text: string): boolean {
  const numbers = text.split('.')
  return numbers.length === 4 && numbers.every(number => /^\d{1,3}$/.test(number) && Number(number) <= 255)
}

/** Whether the text is an IP address, without brackets. Otherwise it may be a name. */
export const isAddress = (text: string): boolean => isIPv4(text) || isIPv6(text)

/** The first `bits` bits of an IPv6 address (a multiple of 16), as the same text for all spellings: `2001:db8:0:1/64`. */
function networkOf(address: string, bits: number): string {
  const first = numbersOf(address).slice(0, bits / 16)
  return `${first.map(group => group.toString(16)).join(':')}/${bits}`
}

/**
 * The network that an address counts for. IPv4: the address itself, because each costs its holder money. IPv6: the first `bits`
 * bits, because a host gets a whole /64 for free (RFC 6177). The zone is kept, because the same link-local network differs on
 * each link (RFC 4007 §6). An IPv4-mapped address counts as its IPv4 address.
 */
export function networkAt(host: string, bits: number): string {
  const [address = '', zone] = host.split('%')
  const mapped = mappedIPv4(address)
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? host
  return zone === undefined ? networkOf(address, bits) : `${networkOf(address, bits)}%${zone}`
}

/** Whether two texts are the same address. IPv6 addresses have many spellings (RFC 5952 §2). */
export const isSameAddress = (one: string, other: string): boolean =>
  one === other || networkAt(one, 128) === networkAt(other, 128)

/** The IPv4 address in an IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2), in any spelling. Undefined for any other text. */
export function mappedIPv4(address: string): string | undefined {
  if (!isIPv6(address)) return undefined
  const groups = numbersOf(address)
  const [high = 0, low = 0] = groups.slice(6)
  const isMapped = groups.slice(0, 5).every(group => group === 0) && groups[5] === 0xffff
  return isMapped ? [high >> 8, high & 255, low >> 8, low & 255].join('.') : undefined
}

/** The eight groups. */
function numbersOf(address: string): number[] {
  const [head = '', tail] = withoutIPv4(address).split('::')
  const [before, after] = [groupsOf(head), groupsOf(tail ?? '')]
  const gap = tail === undefined ? 0 : 8 - before.length - after.length
  return [...before, ...Array<string>(Math.max(0, gap)).fill('0'), ...after].map(group => parseInt(group, 16))
}

const groupsOf = (half: string): string[] => (half === '' ? [] : half.split(':'))

/** Turns an IPv4 address at the end into two groups. */
const withoutIPv4 = (address: string): string =>
  address.replace(/(?<!\d)(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_all, ...parts: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = parts.slice(0, 4).map(Number)
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
  })
