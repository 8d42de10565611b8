import { statSync, type Stats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { TimerSet, type Clock } from '../foundation/clock.js'
import { seconds } from '../foundation/time.js'

const askEvery = seconds(1)

/**
 * Calls `onChange` when one of these files changes after this call, in whatever folder the file is. The files are checked every second,
 * because certificates are often replaced through links, which file watchers do not report.
 */
export function watchFiles(files: readonly string[], clock: Clock, onChange: () => void): { close(): void } {
  const timers = new TimerSet<'ask'>(clock)
  let isClosed = files.length === 0
  let known = files.map(file => markOf(statSync(file, { throwIfNoEntry: false })))
  const ask = async (): Promise<void> => {
    const found = await Promise.all(files.map(file => stat(file).then(markOf, () => missing)))
    if (isClosed) return
    const isChanged = found.some((mark, index) => mark !== known[index])
    known = found
    wait()
    if (isChanged) onChange()
  }
  const wait = (): void => timers.start('ask', askEvery, () => void ask())
  if (!isClosed) wait()
  return {
    close() {
      isClosed = true
      timers.stopAll()
    },
  }
}

const missing = 'missing'

/** A mark that changes as soon as a file is written or replaced. */
const markOf = (stats: Stats | undefined): string => (stats ? `${stats.ino} ${stats.size} ${stats.mtimeMs}` : missing)
