import { noColours, toneOf, type Paint } from './colours.js'

/** Rows as plain text in aligned columns, with the heads in the first line. Words that stand for a state get its colour. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[], paint: Paint = noColours): string {
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map(row => row[column]?.length ?? 0)))
  const line = (cells: readonly string[], painted: Paint): string => {
    const last = cells.findLastIndex(cell => cell !== '')
    // Colours have no width on the screen, so they are added to the padded cell.
    const parts = cells.slice(0, last + 1).map((cell, column) => {
      const padded = column === last ? cell : cell.padEnd(widths[column] ?? 0)
      const tone = toneOf(cell)
      return tone === undefined ? padded : painted(tone, padded)
    })
    return parts.join('  ')
  }
  return [paint('head', line(heads, noColours)), ...rows.map(row => line(row, paint))].join('\n')
}

/** The local date and time, such as `2026-11-30 08:05:09`. */
export function localTime(moment: string): string {
  const date = new Date(moment)
  const [day = '', time = ''] = new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().split('T')
  return `${day} ${time.slice(0, 8)}`
}
