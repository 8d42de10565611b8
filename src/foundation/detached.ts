/** In bytes. Usual texts are much shorter. */
const room = 64 * 1024
const scratch = Buffer.allocUnsafeSlow(room)
/** The most bytes of UTF-8 for one UTF-16 code unit. */
const mostPerCharacter = 3

/**
 * A copy of the text in memory of its own. A slice of a longer text keeps all of it in memory, for example a whole datagram for one
 * name in it. Whatever outlives its message must be copied. One buffer serves all copies, because a buffer for each would take more
 * memory than most texts.
 */
export function detached(text: string): string {
  if (text.length * mostPerCharacter > room) return Buffer.from(text).toString()
  return scratch.toString('utf8', 0, scratch.write(text))
}
