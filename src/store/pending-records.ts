import type { CallId } from '../routing/world/ids.js'
import type { CallRecord } from './port.js'
import { rowOf } from './sqlite-records.js'

/** How many characters may wait for a store that can't be written: about 50,000 calls. Further records are lost and counted. */
const mostWaiting = 32 * 1024 * 1024

/** Records that wait for the disk, each as the text of its row, which takes less memory than the object. */
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

  /** The first waiting records. They stay until `written` is called. */
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
      // The record was saved again meanwhile, so its new version must still be written.
      if (this.#rows.get(call) !== row) continue
      this.#rows.delete(call)
      this.#size -= row.length
    }
  }

  /** How many records were lost since the last call. */
  takeLost(): number {
    const lost = this.#lost
    this.#lost = 0
    return lost
  }
}
