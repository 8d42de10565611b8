import type { CheckSurroundings } from '../../src/cli/check.js'

/** A check that looks only at the files. */
export const nothingFound: CheckSurroundings = {
  findSilences: () => Promise.resolve([]),
  findLists: () => Promise.resolve({ lists: new Map(), failed: new Map() }),
}
