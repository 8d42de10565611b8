import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { keptText, readKept, type KeptList } from '../config/kept-lists.js'
import type { DirectoryList, DirectorySettings } from '../config/settings.js'
import { TimerSet, wallNow, type Clock } from '../foundation/clock.js'
import { messageOf } from '../foundation/errors.js'
import type { Log } from '../foundation/log.js'
import { seconds, wallTime, type Millis, type WallTime } from '../foundation/time.js'
import type { ListAnswer, ReadTask } from './read-lists.js'
import { troubleWords, type ListFigure } from './troubles.js'

interface ReadingOptions {
  readonly clock: Clock
  readonly log: Log
  /** Reads lists of the directory. Never rejects. */
  readonly read: (task: ReadTask, within: Millis) => Promise<readonly ListAnswer[]>
  /** The members of a list are others than before. The config must be read again. */
  readonly changed: () => void
}

/** One list as it is known now. */
interface ListState {
  readonly readAt?: WallTime
  /** Why the last reading failed. Undefined: it did not. */
  readonly because?: string
}

/** All lists together. */
const readWithin = seconds(120)
/** A start, or a new config, waits this long for lists that were never read. */
const firstWithin = seconds(10)
/** After a failure, a reading comes this soon. */
const retryAfter = seconds(60)

/**
 * Reads the groups of the directory again and again, and keeps the members in files, from which the config takes them. While the directory
 * is away, the last members stay.
 */
export class DirectoryReadings {
  readonly counts = new Map([
    ['read', 0],
    ['failed', 0],
  ])
  readonly #timers: TimerSet<'next'>
  readonly #states = new Map<string, ListState>()
  #settings: DirectorySettings | undefined
  #isBusy = false
  #isAskedAgain = false

  constructor(private readonly options: ReadingOptions) {
    this.#timers = new TimerSet(options.clock)
  }

  /** Reads the lists now, and from then on after each `refresh`. Settings that did not change have no effect. */
  use(settings: DirectorySettings | undefined): void {
    const before = this.#settings
    this.#settings = settings
    if (JSON.stringify(toRead(before)) !== JSON.stringify(toRead(settings))) this.#readSoon()
  }

  /** Somebody asked for it. */
  readAgain(): void {
    this.#readSoon()
  }

  stop(): void {
    this.#settings = undefined
    this.#timers.stopAll()
  }

  /** Reads the lists that were never read, because without them their groups would be empty. True: at least one was read. */
  async readMissing({ directory }: { readonly directory?: DirectorySettings }): Promise<boolean> {
    const lists = directory?.lists.filter(({ readAt }) => readAt === undefined) ?? []
    if (!directory || lists.length === 0) return false
    const answers = await this.options.read({ settings: directory, lists }, firstWithin)
    return (await this.#keep(lists, answers)) > 0
  }

  figures(): ListFigure[] {
    return (this.#settings?.lists ?? []).map(({ group, file, readAt: keptAt }) => {
      const { readAt = keptAt, because } = this.#states.get(file) ?? {}
      return { group, readAt, hasFailed: because !== undefined }
    })
  }

  /** What does not work, in words for everybody. */
  troubles(): string[] {
    return troubleWords(this.figures())
  }

  #readSoon(): void {
    this.#timers.stopAll()
    if (this.#isBusy) this.#isAskedAgain = true
    else void this.#read()
  }

  async #read(): Promise<void> {
    const settings = this.#settings
    if (!settings || settings.lists.length === 0) return
    this.#isBusy = true
    const answers = await this.options.read({ settings, lists: settings.lists }, readWithin)
    const changes = await this.#keep(settings.lists, answers)
    if (this.#settings) await this.#removeOthers(this.#settings)
    this.#isBusy = false
    if (changes > 0) this.options.changed()
    this.#goOn(settings, answers)
  }

