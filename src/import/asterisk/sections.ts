import { fault, ok, type Result } from '../../foundation/result.js'
import type { Notes } from '../notes.js'

/** A section of a file in Asterisk's format, with the settings of its templates before its own. Sections may have the same name. */
export interface Section {
  readonly name: string
  readonly settings: readonly Setting[]
}

/** `key = value` or `key => value`. The key is in lower case. */
export interface Setting {
  readonly key: string
  readonly value: string
}

/** In settings, after templates were copied. Templates of templates may multiply. */
const mostSettings = 200_000

interface Draft {
  readonly name: string
  isTemplate: boolean
  readonly settings: Setting[]
  /** The place of the last setting of each key. */
  readonly last: Map<string, number>
}

/** The sections that are not templates, in their order. `file` is for notes. */
export function conf(lines: readonly string[], file: string, notes: Notes): Result<readonly Section[]> {
  const sections = new Sections(file, notes)
  for (const line of lines) {
    sections.take(line)
    if (sections.count > mostSettings)
      return fault(`${file} has more than ${mostSettings} settings after its templates were copied`)
  }
  return ok(sections.all)
}

class Sections {
  /** Settings, each counted at each place. */
  count = 0
  readonly #drafts: Draft[] = []
  /** The last section of each name. */
  readonly #byName = new Map<string, Draft>()
  #current: Draft | undefined

  constructor(
    private readonly file: string,
    private readonly notes: Notes,
  ) {}

  get all(): readonly Section[] {
    return this.#drafts.filter(({ isTemplate }) => !isTemplate)
  }

  take(line: string): void {
    const [, name, options = ''] = /^\[([^\]]*)\](?:\(([^)]*)\))?/.exec(line) ?? []
    if (name !== undefined) this.#current = this.#opened(name.trim(), options.split(','))
    else if (this.#current) this.#set(this.#current, line)
    else this.#doubt(`the line '${line}' stands before the first section`, 'it is left out, as Asterisk does')
  }

  /** `[name]`, `[name](!)` for a template, `[name](template)`, or `[name](+)` to go on with a section. Templates stand before their use, so there are no rings. */
  #opened(name: string, options: readonly string[]): Draft {
    const words = new Set(options.map(option => option.trim()).filter(option => option !== ''))
    const draft = this.#draftOf(name, words.has('+'))
    if (words.has('!')) draft.isTemplate = true
    for (const word of words) {
      if (word === '!' || word === '+') continue
      const template = this.#byName.get(word)
      if (!template || template === draft) {
        this.#doubt(`[${name}] uses the template '${word}', which is not before it`, 'the section has only its own settings')
        continue
      }
      for (const setting of template.settings) this.#push(draft, setting)
    }
    this.#byName.set(name, draft)
    return draft
  }

  #draftOf(name: string, goesOn: boolean): Draft {
    const before = this.#byName.get(name)
    if (goesOn && before) return before
    if (goesOn) this.#doubt(`[${name}](+) goes on with a section that is not before it`, 'it is read as a new section')
    const draft = { name, isTemplate: false, settings: [], last: new Map() }
    this.#drafts.push(draft)
    return draft
  }

  /** `key += value` adds to the last value of the key. */
  #set(draft: Draft, line: string): void {
    const [first = '', ...rest] = line.split('=')
    const adds = rest.length > 0 && first.endsWith('+')
    const key = (adds ? first.slice(0, -1) : first).trim().toLowerCase()
    const value = rest.join('=').replace(/^>/, '').trim()
    const place = adds ? draft.last.get(key) : undefined
    if (place === undefined) this.#push(draft, { key, value })
    else draft.settings[place] = { key, value: `${draft.settings[place]?.value ?? ''}${value}` }
  }

  #push({ settings, last }: Draft, setting: Setting): void {
    last.set(setting.key, settings.length)
    settings.push(setting)
    this.count += 1
  }

  #doubt(what: string, why: string): void {
    this.notes.changed('site', '', undefined, `${this.file}: ${what}`, why)
  }
}
