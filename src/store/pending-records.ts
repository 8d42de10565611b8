import type { Instant } from '../foundation/time.js'
import type { CallId } from '../routing/world/ids.js'
import type { CallRecord } from './port.js'

/** How many characters may wait for a store that can't be written: about 50,000 calls. Further records are lost and counted. */
const mostWaiting = 32 * 1024 * 1024

/** A record as texts, which take less memory than the object. */
interface Sized {
  /** In characters. */
  readonly size: number
}

/** Records that wait for the store. They come with every call, so they wait for each other and not for the next batch. */
export class PendingRecords<Row extends Sized> {
  readonly #rows = new Map<CallId, Row>()
  #size = 0
  #lost = 0
  #due: Instant | undefined

  constructor(
    private readonly rowOf: (record: CallRecord) => Row,
    private readonly most = mostWaiting,
  ) {}

  get waiting(): number {
    return this.#rows.size
  }

  /** When the waiting records must be written. Undefined: none waits. */
  get due(): Instant | undefined {
    return this.#due
  }

  /** `due`: when this record must be written, if no earlier one waits. */
  add(record: CallRecord, due: Instant): void {
    const row = this.rowOf(record)
    const { size } = row
    const known = this.#rows.get(record.call)?.size ?? 0
    if (this.#size - known + size > this.most) {
      this.#lost += 1
      return
    }
    this.#size += size - known
    this.#rows.set(record.call, row)
    this.#due ??= due
  }

  /** Waiting records are due now. */
  hurry(now: Instant): void {
    if (this.#rows.size > 0) this.#due = now
  }

  /** If they are due, the first waiting records, at most this many. They stay until `written` is called. */
  batch(most: number, now: Instant): readonly (readonly [CallId, Row])[] {
    const batch: (readonly [CallId, Row])[] = []
    if (this.#due === undefined || this.#due > now) return batch
    for (const each of this.#rows) {
      if (batch.length >= most) break
      batch.push(each)
    }
    return batch
  }

  /** `due`: when the others must be written. */
  written(batch: readonly (readonly [CallId, Row])[], due: Instant): void {
    if (batch.length === 0) return
    for (const [call, row] of batch) {
      // The record was saved again meanwhile, so its new version must still be written.
      if (this.#rows.get(call) !== row) continue
      this.#rows.delete(call)
      this.#size -= row.size
    }
    this.#due = this.#rows.size > 0 ? due : undefined
  }

  /** How many records were lost since the last call. */
  takeLost(): number {
    const lost = this.#lost
    this.#lost = 0
    return lost
  }
}
