import { watch } from 'chokidar'
import { unwatchFile, watch as watchNames, watchFile, type Stats } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import type { Clock, Timer } from '../foundation/clock.js'
import { millis } from '../foundation/time.js'

/** Editors write a file in several steps, and an admin several files: one reload for all of them. */
const gatherFor = millis(200)

const askEvery = 1_000

/**
 * Tells when a YAML file, a distribution list or a prompt file of the folder changed, or another folder took its place; from when it
 * resolves, none is missed.
 */
export async function watchConfig(folder: string, onChange: () => void, clock: Clock): Promise<{ close(): Promise<void> }> {
  let soon: Timer | undefined
  let replaced = false
  let inside: Inside = watchInside(folder, () => gather())
  const gather = (): void => {
    soon?.cancel()
    soon = clock.after(gatherFor, () => {
      if (!replaced) return onChange()
      replaced = false
      void renew()
    })
  }
  /** A folder that was moved away stays watched where it went, and the one in its place is not. */
  const renew = async (): Promise<void> => {
    const before = inside
    inside = watchInside(folder, gather)
    await before.close()
    await inside.ready
    onChange()
  }
  const around = watchNames(dirname(resolve(folder)), { persistent: false }, (_event, name) => {
    if (name !== basename(resolve(folder))) return
    replaced = true
    gather()
  })
  await inside.ready
  return {
    close() {
      soon?.cancel()
      around.close()
      return inside.close()
    },
  }
}

/**
 * Tells when one of these files is another, wherever it lies: asked each second, since certificates change by links that lead elsewhere from
 * now on, which nobody reports.
 */
export function watchFiles(files: readonly string[], onChange: () => void): { close(): void } {
  const changed = (now: Stats, before: Stats): void => {
    if (now.mtimeMs !== before.mtimeMs || now.ino !== before.ino || now.size !== before.size) onChange()
  }
  for (const file of files) watchFile(file, { interval: askEvery, persistent: false }, changed)
  return {
    close() {
      for (const file of files) unwatchFile(file, changed)
    },
  }
}

interface Inside {
  readonly ready: Promise<void>
  close(): Promise<void>
}

function watchInside(folder: string, changed: () => void): Inside {
  const watcher = watch(folder, {
    ignoreInitial: true,
    ignored: (path, stats) => stats?.isFile() === true && !/\.(ya?ml|txt|wav)$/i.test(path),
  })
  watcher.on('all', changed)
  return { ready: new Promise(ready => watcher.once('ready', ready)), close: () => watcher.close() }
}
