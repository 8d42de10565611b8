import type { KeptState } from './port.js'

/** The state at the first start, or when the store can't be read. */
export const nothingKept: KeptState = {
  signIns: [],
  pointers: [],
  liveCalls: [],
  registrations: [],
  choices: [],
  agents: [],
}
