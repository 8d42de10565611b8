import type { KeptState } from './port.js'

/** Of a first start, or after a store that could not be read. */
export const nothingKept: KeptState = {
  signIns: [],
  pointers: [],
  liveCalls: [],
  registrations: [],
  choices: [],
  agents: [],
}
