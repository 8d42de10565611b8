/** A statement, and the values for its `?`. */
export interface Query {
  readonly sql: string
  readonly values: readonly Value[]
}

/** A value for SQLite. Null is NULL. */
export type Value = string | number | null

/** A statement, or a part of one. */
export const part = (sql: string, ...values: readonly Value[]): Query => ({ sql, values })

/** The condition that `column` is one of these texts. An empty list matches nothing. */
export const oneOf = (column: string, texts: readonly string[]): Query =>
  part(`${column} IN (${texts.map(() => '?').join(', ')})`, ...texts)

/** SQLite allows 32,766 values in a statement. Our rows have nine at most. */
const rowsPerStatement = 1_000

/** Statements that write all rows, which have the same columns: `into` is such as `INSERT INTO table`. */
export function insertAll(into: string, rows: readonly (readonly Value[])[]): readonly Query[] {
  const statements: Query[] = []
  for (let from = 0; from < rows.length; from += rowsPerStatement) {
    const some = rows.slice(from, from + rowsPerStatement)
    const columns = some[0]?.length ?? 0
    const places = `, (${', ?'.repeat(columns).slice(2)})`.repeat(some.length).slice(2)
    statements.push({ sql: `${into} VALUES ${places}`, values: some.flat() })
  }
  return statements
}

/** The condition that all hold, in parentheses. */
export const allOf = (conditions: readonly Query[]): Query =>
  part(`(${conditions.map(({ sql }) => sql).join(' AND ') || '1'})`, ...conditions.flatMap(({ values }) => values))

/** The WHERE clause in which all conditions hold. Empty if there is no condition. */
export function whereAll(conditions: readonly Query[]): Query {
  if (conditions.length === 0) return part('')
  return part(` WHERE ${conditions.map(({ sql }) => sql).join(' AND ')}`, ...conditions.flatMap(({ values }) => values))
}
