/** A fault or a warning about the config folder, with its place. */
export interface ConfigFault {
  /** Relative to the config folder, with `/`. `.` is the folder itself. */
  readonly file: string
  /** From 1. */
  readonly line: number
  /** From 1. */
  readonly column: number
  /** One sentence: what was expected and what to do. */
  readonly message: string
}

/** Reading stops after this many faults, because nobody works through more. */
export const mostFaults = 1_000

/** `file:line:column: message`. Editors and CI turn this form into a link. */
export function formatFault({ file, line, column, message }: ConfigFault): string {
  return `${file}:${line}:${column}: ${message}`
}

/** Sorts faults by file and then by place, which is the order in which an admin works through them. */
export function inOrder(faults: readonly ConfigFault[]): ConfigFault[] {
  return [...faults].sort(
    (a, b) => compareText(a.file, b.file) || a.line - b.line || a.column - b.column || compareText(a.message, b.message),
  )
}

/** The text `; did you mean 'x'?` with the nearest known word. Empty: no word is near. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const near = nearest(word, known)
  return near === undefined ? '' : `; did you mean '${near}'?`
}

/** The known word with the smallest edit distance. Undefined: no distance is small for the length of the word. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  if (word.length > longestWord) return undefined
  const lower = word.toLowerCase()
  let best: string | undefined
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1
  for (const candidate of known) {
    if (Math.abs(candidate.length - word.length) >= bestDistance || candidate === word) continue
    const distance = editDistance(lower, candidate.toLowerCase())
    if (distance >= bestDistance || distance >= Math.max(candidate.length, word.length)) continue
    best = candidate
    bestDistance = distance
  }
  return best
}

/** In characters. Longer words are not compared, because the cost is the product of both lengths. */
const longestWord = 200

/** The number of insertions, deletions, replacements and swaps of neighbours between two words (Damerau, optimal alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      let least = Math.min(cell(last, column) + 1, cell(current, column - 1) + 1, cell(last, column - 1) + (same ? 0 : 1))
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      if (swapped) least = Math.min(least, cell(beforeLast, column - 2) + 1)
      current.push(least)
    }
    beforeLast = last
    last = current
  }
  return cell(last, b.length)
}

const cell = (row: readonly number[], column: number): number => row[column] ?? Infinity

/** Compares by code unit, so that the order does not depend on the locale of the machine. */
const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
