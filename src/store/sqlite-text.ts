/** A string literal of SQLite, where the quote is the only character with a meaning; NUL would end the text. */
export const quoted = (text: string): string =>
  text.includes("'") || text.includes('\0') ? `'${text.replaceAll('\0', '').replaceAll("'", "''")}'` : `'${text}'`

/** A value as a literal; absent: NULL. */
export function literal(value: string | number | undefined): string {
  if (value === undefined) return 'NULL'
  return typeof value === 'number' ? String(value) : quoted(value)
}

/** `column` is one of these texts; of no text, nothing is. */
export const oneOf = (column: string, texts: readonly string[]): string => `${column} IN (${texts.map(quoted).join(', ')})`
