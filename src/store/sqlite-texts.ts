import { callId } from '../routing/world/ids.js'
import type { KeptState } from './port.js'
import { rowsOf, textIn, type Connection } from './sqlite-connection.js'
import { insertAll, oneOf, part, type Query } from './sqlite-query.js'

/** A table with a key and a text that the store does not interpret. */
interface TextTable {
  readonly name: string
  /** The name of the key column. */
  readonly key: string
}

const liveCalls: TextTable = { name: 'live_calls', key: 'call' }
const registrations: TextTable = { name: 'registrations', key: 'address' }
const choices: TextTable = { name: 'choices', key: 'agent' }
const agents: TextTable = { name: 'agents', key: 'agent' }
const perBatch = 200

const tableOf = ({ name, key }: TextTable): string =>
  `CREATE TABLE ${name} (${key} TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;`

export const liveCallTable = tableOf(liveCalls)
export const registrationTable = tableOf(registrations)
export const choiceTable = tableOf(choices)
export const agentTable = tableOf(agents)

/** Changes of some rows. Text undefined: the row is deleted. */
type TextBatch = readonly (readonly [key: string, text: string | undefined])[]

/** Changes of calls in progress, registrations, agents and their choices that wait for the disk. */
export class Texts {
  readonly liveCalls = new PendingTexts(liveCalls)
  readonly registrations = new PendingTexts(registrations)
  readonly choices = new PendingTexts(choices)
  readonly agents = new PendingTexts(agents)

  get #tables(): readonly PendingTexts[] {
    return [this.liveCalls, this.registrations, this.choices, this.agents]
  }

  get waiting(): number {
    return this.#tables.reduce((sum, { waiting }) => sum + waiting, 0)
  }

  async load(database: Connection): Promise<Pick<KeptState, 'liveCalls' | 'registrations' | 'choices' | 'agents'>> {
    const [calls, phones] = [await this.liveCalls.load(database), await this.registrations.load(database)]
    const [chosen, known] = [await this.choices.load(database), await this.agents.load(database)]
    return {
      liveCalls: calls.map(([call, state]) => ({ call: callId(call), state })),
      registrations: phones.map(([address, state]) => ({ address, state })),
      choices: chosen.map(([agent, state]) => ({ agent, state })),
      agents: known.map(([agent, state]) => ({ agent, state })),
    }
  }

  /** The statements for the changes that have waited longest, and a function to call once they are written. */
  batch(): { readonly statements: readonly Query[]; readonly written: () => void } {
    const batches = this.#tables.map(table => [table, table.batch(perBatch)] as const)
    return {
      statements: batches.flatMap(([table, batch]) => table.write(batch)),
      written: () => {
        for (const [table, batch] of batches) table.written(batch)
      },
    }
  }
}

/** Changes of one table that wait for the disk. A row that is deleted before it was ever written needs no statement. */
class PendingTexts {
  readonly #waiting = new Map<string, string | undefined>()
  /** Keys of rows that are in the file, or in the current batch. */
  readonly #there = new Set<string>()

  constructor(private readonly table: TextTable) {}

  get waiting(): number {
    return this.#waiting.size
  }

  /** All rows from the previous process, in any order. */
  async load(database: Connection): Promise<readonly (readonly [key: string, text: string])[]> {
    const { name, key } = this.table
    const rows = await rowsOf(database, part(`SELECT ${key}, state FROM ${name}`))
    const texts = rows.map(row => [textIn(row, key), textIn(row, 'state')] as const)
    for (const [found] of texts) this.#there.add(found)
    return texts
  }

  save(key: string, text: string): void {
    this.#waiting.set(key, text)
  }

  delete(key: string): void {
    if (this.#there.has(key)) this.#waiting.set(key, undefined)
    else this.#waiting.delete(key)
  }

  /** The first waiting changes, at most this many. They stay until `written` is called. */
  batch(most: number): TextBatch {
    const batch: (readonly [key: string, text: string | undefined])[] = []
    for (const change of this.#waiting) {
      if (batch.length === most) break
      batch.push(change)
      this.#there.add(change[0])
    }
    return batch
  }

  written(batch: TextBatch): void {
    for (const [key, text] of batch) {
      // The row changed again meanwhile, so its new value must still be written.
      if (this.#waiting.get(key) !== text) continue
      this.#waiting.delete(key)
      if (text === undefined) this.#there.delete(key)
    }
  }

  /** One statement for all deleted rows and one for all saved ones, in this order: then saved rows take the space of deleted ones. */
  write(batch: TextBatch): readonly Query[] {
    const { name, key: column } = this.table
    const saved: (readonly [key: string, text: string])[] = []
    const over: string[] = []
    for (const [key, text] of batch) {
      if (text === undefined) over.push(key)
      else saved.push([key, text])
    }
    const insert = insertAll(`INSERT OR REPLACE INTO ${name}`, saved)
    if (over.length === 0) return insert
    const { sql, values } = oneOf(column, over)
    return [part(`DELETE FROM ${name} WHERE ${sql}`, ...values), ...insert]
  }
}
