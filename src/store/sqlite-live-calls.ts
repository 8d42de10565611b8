import type { CallId } from '../routing/ids.js'
import type { KeptLiveCall } from './port.js'
import { textIn, type Row } from './sqlite-connection.js'
import { quoted } from './sqlite-text.js'

export const liveCallTable = 'CREATE TABLE live_calls (call TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;'

export const selectLiveCalls = 'SELECT call, state FROM live_calls'

export function liveCallOf(row: Row): KeptLiveCall {
  return { call: textIn(row, 'call') as CallId, state: textIn(row, 'state') }
}

/** What is to become of the rows of some calls; undefined: the call is over. */
export type LiveCallBatch = readonly (readonly [CallId, string | undefined])[]

/** What of calls in progress is on its way to the disk. A call that is over before its row was written leaves nothing to write. */
export class PendingLiveCalls {
  readonly #waiting = new Map<CallId, string | undefined>()
  /** Rows that are in the file, or in the batch under way. */
  readonly #there = new Set<CallId>()

  get waiting(): number {
    return this.#waiting.size
  }

  /** Rows that the last process left. */
  loaded(calls: readonly KeptLiveCall[]): void {
    for (const { call } of calls) this.#there.add(call)
  }

  save(call: CallId, state: string): void {
    this.#waiting.set(call, state)
  }

  delete(call: CallId): void {
    if (this.#there.has(call)) this.#waiting.set(call, undefined)
    else this.#waiting.delete(call)
  }

  /** The first of those that wait, which stay until they are `written`. */
  batch(most: number): LiveCallBatch {
    const batch = [...this.#waiting].slice(0, most)
    for (const [call] of batch) this.#there.add(call)
    return batch
  }

  written(batch: LiveCallBatch): void {
    for (const [call, state] of batch) {
      // One that changed meanwhile still has to be written.
      if (this.#waiting.get(call) !== state) continue
      this.#waiting.delete(call)
      if (state === undefined) this.#there.delete(call)
    }
  }
}

/** A statement for all that are saved and one for all that are over: the library's time grows with the square of their number. */
export function writeOf(batch: LiveCallBatch): string {
  const saved = batch.flatMap(([call, state]) => (state === undefined ? [] : [`(${quoted(call)}, ${quoted(state)})`]))
  const over = batch.flatMap(([call, state]) => (state === undefined ? [quoted(call)] : []))
  const insert = saved.length === 0 ? '' : `INSERT OR REPLACE INTO live_calls VALUES ${saved.join(', ')};`
  return over.length === 0 ? insert : `${insert}DELETE FROM live_calls WHERE call IN (${over.join(', ')});`
}
