/** The kinds of things that an import makes. `site`: the whole. */
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

/** The most notes that are kept. An export with more has the same fault again and again. */
const mostNotes = 5_000
/** In characters. */
const longestPart = 400

/** Collects the notes of an import. Texts of the export in them are cut and have no control characters. */
export class Notes {
  readonly #all: Note[] = []
  #left = 0

  get all(): readonly Note[] {
    return this.#all
  }

  /** How many notes were not kept. */
  get left(): number {
    return this.#left
  }

  changed(of: Subject, name: string, field: string | undefined, what: string, why: string): void {
    this.#add('changed', of, name, field, what, why)
  }

  lost(of: Subject, name: string, field: string | undefined, what: string, remedy: string): void {
    this.#add('notPossible', of, name, field, what, remedy)
  }

  /** The notes about one thing. */
  about(of: Subject, name: string): readonly Note[] {
    return this.#all.filter(note => note.of === of && note.name === name)
  }

  #add(kind: Note['kind'], of: Subject, name: string, field: string | undefined, what: string, then: string): void {
    if (this.#all.length === mostNotes) {
      this.#left += 1
      return
    }
    this.#all.push({
      kind,
      of,
      name: oneLine(name),
      ...(field !== undefined && { field }),
      what: oneLine(what),
      then: oneLine(then),
    })
  }
}

/** Text of an export on one line, without control characters and characters that turn the direction of a line. */
export const oneLine = (text: string): string =>
  text
    .slice(0, longestPart)
    .replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, ' ')
    .trim()
