import { createCipheriv, createDecipheriv } from 'node:crypto'

const algorithm = 'aes-256-gcm'
const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16
/** In characters. Longer sealed texts can't be ours. */
const mostText = 4_096

/** Encrypts texts so that others can keep them for us without reading or changing them. The key belongs to this process, and ends with it. */
export class Seal {
  readonly #key: Uint8Array

  constructor(private readonly random: (size: number) => Uint8Array) {
    // A copy, because a random source may return a part of a pool.
    this.#key = Uint8Array.from(random(keyBytes))
  }

  close(text: string): string {
    const nonce = this.random(nonceBytes)
    const cipher = createCipheriv(algorithm, this.#key, nonce)
    const closed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
    return Buffer.concat([nonce, cipher.getAuthTag(), closed]).toString('base64url')
  }

  /** Undefined for a text that this seal has not made. */
  open(sealed: string): string | undefined {
    const bytes = Buffer.from(sealed.slice(0, mostText), 'base64url')
    if (bytes.length <= nonceBytes + tagBytes) return undefined
    const decipher = createDecipheriv(algorithm, this.#key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes })
    decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes))
    try {
      return Buffer.concat([decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()]).toString('utf8')
    } catch {
      return undefined // The tag is wrong: the text is forged, or from another process.
    }
  }
}
