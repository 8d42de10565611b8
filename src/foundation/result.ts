/** Expected failures are values, never exceptions (docs/style.md, errors). */
export type Result<T, F = string> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: F }

/** An internal error of Carillon. Our own code throws no other errors. */
export class OurBug extends Error {
  override readonly name = 'OurBug'
}

export const ok = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value })

export const fault = <F>(why: F): { readonly ok: false; readonly fault: F } => ({ ok: false, fault: why })
