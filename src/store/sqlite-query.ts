/** A statement that reads, and the values for its `?`. */
export interface Query {
  readonly sql: string
  readonly values: readonly Value[]
}

export type Value = string | number

/** A part of a query. */
export const part = (sql: string, ...values: readonly Value[]): Query => ({ sql, values })

/** `column` is one of these texts. An empty list matches nothing. */
export const oneOf = (column: string, texts: readonly string[]): Query =>
  part(`${column} IN (${texts.map(() => '?').join(', ')})`, ...texts)

/** The condition that all hold, in parentheses. */
export const allOf = (conditions: readonly Query[]): Query =>
  part(`(${conditions.map(({ sql }) => sql).join(' AND ') || '1'})`, ...conditions.flatMap(({ values }) => values))

/** The WHERE clause in which all conditions hold; empty without any. */
export function whereAll(conditions: readonly Query[]): Query {
  if (conditions.length === 0) return part('')
  return part(` WHERE ${conditions.map(({ sql }) => sql).join(' AND ')}`, ...conditions.flatMap(({ values }) => values))
}
