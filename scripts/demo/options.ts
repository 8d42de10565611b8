import { parseArgs } from 'node:util'
import { crew } from './crew.js'

export interface DemoOptions {
  readonly agents: number
  readonly callsPerMinute: number
  /** The duration. Undefined: until Ctrl-C. */
  readonly seconds: number | undefined
  /** Whether the kernel chooses the ports. */
  readonly freePorts: boolean
}

const agentsByDefault = 3
/** More calls than the agents can take, so that some callers wait and some give up. */
const callsForEachAgent = 5
/** Each call needs a port pair of the server and a handshake, which is too much for a small machine. */
const mostCallsPerMinute = 600

export const usage = `npm run demo -- [--agents 3] [--calls-per-minute 15] [--seconds N] [--free-ports]

Starts the sample config with scripted agents and callers, until Ctrl-C.
  --agents N            how many agents have a phone, 1 to ${crew.length}
  --calls-per-minute N  how many callers dial, up to ${mostCallsPerMinute}; default: ${callsForEachAgent} for each agent
  --seconds N           ends the demo after this time
  --free-ports          uses free ports instead of those of the sample`

/** Reads the command line. Throws with the expected form. */
export function readOptions(args: readonly string[]): DemoOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      agents: { type: 'string' },
      'calls-per-minute': { type: 'string' },
      seconds: { type: 'string' },
      'free-ports': { type: 'boolean', default: false },
    },
  })
  const agents = within('agents', values.agents, 1, crew.length) ?? agentsByDefault
  if (!Number.isInteger(agents)) throw new Error(`--agents: '${agents}' is not a whole number`)
  return {
    agents,
    callsPerMinute: within('calls-per-minute', values['calls-per-minute'], 0, mostCallsPerMinute) ?? agents * callsForEachAgent,
    seconds: within('seconds', values.seconds, 1, 86_400),
    freePorts: values['free-ports'],
  }
}

function within(option: string, text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined) return undefined
  const number = text.trim() === '' ? NaN : Number(text)
  if (!(number >= least && number <= most)) throw new Error(`--${option}: '${text}' is not a number from ${least} to ${most}`)
  return number
}
