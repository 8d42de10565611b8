/** A SQLite string literal. The quote is its only special character. NUL would end the text, so it is removed. */
export const quoted = (text: string): string =>
  text.includes("'") || text.includes('\0') ? `'${text.replaceAll('\0', '').replaceAll("'", "''")}'` : `'${text}'`

/** A value as a literal. Undefined becomes NULL. */
export function literal(value: string | number | undefined): string {
  if (value === undefined) return 'NULL'
  return typeof value === 'number' ? String(value) : quoted(value)
}

/** A condition: `column` is one of these texts. An empty list matches nothing. */
export const oneOf = (column: string, texts: readonly string[]): string => `${column} IN (${texts.map(quoted).join(', ')})`
