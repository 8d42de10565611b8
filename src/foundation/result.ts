/** Expected failures are values, never exceptions (docs/style.md, errors). */
export type Result<T, F = string> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: F }

/** Something inside Carillon is wrong. Our own code throws nothing else. */
export class OurBug extends Error {
  override readonly name = 'OurBug'
}

export const ok = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value })

export const fault = <F>(why: F): { readonly ok: false; readonly fault: F } => ({ ok: false, fault: why })