  #goOn(settings: DirectorySettings, answers: readonly ListAnswer[]): void {
    if (this.#settings === undefined) return
    if (this.#isAskedAgain) {
      this.#isAskedAgain = false
      this.#readSoon()
      return
    }
    const isSoon = answers.some(answer => answer.kind === 'failed' && !answer.isLogin)
    this.#timers.start('next', isSoon ? min(settings.refresh, retryAfter) : settings.refresh, () => void this.#read())
  }

  /** Writes what was read. Returns how many lists have other members than before. */
  async #keep(lists: readonly DirectoryList[], answers: readonly ListAnswer[]): Promise<number> {
    let changes = 0
    for (const answer of answers) {
      const list = lists.find(({ file }) => basename(file) === answer.file)
      if (!list) continue
      this.counts.set(answer.kind, (this.counts.get(answer.kind) ?? 0) + 1)
      if (answer.kind === 'failed') this.#failed(list, answer.because)
      else if (await this.#write(list, answer.list)) changes += 1
    }
    return changes
  }

  async #write(list: DirectoryList, read: KeptList): Promise<boolean> {
    const { log } = this.options
    const before = await readKept(list.file)
    const isNew = JSON.stringify([before?.members, before?.skipped]) !== JSON.stringify([read.members, read.skipped])
    try {
      await writeKept(list.file, read)
    } catch (error) {
      this.#failed(list, `it can't be kept: ${messageOf(error)}`)
      return false
    }
    if (this.#states.get(list.file)?.because !== undefined)
      log.warn(`the list of the group ${list.group} is read again`, { event: 'directory.again', group: list.group })
    this.#states.set(list.file, { readAt: wallTime(read.readAt) })
    if (isNew)
      log.info?.(`the list of the group ${list.group} has ${read.members.length} members now`, {
        ...{ event: 'directory.changed', group: list.group, members: read.members.length },
      })
    return isNew
  }

  #failed(list: DirectoryList, because: string): void {
    const before = this.#states.get(list.file)
    const readAt = before?.readAt ?? list.readAt
    this.#states.set(list.file, { ...(readAt !== undefined && { readAt }), because })
    if (before?.because !== undefined) return
    const then = readAt === undefined ? 'the group has no agents' : `the members of ${new Date(readAt).toISOString()} stay`
    this.options.log.error(`the list of the group ${list.group} can't be read (${because}); ${then}, and it is tried again`, {
      ...{ event: 'directory.failed', group: list.group, why: because },
    })
  }

  /** Removes lists of groups that the config does not name any more. */
  async #removeOthers({ lists }: DirectorySettings): Promise<void> {
    const [first] = lists
    if (!first) return
    const folder = dirname(first.file)
    const used = new Set(lists.map(({ file }) => basename(file)))
    const ageOf = async (name: string): Promise<number> =>
      wallNow(this.options.clock) - ((await readKept(join(folder, name)))?.readAt ?? 0)
    for (const file of this.#states.keys()) if (!used.has(basename(file))) this.#states.delete(file)
    const names = await readdir(folder).catch(() => []) // The folder can't be read. The next writing says so.
    for (const name of names)
      if (isKeptList(name) && !used.has(name) && (await ageOf(name)) > keepUnused)
        await rm(join(folder, name), { force: true }).catch(() => undefined) // It only takes room.
  }
}

/** A list that no group names is kept this long, because an admin may undo a change. */
const keepUnused = seconds(30 * 86_400)

const isKeptList = (name: string): boolean => /^[0-9a-f]{32}\.json$/.test(name)

const min = (one: Millis, other: Millis): Millis => (one < other ? one : other)

/** What a reading depends on. */
function toRead(settings: DirectorySettings | undefined): unknown {
  return settings && { ...settings, lists: settings.lists.map(({ file, dn, servers }) => [file, dn, servers]) }
}

/** After a crash the file has either the old or the new list. */
async function writeKept(file: string, list: KeptList): Promise<void> {
  const text = keptText(list)
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const draft = `${file}.${randomBytes(4).toString('hex')}`
  await writeFile(draft, text, { mode: 0o600 })
  await rename(draft, file)
}
