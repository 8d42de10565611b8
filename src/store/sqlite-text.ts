const special = /[\0']/

/** A string literal of SQLite, where the quote is the only character with a meaning; NUL would end the text. */
export const quoted = (text: string): string =>
  special.test(text) ? `'${text.replaceAll('\0', '').replaceAll("'", "''")}'` : `'${text}'`
