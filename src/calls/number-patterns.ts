/** Telephone numbers, and the patterns of the config that allow some of them. */

/** Without visual separators (RFC 3966 §5.1.1). */
export const plainNumber = (text: string): string => text.replace(/[-.() ]/g, '')

/** `text`: without separators. */
export const isNumber = (text: string): boolean => /^\+?\d+$/.test(text)

/** `?` is one digit, `*` at the end any number of digits. A plus matters: `00…` and `+…` are different numbers. */
export const patternOf = (pattern: string): RegExp =>
  new RegExp(`^${pattern.replace('+', '\\+').replaceAll('?', '\\d').replace(/\*$/, '\\d*')}$`)
