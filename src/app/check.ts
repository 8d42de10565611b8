import type { FindLists, FindSilences } from '../cli/check.js'
import { readListsAside } from '../directory/read-aside.js'
import { systemClock as clock } from '../foundation/clock.js'
import { seconds } from '../foundation/time.js'
import { findSilences as silences } from '../media/engine.js'

/** `carillon check` waits this long for the directory. */
const directoryWithin = seconds(5)

/** The prompts of a config for which callers would hear nothing. */
export const findSilences: FindSilences = settings => silences(settings, clock)

/** The lists that the directory has now. */
export const findLists: FindLists = async settings => {
  const answers = await readListsAside({ settings, lists: settings.lists }, directoryWithin, clock)
  return {
    lists: new Map(answers.flatMap(answer => (answer.kind === 'read' ? [[answer.file, answer.list]] : []))),
    failed: new Map(answers.flatMap(answer => (answer.kind === 'failed' ? [[answer.file, answer.because]] : []))),
  }
}
