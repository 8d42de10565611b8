import { numberKey, workflowNumberForm } from '../../config/numbers.js'
import type { Written } from '../imported.js'
import { Names, slugOf } from '../texts.js'
import type { QueueValues } from './values.js'

/** A queue as callers dial it. */
interface Line {
  readonly values: QueueValues
  /** Its name on the PBX. */
  readonly old: string
  /** The numbers of the dialplan. Undefined: there is no dialplan in the export. */
  readonly numbers: readonly string[] | undefined
  /** Whether the PBX is FreePBX, where the name of a queue is its number. */
  readonly isFreepbx: boolean
}

/** Makes a workflow for each queue, and remembers numbers, because no two workflows may have the same. */
export class Workflows {
  readonly #keys = new Set<string>()
  readonly #users = new Names()

  constructor(
    private readonly domain: string,
    /** The folder of each class of music. */
    private readonly music: ReadonlyMap<string, string>,
  ) {}

  one(line: Line): Written {
    const { name } = line.values
    const number = this.#numberOf(line)
    const user = number ?? this.#userFor(name)
    this.#keys.add(numberKey(user))
    this.#musicOf(line.values)
    return { name, fields: { name, uri: `sip:${user}@${this.domain}`, number, type: 'huntGroup', queue: name } }
  }

  /** The number of the dialplan, or a name that is a number. */
  #numberOf({ values: { name, notes }, old, numbers = [], isFreepbx }: Line): string | undefined {
    const wanted = [...numbers, ...(workflowNumberForm.test(old) ? [old] : [])]
    const [first, ...others] = [...new Map(wanted.map(each => [numberKey(each), each])).values()].filter(
      each => !this.#keys.has(numberKey(each)),
    )
    if (first === undefined) {
      const what =
        wanted.length > 0 ? `another workflow has the number ${wanted.join(', ')}, too` : 'the export names no number for it'
      notes.lost('workflow', name, 'number', what, 'write the number that callers dial')
      return undefined
    }
    if (numbers.length === 0 && !isFreepbx)
      notes.changed(
        'workflow',
        name,
        'number',
        `the number is ${first}`,
        'no dialplan names one, and the name of the queue is a number',
      )
    for (const other of others.filter(each => each !== old))
      notes.lost(
        'workflow',
        name,
        'number',
        `${other} led to this queue, too`,
        'add a workflow with this number and the same queue',
      )
    return first
  }

  /** Begins with letters, so that it is never the number of another queue. */
  #userFor(name: string): string {
    const slug = slugOf(name, 'queue')
    return this.#users.free(/^[a-z]/.test(slug) ? slug : `queue-${slug}`, (taken, index) => `${taken}-${index}`)
  }

  #musicOf(values: QueueValues): void {
    const music = values.text('musicclass') ?? values.text('musiconhold') ?? values.text('music')
    if (music === undefined || music === 'default') return
    const { name, notes } = values
    const folder = this.music.get(music)
    notes.lost(
      ...(['workflow', name, 'musicOnHold', `the music class '${music}' is left out`] as const),
      `copy one of its files${folder === undefined ? '' : ` (${folder})`} to prompts/ as WAV, and name it here`,
    )
  }
}
