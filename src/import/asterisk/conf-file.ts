import { fault, ok, type Result } from '../../foundation/result.js'
import type { Notes } from '../notes.js'
import type { ImportSource } from '../source.js'
import { conf, type Section } from './sections.js'

/** The most files that are read for one file. It also ends files that include each other. */
const mostFiles = 64
/** In bytes, of all these files together. */
const mostBytes = 8 * 1_024 * 1_024

/** Reads a file and the files that it includes. Only files of the export are ever included. A fault is a sentence. */
export async function readConf(source: ImportSource, name: string, notes: Notes): Promise<Result<readonly Section[]>> {
  const files = new Files(source, name, notes)
  const why = await files.look(name)
  return why === undefined ? conf(files.lines, name, notes) : fault(why)
}

/** The lines of a file, with those of the included files in their place. */
class Files {
  readonly lines: string[] = []
  readonly #home: string
  #files = 0
  #bytes = 0

  constructor(
    private readonly source: ImportSource,
    private readonly first: string,
    private readonly notes: Notes,
  ) {
    this.#home = first.slice(0, first.lastIndexOf('/') + 1)
  }

  /** Why the file can't be read. */
  async look(name: string): Promise<string | undefined> {
    const text = await this.#text(name)
    if (!text.ok) return text.fault
    for (const line of withoutComments(text.value)) {
      const [, word, target = ''] = /^#([a-z]{1,12})\s+["<]?([^">]*)/i.exec(line) ?? []
      if (word === undefined) this.lines.push(line)
      else {
        const why = await this.#follow(word.toLowerCase(), target.trim())
        if (why !== undefined) return why
      }
    }
    return undefined
  }

  async #text(name: string): Promise<Result<string>> {
    this.#files += 1
    if (this.#files > mostFiles) return fault(`${this.first} includes more than ${mostFiles} files, or files include each other`)
    const read = await this.source.read(name)
    if (!read.ok) return fault(`${name} ${read.fault}`)
    this.#bytes += read.value.length
    if (this.#bytes > mostBytes) return fault(`${this.first} and the files in it are too large to be a config of Asterisk`)
    return ok(read.value.toString('utf8'))
  }

  async #follow(word: string, target: string): Promise<string | undefined> {
    if (word !== 'include' && word !== 'tryinclude') {
      this.#leaveOut(word === 'exec' ? `'#exec ${target}' runs a program, which an import never does` : `'#${word}' is not known`)
      return undefined
    }
    const found = included(this.source.names, this.#home, target)
    if (found.length === 0) this.#leaveOut(`'#${word} ${target}' in ${this.first} names no file of the export`)
    for (const each of found) {
      const why = await this.look(each)
      if (why !== undefined) return why
    }
    return undefined
  }

  #leaveOut(what: string): void {
    const remedy = 'if it exists on the PBX, copy it into the folder, and give the folder as SOURCE; or write by hand what it has'
    this.notes.lost('site', '', undefined, what, remedy)
  }
}

/** The files of the export that an include names. Names begin at the folder of the first file. One `*` stands for any letters. */
function included(names: readonly string[], home: string, target: string): readonly string[] {
  const wanted = `${home}${target.replace(/^\/etc\/asterisk\//, '')}`
  const [head = '', tail] = wanted.split('*', 2)
  if (tail === undefined) return names.includes(wanted) ? [wanted] : []
  return names.filter(
    name =>
      name.length >= head.length + tail.length &&
      name.startsWith(head) &&
      name.endsWith(tail) &&
      !name.slice(head.length).includes('/'),
  )
}

/** The lines that have something else than a comment. A comment is `; …` to the end of the line, or `;-- … --;` over several lines. */
function withoutComments(text: string): readonly string[] {
  const lines: string[] = []
  let isInside = false
  for (const raw of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    const [kept, goesOn] = uncommented(raw, isInside)
    isInside = goesOn
    if (kept.trim() !== '') lines.push(kept.trim())
  }
  return lines
}

/** What a line has outside comments, and whether a comment goes on in the next line. */
function uncommented(raw: string, wasInside: boolean): readonly [string, boolean] {
  let [kept, at, isInside] = ['', 0, wasInside]
  while (at < raw.length) {
    const mark = raw.indexOf(isInside ? '--;' : ';', at)
    if (!isInside) kept += raw.slice(at, mark < 0 ? undefined : mark)
    if (mark < 0) break
    if (isInside) [isInside, at] = [false, mark + 3]
    else if (raw[mark - 1] === '\\') [kept, at] = [`${kept.slice(0, -1)};`, mark + 1]
    else if (raw.startsWith(';--', mark) && raw[mark + 3] !== '-') [isInside, at] = [true, mark + 3]
    else break
  }
  return [kept, isInside]
}
