import type { CallId } from '../routing/world/ids.js'
import type { CallRecord } from './port.js'
import { rowOf } from './sqlite-records.js'

/** What may wait for a store that can't be written, in characters: about 50,000 calls. More are lost and counted. */
const mostWaiting = 32 * 1024 * 1024

/** Records on their way to the disk, each as the text of its row: smaller in memory than what it is made of. */
export class PendingRecords {
  readonly #rows = new Map<CallId, string>()
  #size = 0
  #lost = 0

  constructor(private readonly most = mostWaiting) {}

  get waiting(): number {
    return this.#rows.size
  }

  add(record: CallRecord): void {
    const row = rowOf(record)
    const known = this.#rows.get(record.call)?.length ?? 0
    if (this.#size - known + row.length > this.most) {
      this.#lost += 1
      return
    }
    this.#size += row.length - known
    this.#rows.set(record.call, row)
  }

  /** The first of those that wait, which stay until they are `written`. */
  batch(most: number): readonly (readonly [CallId, string])[] {
    const batch: (readonly [CallId, string])[] = []
    for (const each of this.#rows) {
      if (batch.length >= most) break
      batch.push(each)
    }
    return batch
  }

  written(batch: readonly (readonly [CallId, string])[]): void {
    for (const [call, row] of batch) {
      // A record that was saved again meanwhile still has to be written.
      if (this.#rows.get(call) !== row) continue
      this.#rows.delete(call)
      this.#size -= row.length
    }
  }

  /** How many were lost since this was asked last. */
  takeLost(): number {
    const lost = this.#lost
    this.#lost = 0
    return lost
  }
}
