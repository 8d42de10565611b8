import { block } from '../config/edit/rendering.js'

/** One entry of a list in the config, such as a queue. */
export interface Entry {
  /** The keys in the order in which they are written. Keys without a value are left out. */
  readonly fields: Readonly<Record<string, unknown>>
  /** What an admin should know about this entry. A remark about a key is written before it, and others before the entry. */
  readonly remarks: readonly { readonly field: string | undefined; readonly words: string }[]
}

/** The text of a file with one list. `head` explains the file. */
export function listFile(head: readonly string[], list: string, entries: readonly Entry[]): string {
  const top = comments(head, 0)
  // An empty list would be a value. A file with only comments is as good, and shows where entries belong.
  return entries.length === 0 ? top : `${top}${list}:\n${entries.map(entryText).join('')}`
}

/** A section such as `sip`, with a comment before each key that has one. */
export function sectionText(
  section: string,
  fields: Readonly<Record<string, unknown>>,
  remarks: Readonly<Record<string, string>>,
): string {
  const lines = Object.entries(fields).map(([key, value]) => {
    const remark = remarks[key]
    return `${remark === undefined ? '' : comments([remark], 2)}  ${key}:${block(value, undefined, 4, '\n', 'key')}\n`
  })
  return `${section}:\n${lines.join('')}`
}

function entryText({ fields, remarks }: Entry): string {
  const keys = Object.entries(fields).filter(([, value]) => value !== undefined)
  const own = remarks
    .filter(({ field }) => !keys.some(([key]) => key === field))
    .map(({ field, words }) => withField(words, field))
  const lines = keys.map(([key, value], index) => {
    const about = remarks.filter(({ field }) => field === key).map(({ words }) => words)
    // The dash stands before the first key, so its comments stand before the dash.
    if (index === 0) return `${comments(about, 2)}  - ${key}:${block(value, undefined, 6, '\n', 'key')}\n`
    return `${comments(about, 4)}    ${key}:${block(value, undefined, 6, '\n', 'key')}\n`
  })
  return `${comments(own, 2)}${lines.join('')}`
}

/** `TODO: …` about a key that the entry does not have becomes `TODO (key): …`. */
const withField = (words: string, field: string | undefined): string =>
  field === undefined ? words : words.replace(/^(\w+): /, `$1 (${field}): `)

/** In characters of a comment line. */
const longestComment = 140

/** Comment lines. A long remark takes several lines. */
export const comments = (remarks: readonly string[], indent: number): string =>
  remarks
    .flatMap(remark => wrapped(remark))
    .map(line => `${' '.repeat(indent)}# ${line}`.trimEnd() + '\n')
    .join('')

function wrapped(text: string): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.replace(/\p{Cc}/gu, ' ').split(' ')) {
    if (line !== '' && line.length + word.length >= longestComment) {
      lines.push(line)
      line = ''
    }
    line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
