import { watch } from 'chokidar'
import type { Clock, Timer } from '../foundation/clock.js'
import { millis } from '../foundation/time.js'

/** Editors write a file in several steps, and an admin several files: one reload for all of them. */
const gatherFor = millis(200)

/** Tells when a YAML file, a distribution list or a prompt file of the folder changed; from when it resolves, none is missed. */
export async function watchConfig(folder: string, onChange: () => void, clock: Clock): Promise<{ close(): Promise<void> }> {
  let soon: Timer | undefined
  const watcher = watch(folder, {
    ignoreInitial: true,
    ignored: (path, stats) => stats?.isFile() === true && !/\.(ya?ml|txt|wav)$/i.test(path),
  })
  watcher.on('all', () => {
    soon?.cancel()
    soon = clock.after(gatherFor, onChange)
  })
  await new Promise<void>(resolve => watcher.once('ready', resolve))
  return {
    close() {
      soon?.cancel()
      return watcher.close()
    },
  }
}
