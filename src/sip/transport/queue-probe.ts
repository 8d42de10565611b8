/** In bytes. A probe is a random token that nobody else knows, and the number of the probe. No SIP message is this short. */
const tokenBytes = 16
export const probeBytes = tokenBytes + 4
/** In ms. If nobody asked for longer than this, the last result is too old. */
const tooOld = 1_000
/** In ms. No datagram waits this long in the socket's buffer, so a firewall must have dropped an older probe. */
const stopped = 5_000

/**
 * Measures how long a datagram waits in the receive buffer of a socket. Node can't ask the kernel. So the socket sends a datagram to itself,
 * which waits behind those that came before. A full buffer loses the probe, and then its age counts until a later one returns.
 */
export class QueueProbe {
  readonly #token: Buffer
  /** When probes were sent that have not returned, the oldest first. */
  #sent: { readonly number: number; readonly at: number }[] = []
  #number = 0
  /** How long the last one took. Undefined: none has returned yet, so nothing can be said. */
  #took: number | undefined
  #askedAt = -Infinity

  constructor(
    random: () => number,
    private readonly send: (bytes: Buffer) => void,
  ) {
    this.#token = Buffer.alloc(tokenBytes)
    for (let at = 0; at < tokenBytes; at += 4) this.#token.writeUInt32BE(random() >>> 0, at)
  }

  /** In ms: how long datagrams wait now. Sends the next probe. Undefined: not known. */
  ask(now: number): number | undefined {
    const oldest = this.#sent[0]
    const age = oldest ? now - oldest.at : 0
    if (now - this.#askedAt > tooOld || age > stopped) {
      this.#sent = []
      this.#took = undefined
    }
    const waits = this.#took === undefined ? undefined : Math.max(this.#took, this.#sent.length > 0 ? age : 0)
    this.#askedAt = now
    this.#number = (this.#number + 1) >>> 0
    this.#sent.push({ number: this.#number, at: now })
    const bytes = Buffer.alloc(probeBytes)
    this.#token.copy(bytes)
    bytes.writeUInt32BE(this.#number, tokenBytes)
    this.send(bytes)
    return waits
  }

  /** Whether this datagram is one of ours. */
  heard(bytes: Buffer, now: number): boolean {
    if (bytes.length !== probeBytes || this.#token.compare(bytes, 0, tokenBytes) !== 0) return false
    const number = bytes.readUInt32BE(tokenBytes)
    const index = this.#sent.findIndex(each => each.number === number)
    const sent = this.#sent[index]
    if (!sent) return true
    this.#took = now - sent.at
    // The buffer keeps the order, so those before it are lost.
    this.#sent.splice(0, index + 1)
    return true
  }
}
