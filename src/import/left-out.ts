import type { Notes } from './notes.js'

/** What is known of settings that become nothing in the config. */
export interface KnownSettings {
  /** Whether a value means what Carillon does in any case, or nothing at all. */
  isHarmless(key: string, value: string): boolean
  /** Why an admin need do nothing about a setting. */
  readonly changed: Readonly<Record<string, string>>
  /** What an admin can do about a setting. */
  readonly remedies: Readonly<Record<string, string>>
}

/** Writes notes about settings that are left out. A setting that needs nothing from the admin has one note for all queues. */
export class LeftOut {
  readonly #once = new Map<string, { readonly why: string; readonly queues: Set<string> }>()

  constructor(
    private readonly known: KnownSettings,
    private readonly notes: Notes,
  ) {}

  /** `queue`: undefined for a setting of the whole site. */
  take(key: string, value: string, queue: string | undefined): void {
    const { changed, remedies } = this.known
    if (this.known.isHarmless(key, value)) return
    const why = Object.hasOwn(changed, key) ? changed[key] : undefined
    if (why !== undefined) return this.once(`${key} = ${value}`, why, queue)
    const known = Object.hasOwn(remedies, key) ? remedies[key] : undefined
    const remedy = known ?? 'Carillon has nothing like it; do it on the PBX if you need it'
    const what = `${key} = ${value} is left out`
    if (queue === undefined) this.notes.lost('site', '', undefined, what, remedy)
    else this.notes.lost('queue', queue, undefined, what, remedy)
  }

  /** Remembers a setting that needs nothing from the admin. */
  once(text: string, why: string, queue: string | undefined): void {
    const before = this.#once.get(text) ?? { why, queues: new Set<string>() }
    if (queue !== undefined) before.queues.add(queue)
    this.#once.set(text, before)
  }

  /** Writes the notes about settings that several queues may have. */
  end(): void {
    for (const [text, { why, queues }] of this.#once) {
      const names = [...queues]
      const list = names.slice(0, 5).join(', ')
      const where = names.length === 0 ? '' : ` (${names.length > 5 ? `${list} and ${names.length - 5} more` : list})`
      this.notes.changed('site', '', undefined, `${text} is left out${where}`, why)
    }
  }
}
