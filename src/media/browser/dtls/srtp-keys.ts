/** The SRTP master key of one direction, which the handshake yields (RFC 5764 §4.2). */
export interface MasterKey {
  /** 16 bytes. */
  readonly key: Buffer
  /** 14 bytes. */
  readonly salt: Buffer
}

/** In bytes, for AES_CM_128_HMAC_SHA1_80, which every browser supports (RFC 8827 §6.5). */
export const keySizes = { key: 16, salt: 14 }
