/** The kinds of things that an import makes. `site`: the whole site. */
export type Subject = 'agent' | 'group' | 'queue' | 'workflow' | 'hours' | 'holidays' | 'sound' | 'site'

/** What an admin should know about one thing. */
export interface Note {
  /** `changed`: Carillon does it in another way. `notPossible`: an admin must do something. */
  readonly kind: 'changed' | 'notPossible'
  readonly of: Subject
  readonly name: string
  /** The key of the config that it concerns. Absent: the whole thing. */
  readonly field?: string
  /** What it was and what it is now. */
  readonly what: string
  /** Why it was changed, or what the admin can do. */
  readonly then: string
}

/** The most notes that are kept. An export with more has the same fault many times. */
const mostNotes = 5_000
/** In characters, for each text of a note. */
const longestPart = 400

/** Collects the notes of an import. Texts of the export in them are cut and have no control characters. */
export class Notes {
  readonly #all: Note[] = []
  readonly #byThing = new Map<string, Note[]>()
  #left = 0

  get all(): readonly Note[] {
    return this.#all
  }

  /** How many notes were not kept. */
  get left(): number {
    return this.#left
  }

  changed(of: Subject, name: string, field: string | undefined, what: string, why: string): void {
    this.#add({ kind: 'changed', of, name, ...(field !== undefined && { field }), what, then: why })
  }

  lost(of: Subject, name: string, field: string | undefined, what: string, remedy: string): void {
    this.#add({ kind: 'notPossible', of, name, ...(field !== undefined && { field }), what, then: remedy })
  }

  /** The notes about one thing. */
  about(of: Subject, name: string): readonly Note[] {
    return this.#byThing.get(`${of} ${oneLine(name)}`) ?? []
  }

  #add(given: Note): void {
    if (this.#all.length === mostNotes) {
      this.#left += 1
      return
    }
    const note = { ...given, name: oneLine(given.name), what: oneLine(given.what), then: oneLine(given.then) }
    this.#all.push(note)
    const key = `${note.of} ${note.name}`
    const before = this.#byThing.get(key)
    if (before) before.push(note)
    else this.#byThing.set(key, [note])
  }
}

/** Text of an export on one line: cut, and without control characters and characters that change the direction of text. */
export const oneLine = (text: string): string => plain(text.slice(0, longestPart)).trim()

/** Text without control characters and characters that change the direction of text. */
export const plain = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, ' ')
