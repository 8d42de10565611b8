import type { KeptState } from './port.js'

/** What a start finds that is the first one, or whose store could not be read. */
export const nothingKept: KeptState = {
  signIns: [],
  pointers: [],
  liveCalls: [],
  registrations: [],
  choices: [],
  agents: [],
}
