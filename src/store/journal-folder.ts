import { mkdir, open, readdir, unlink, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { wallNow, type Clock } from '../foundation/clock.js'
import { wallTime, type Millis, type WallTime } from '../foundation/time.js'

/** The journal's files on the disk, of which at most one is open. */
export class JournalFolder {
  #file: FileHandle | undefined

  constructor(
    /** An absolute path. Created if missing. */
    readonly path: string,
    /** A file is deleted when everything in it is older. */
    private readonly keep: Millis,
    private readonly clock: Clock,
  ) {}

  /** Starts a new file. Rejects if that is not possible. */
  async begin(at: WallTime): Promise<void> {
    await this.#file?.close()
    this.#file = undefined
    this.#file = await this.#create(at)
  }

  /** False: no file is open. */
  async append(lines: Uint8Array): Promise<boolean> {
    if (!this.#file) return false
    if ((await this.#file.stat()).nlink === 0) throw new Error('its file was deleted')
    await this.#file.appendFile(lines)
    return true
  }

  /** Closes a file that can't be written, without an error. */
  async abandon(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    // Closing such a file may also fail. The failed write was already reported.
    await file?.close().catch(() => undefined)
  }

  async close(): Promise<void> {
    await this.#file?.close()
    this.#file = undefined
  }

  async #create(at: WallTime): Promise<FileHandle> {
    await mkdir(this.path, { recursive: true })
    await deleteOlder(this.path, wallTime(wallNow(this.clock) - this.keep))
    for (let stamp = at; ; stamp = wallTime(stamp + 1)) {
      try {
        return await open(join(this.path, journalName(stamp)), 'ax')
      } catch (error) {
        // Two files in one millisecond, or the clock was set back: use the next free name.
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
      }
    }
  }
}

const nameForm = /^journal-(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-(\d{3})\.jsonl$/

/** The name of a file that starts at this moment, such as `journal-20260131-235959-042.jsonl`. */
export function journalName(at: WallTime): string {
  const [date = '', time = ''] = new Date(at).toISOString().split('T')
  return `journal-${date.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}-${time.slice(9, 12)}.jsonl`
}

/** The moment in a journal file's name. Undefined for any other file. */
export function journalMoment(name: string): WallTime | undefined {
  const [, y, mo, d, h, mi, s, ms] = nameForm.exec(name) ?? []
  const at = Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}.${ms}Z`)
  return Number.isNaN(at) ? undefined : wallTime(at)
}

/** A file ends where the next one starts, so it is deleted if the next one starts before `moment`. The last file always stays. */
async function deleteOlder(folder: string, moment: WallTime): Promise<void> {
  const files = (await readdir(folder)).filter(name => journalMoment(name) !== undefined).sort()
  for (const [index, name] of files.entries()) {
    const end = journalMoment(files[index + 1] ?? '')
    // A failure to delete must not stop the journal. It is tried again with the next file.
    if (end !== undefined && end < moment) await unlink(join(folder, name)).catch(() => undefined)
  }
}
