/** Rows as plain text in aligned columns, with the heads in the first line. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map(row => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  return [line(heads), ...rows.map(line)].join('\n')
}

/** Date and time where the command runs, such as `2026-11-30 08:05:09`. */
export function localTime(moment: string): string {
  const date = new Date(moment)
  const [day = '', time = ''] = new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().split('T')
  return `${day} ${time.slice(0, 8)}`
}
