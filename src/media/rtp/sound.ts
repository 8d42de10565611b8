/** 8,000 samples a second, encoded once and shared by all who hear it (G.711, RFC 3551 §4.5.14). */
export interface Sound {
  readonly pcmu: Uint8Array<SharedArrayBuffer>
  readonly pcma: Uint8Array<SharedArrayBuffer>
}
