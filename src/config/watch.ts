import { messageOf } from '../foundation/errors.js'
import { watch } from 'chokidar'
import { watch as watchNames, type FSWatcher } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import type { Clock, Timer } from '../foundation/clock.js'
import { millis } from '../foundation/time.js'
import { isOfTheFileSystem } from './folder.js'

/** Editors write a file in several steps, and an admin may change several files. All changes within this time lead to one reload. */
const gatherFor = millis(200)

/** After a fault, watching is started again after this delay. Each further fault in a row doubles it, up to the longest delay. */
const firstRetryMs = 1_000
const longestRetryMs = 60_000

/** Receives what happens to a watched config folder. */
interface ConfigListener {
  /** A YAML file, a distribution list or a prompt file changed, or the folder itself was replaced. */
  changed(): void
  /**
   * Called when `why` changes. `why`: changes are only noticed at the next retry, for this reason. Undefined: all changes are noticed
   * again.
   */
  impaired(why: string | undefined): void
}

export interface WatchedConfig {
  /** Asks for a call of `changed`. It comes soon, and once for this request and all file changes at the same time. */
  ask(): void
  close(): Promise<void>
}

/**
 * Watches the config folder. After the promise resolves, no change is missed. If something can't be watched (a loop of links, a folder
 * without read permission, no free descriptors), it is reported as an impairment and tried again. Never rejects.
 */
export async function watchConfig(folder: string, listener: ConfigListener, clock: Clock): Promise<WatchedConfig> {
  const watching = new ConfigWatch(resolve(folder), listener, clock)
  await watching.start()
  return watching
}

class ConfigWatch {
  #inside: Inside | undefined
  #around: FSWatcher | undefined
  #soon: Timer | undefined
  readonly #impairment: Impairment
  #replaced = false
  #closed = false

  constructor(
    private readonly folder: string,
    private readonly listener: ConfigListener,
    private readonly clock: Clock,
  ) {
    this.#impairment = new Impairment(listener, clock, () => void this.#renew())
  }

  async start(): Promise<void> {
    await this.#open()
  }

  ask(): void {
    this.#gather()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#soon?.cancel()
    this.#impairment.stop()
    this.#around?.close()
    await this.#inside?.close()
  }

  /** Replaces the previous watchers. */
  async #open(): Promise<'good' | 'faulty' | 'closed'> {
    const before = this.#inside
    let faults = 0
    const failed = (error: unknown): void => {
      faults += 1
      if (!this.#closed) this.#impairment.failed(error)
    }
    const inside = watchInside(this.folder, () => this.#gather(), failed)
    this.#inside = inside
    this.#around?.close()
    this.#around = watchAround(this.folder, () => this.#folderReplaced(), failed)
    // The previous watcher must be closed first, because the library shares watches by path, even if another folder is there now.
    await before?.close()
    await inside.ready
    // `close` may have run meanwhile, when it only knew the previous watcher.
    if (this.#closed) await this.close()
    return this.#closed ? 'closed' : faults === 0 ? 'good' : 'faulty'
  }

  #gather(): void {
    if (this.#closed) return
    this.#soon?.cancel()
    this.#soon = this.clock.after(gatherFor, () => {
      if (!this.#replaced) return this.listener.changed()
      this.#replaced = false
      void this.#renew()
    })
  }

  #folderReplaced(): void {
    this.#replaced = true
    this.#gather()
  }

  /**
   * Starts watching again. After a folder is moved away, its watcher follows it and does not see the replacement. Changes in between were
   * not reported.
   */
  async #renew(): Promise<void> {
    if (this.#closed) return
    const outcome = await this.#open()
    if (outcome === 'closed') return
    if (outcome === 'good') this.#impairment.over()
    this.listener.changed()
  }
}

/**
 * The reason why changes may be noticed late, from the first fault until watching works again. Until then, watching is tried again and
 * again.
 */
class Impairment {
  #why: string | undefined
  #retry: Timer | undefined
  #retryMs = firstRetryMs

  constructor(
    private readonly listener: ConfigListener,
    private readonly clock: Clock,
    private readonly tryAgain: () => void,
  ) {}

  failed(error: unknown): void {
    const why = messageOf(error)
    if (this.#why === undefined) this.listener.impaired(why)
    this.#why ??= why
    if (this.#retry) return
    this.#retry = this.clock.after(millis(this.#retryMs), () => {
      this.#retry = undefined
      this.tryAgain()
    })
    this.#retryMs = Math.min(2 * this.#retryMs, longestRetryMs)
  }

  over(): void {
    if (this.#why === undefined) return
    this.#why = undefined
    this.#retryMs = firstRetryMs
    this.stop()
    this.listener.impaired(undefined)
  }

  stop(): void {
    this.#retry?.cancel()
    this.#retry = undefined
  }
}

interface Inside {
  /** Resolves when watching has started, or when a fault came first. */
  readonly ready: Promise<void>
  close(): Promise<void>
}

/** Whether a file is speech that the server keeps. These files are ignored, because `media.cache` may be inside the config folder. */
const isSpoken = (name: string): boolean => /^[0-9a-f]{32}\.wav/.test(name)

function watchInside(folder: string, changed: () => void, failed: (error: unknown) => void): Inside {
  const watcher = watch(folder, {
    ignoreInitial: true,
    ignored: (path, stats) =>
      isOfTheFileSystem(basename(path)) ||
      (stats?.isFile() === true && (!/\.(ya?ml|txt|csv|wav|wma)$/i.test(path) || isSpoken(basename(path)))),
  })
  watcher.on('all', changed)
  watcher.on('error', failed)
  const ready = new Promise<void>(resolve => {
    watcher.once('ready', () => resolve())
    watcher.once('error', () => resolve())
  })
  return { ready, close: () => watcher.close() }
}

/** Watches the name of the folder in its parent. Undefined: the parent can't be watched. */
function watchAround(folder: string, replaced: () => void, failed: (error: unknown) => void): FSWatcher | undefined {
  try {
    const watcher = watchNames(dirname(folder), { persistent: false }, (_event, name) => {
      if (name === basename(folder)) replaced()
    })
    watcher.on('error', failed)
    return watcher
  } catch (error) {
    failed(error)
    return undefined
  }
}
