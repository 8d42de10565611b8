/** Eight groups, the last two as an IPv4 address. */
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

function isIPv4(text: string): boolean {
  const numbers = text.split('.')
  return numbers.length === 4 && numbers.every(number => /^\d{1,3}$/.test(number) && Number(number) <= 255)
}
