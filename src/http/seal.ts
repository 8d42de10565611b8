import { createCipheriv, createDecipheriv } from 'node:crypto'

const algorithm = 'aes-256-gcm'
const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16
/** Longer texts are none of ours. */
const mostText = 4_096

/** Closes texts so that others can keep them for us: they can neither read nor change them. The key is of this process, and ends with it. */
export class Seal {
  readonly #key: Uint8Array

  constructor(private readonly random: (size: number) => Uint8Array) {
    // A copy: what a source of chance gives out may be a part of a pool.
    this.#key = Uint8Array.from(random(keyBytes))
  }

  close(text: string): string {
    const nonce = this.random(nonceBytes)
    const cipher = createCipheriv(algorithm, this.#key, nonce)
    const closed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
    return Buffer.concat([nonce, cipher.getAuthTag(), closed]).toString('base64url')
  }

  /** Undefined for what this seal has not closed. */
  open(sealed: string): string | undefined {
    const bytes = Buffer.from(sealed.slice(0, mostText), 'base64url')
    if (bytes.length <= nonceBytes + tagBytes) return undefined
    const decipher = createDecipheriv(algorithm, this.#key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes })
    decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes))
    try {
      return Buffer.concat([decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()]).toString('utf8')
    } catch {
      return undefined // the tag does not fit: forged, or of another process
    }
  }
}
