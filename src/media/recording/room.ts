import { accessSync, constants, statfsSync } from 'node:fs'
import { messageOf } from '../../foundation/errors.js'
import type { Library } from './library.js'
import type { FolderState, FromRecorder, RecordingRules } from './messages.js'
import { faultOf } from './notes.js'

/** In bytes: this much of the disk stays free, because the store and the journal may be on it too. */
const reserve = 512 * 1_048_576
/** At the quota the oldest recordings are deleted, down to this share of it. */
const roomTo = 0.95

interface RoomParts {
  readonly folder: string
  readonly library: Library
  /** Whether the recording of this call is being written. */
  readonly isOpen: (call: string) => boolean
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly tell: (message: Extract<FromRecorder, { kind: 'expired' }>) => void
}

/** Whether there is room for recordings: the folder, its disk, the quota, and recordings that are too old. */
export class Room {
  /** Why nothing can be recorded now. */
  trouble: FolderState['trouble']
  /** Free space of the disk, in bytes. Undefined: unknown. */
  free: number | undefined
  #bytes = 0

  constructor(
    private readonly parts: RoomParts,
    public rules: RecordingRules,
  ) {}

  /** Complete recordings, in bytes. */
  get bytes(): number {
    return this.#bytes
  }

  /** A recording of this size was completed. Negative: it is gone, or is being written again. */
  add(bytes: number): void {
    this.#bytes = Math.max(0, this.#bytes + bytes)
  }

  /** Runs something on the folder. A failure becomes the trouble. */
  guard(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.trouble = { fault: faultOf(error), why: messageOf(error) }
    }
  }

  /** Deletes what is too old, and counts what is left. */
  sweep(): void {
    const { library, isOpen, now, tell } = this.parts
    this.guard(() => {
      const count = library.removeBefore(now() - this.rules.keep)
      if (count > 0) tell({ kind: 'expired', count, because: 'keep' })
      const complete = library.files().filter(({ call }) => !isOpen(call))
      this.#bytes = complete.reduce((sum, { bytes }) => sum + bytes, 0)
    })
  }

  /** Makes room if the config says so, and notes why nothing can be recorded, if so. `open`: bytes of the recordings that are being written. */
  look(open: number): void {
    const { whenFull, quota } = this.rules
    if (whenFull === 'deleteOldest' && this.#bytes + open >= quota) this.guard(() => this.#deleteOldest(quota * roomTo - open))
    this.free = undefined
    this.trouble = undefined
    this.guard(() => {
      const { folder } = this.parts
      accessSync(folder, constants.W_OK | constants.X_OK)
      const { bavail, bsize } = statfsSync(folder)
      this.free = bavail * bsize
      this.trouble = this.#fullness(this.free, this.#bytes + open)
    })
  }

  #fullness(free: number, used: number): FolderState['trouble'] {
    if (free < reserve) return { fault: 'full', why: 'the disk has less than 512 MiB of free space' }
    return used >= this.rules.quota ? { fault: 'full', why: 'the recordings take all of recordings.quota' } : undefined
  }

  /** `most`: complete recordings may keep as many bytes. */
  #deleteOldest(most: number): void {
    const { library, tell } = this.parts
    let count = 0
    for (const { call, bytes } of library.files()) {
      if (this.#bytes <= most) break
      if (!library.remove(call)) continue
      this.#bytes -= bytes
      count += 1
    }
    if (count > 0) tell({ kind: 'expired', count, because: 'quota' })
  }
}
