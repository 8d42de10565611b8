import type { Note } from './notes.js'

/** The report of an import as an admin reads it. */
export interface ImportReport {
  /** The product from which the config comes, such as `Lync`. */
  readonly from: string
  readonly to: string
  readonly dryRun: boolean
  readonly files: readonly string[]
  readonly taken: Readonly<Record<string, readonly string[]>>
  readonly changed: readonly Note[]
  readonly notPossible: readonly Note[]
  /** Notes that are not shown, because there are too many. */
  readonly notShown: number
}

/** The lines of the report. */
export function reportLines({ from, to, dryRun, files, taken, changed, notPossible, notShown }: ImportReport): readonly string[] {
  const kinds = Object.entries(taken).filter(([, names]) => names.length > 0)
  const width = Math.max(0, ...kinds.map(([kind]) => kind.length))
  const counts = kinds.map(([kind, names]) => `  ${kind.padEnd(width)}  ${String(names.length).padStart(4)}  ${shortList(names)}`)
  return [
    `Taken over from ${from}`,
    ...counts,
    ...section(`Changed (${changed.length})`, changed, 'because'),
    ...section(`Not possible (${notPossible.length})`, notPossible, 'to do'),
    ...(notShown > 0 ? [`  … and ${notShown} more`] : []),
    '',
    dryRun ? `Nothing is written. Without --dry-run, ${to} would have ${files.join(', ')}` : `${to} has ${files.join(', ')}`,
  ]
}

/** In characters: a list that is longer is cut. */
const longestList = 100

function shortList(names: readonly string[]): string {
  let line = ''
  for (const [index, name] of names.entries()) {
    if (line.length + name.length > longestList) return `${line}, … (${names.length - index} more)`.replace(/^, /, '')
    line = line === '' ? name : `${line}, ${name}`
  }
  return line
}

const section = (head: string, notes: readonly Note[], word: string): string[] =>
  notes.length === 0 ? [] : ['', head, ...notes.flatMap(note => [`  ${subject(note)}${note.what}`, `    ${word}: ${note.then}`])]

function subject({ of, name, field }: Note): string {
  if (of === 'site') return ''
  return `${of} '${name}'${field === undefined ? '' : `, ${field}`}: `
}
