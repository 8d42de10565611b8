/**
 * A copy of the text in memory of its own. A slice of a longer text keeps all of it in memory, for example a whole datagram for one
 * name in it. Whatever outlives its message must be copied.
 */
export function detached(text: string): string {
  return Buffer.from(text).toString()
}
