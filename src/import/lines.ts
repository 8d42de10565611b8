import { numberKey, workflowNumberForm } from '../config/numbers.js'
import type { Written } from './imported.js'
import type { Notes } from './notes.js'
import { Names, slugOf } from './texts.js'

/** A queue as callers dial it. */
interface Line {
  /** The name of the queue here. */
  readonly name: string
  /** Its name in the old product, which may be its number. */
  readonly old: string
  /** The numbers that lead to it, as far as the export says. */
  readonly numbers: readonly string[]
  /** Whether the old product calls queues by their numbers, so that the name needs no note. */
  readonly isNumbered: boolean
}

/** Makes a workflow for each queue, and remembers numbers, because no two workflows may have the same. */
export class Lines {
  readonly #keys = new Set<string>()
  readonly #users = new Names()

  constructor(
    private readonly domain: string,
    private readonly notes: Notes,
  ) {}

  one(line: Line): Written {
    const { name } = line
    const number = this.#numberOf(line)
    const user = number ?? this.#userFor(name)
    this.#keys.add(numberKey(user))
    return { name, fields: { name, uri: `sip:${user}@${this.domain}`, number, type: 'huntGroup', queue: name } }
  }

  /** The number that the export says, or a name that is a number. */
  #numberOf({ name, old, numbers, isNumbered }: Line): string | undefined {
    const wanted = [...numbers, ...(workflowNumberForm.test(old) ? [old] : [])]
    const [first, ...others] = [...new Map(wanted.map(each => [numberKey(each), each])).values()].filter(
      each => !this.#keys.has(numberKey(each)),
    )
    if (first === undefined) {
      const what =
        wanted.length > 0
          ? `another workflow has the number ${wanted.slice(0, 5).join(', ')}, too`
          : 'the export names no number for it'
      this.notes.lost('workflow', name, 'number', what, 'write the number that callers dial')
      return undefined
    }
    const why = 'no dialplan names one, and the name of the queue is a number'
    if (numbers.length === 0 && !isNumbered) this.notes.changed('workflow', name, 'number', `the number is ${first}`, why)
    const remedy = 'add a workflow with this number and the same queue'
    for (const other of others.filter(each => each !== old))
      this.notes.lost('workflow', name, 'number', `${other} led to this queue, too`, remedy)
    return first
  }

  /** Begins with letters, so that it is never the number of another queue. */
  #userFor(name: string): string {
    const slug = slugOf(name, 'queue')
    return this.#users.free(/^[a-z]/.test(slug) ? slug : `queue-${slug}`, (taken, index) => `${taken}-${index}`)
  }
}
