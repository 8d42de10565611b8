/** In bytes. No message of a drachtio-server comes near it. */
const longestFrame = 1_048_576
const mostDigits = String(longestFrame).length
/** Each message begins with an id of its own and a bar. */
const head = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\|$/i
const headBytes = 37
/** How many bytes of an unreadable message are reported. */
const shownBytes = 40
const mark = '#'.charCodeAt(0)

/** The messages that are complete now. `broken`: what follows can't be read, so the connection must be closed. */
type Cut =
  | { readonly kind: 'messages'; readonly messages: readonly Buffer[] }
  | { readonly kind: 'broken'; readonly messages: readonly Buffer[]; readonly what: string }

/**
 * Cuts the bytes of a drachtio-server into messages: the length in bytes, `#`, the message. When a connection is not read fast
 * enough, the server mixes the bytes of several messages (seen with its version 0.9.10). The library then throws where nobody can catch it.
 */
export class FrameCutter {
  /** The bytes that are not cut yet. */
  #chunks: Buffer[] = []
  #bytes = 0
  /** The next message can't be complete before this many bytes have come. */
  #wanted = 1

  push(chunk: Buffer): Cut {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    const messages: Buffer[] = []
    if (this.#bytes < this.#wanted) return { kind: 'messages', messages }
    let rest = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks)
    for (;;) {
      const next = cut(rest)
      if (next.kind === 'broken') return { kind: 'broken', messages, what: next.what }
      if (next.kind === 'wanted') {
        this.#chunks = [rest]
        this.#bytes = rest.length
        this.#wanted = next.bytes
        return { kind: 'messages', messages }
      }
      messages.push(next.message)
      rest = rest.subarray(next.end)
    }
  }
}

type Next =
  | { readonly kind: 'message'; readonly message: Buffer; readonly end: number }
  | { readonly kind: 'wanted'; readonly bytes: number }
  | { readonly kind: 'broken'; readonly what: string }

function cut(bytes: Buffer): Next {
  const begin = bytes.subarray(0, mostDigits + 1)
  const at = begin.indexOf(mark)
  const digits = begin.toString('latin1', 0, at < 0 ? undefined : at)
  if (!/^\d*$/.test(digits) || at === 0 || (at < 0 && digits.length > mostDigits)) return broken('its length', bytes)
  if (at < 0) return { kind: 'wanted', bytes: bytes.length + 1 }
  const length = Number(digits)
  if (length > longestFrame) return broken('its length', bytes)
  const end = at + 1 + length
  if (bytes.length < end) return { kind: 'wanted', bytes: end }
  const message = bytes.subarray(at + 1, end)
  return head.test(message.toString('latin1', 0, headBytes)) ? { kind: 'message', message, end } : broken('its id', bytes)
}

const broken = (what: string, bytes: Buffer): Next => ({
  kind: 'broken',
  what: `a message without ${what} came: ${JSON.stringify(bytes.toString('latin1', 0, shownBytes))}`,
})
