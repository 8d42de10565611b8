/**
 * Values written into the text of a statement. Only writes need this: the library runs a text on its own thread, but a statement with
 * bound values on ours, which must not wait for the disk (docs/decisions/063).
 */

/** A SQLite string literal. The quote is its only special character. NUL would end the text, so it is removed. */
export const quoted = (text: string): string =>
  text.includes("'") || text.includes('\0') ? `'${text.replaceAll('\0', '').replaceAll("'", "''")}'` : `'${text}'`

/** A value as a literal. Undefined becomes NULL. */
export function literal(value: string | number | undefined): string {
  if (value === undefined) return 'NULL'
  return typeof value === 'number' ? String(value) : quoted(value)
}
