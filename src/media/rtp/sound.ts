/** 8,000 samples per second, encoded once and shared by all listeners (G.711, RFC 3551 §4.5.14). */
export interface Sound {
  readonly pcmu: Uint8Array<SharedArrayBuffer>
  readonly pcma: Uint8Array<SharedArrayBuffer>
}
