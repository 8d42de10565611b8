import { parseArgs } from 'node:util'
import { peerNames, type PeerName } from './beside/peers.js'

const parts = ['rates', 'share', 'waiting', 'streams', 'music', 'presence', 'overload'] as const
export type Part = (typeof parts)[number]

export interface BenchOptions {
  /** New calls a second. Each rate is one run. */
  readonly rates: readonly number[]
  /** The duration of each rate. */
  readonly seconds: number
  readonly agents: number
  /** Calls before each run, because Node compiles frequent code first. The start of a server is not measured. */
  readonly warmUp: number
  readonly logLevel: string
  /** Runs the server with `--cpu-prof` and prints the functions with the most time of their own. */
  readonly profile: boolean
  readonly parts: ReadonlySet<Part>
  /** Where the curve of the part `overload` is drawn. */
  readonly picture?: string
  /** Carillon and these take turns, instead of the parts. */
  readonly beside?: readonly PeerName[]
  /** The server stands behind this drachtio-server of this machine. */
  readonly drachtio?: { readonly port: number; readonly secret: string; readonly pid: number }
}

export const usage = `npm run bench -- [--rates 100,400,1000,1500] [--seconds 30] [--agents 2400] [--warm-up 4000]
                [--log-level info] [--only rates,share,waiting,streams,music,presence,overload] [--profile] [--drachtio PORT:SECRET:PID]
       npm run bench -- --beside floor,kamailio [--rates 300,900,1500] [--seconds 10]: each in turn, medians and ratios
       npm run bench -- --only overload [--seconds 20] [--picture FILE.svg]: finds the capacity and offers up to four times as much`

/** Reads the command line. Throws with the expected form. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rates: { type: 'string', default: '100,400,1000,1500' },
      seconds: { type: 'string', default: '30' },
      agents: { type: 'string', default: '2400' },
      'warm-up': { type: 'string', default: '4000' },
      'log-level': { type: 'string', default: 'info' },
      only: { type: 'string', default: parts.join() },
      profile: { type: 'boolean', default: false },
      drachtio: { type: 'string' },
      beside: { type: 'string' },
      picture: { type: 'string' },
    },
  })
  return {
    rates: values.rates.split(',').map(rate => count('rates', rate)),
    seconds: count('seconds', values.seconds),
    agents: count('agents', values.agents),
    warmUp: count('warm-up', values['warm-up']),
    logLevel: values['log-level'],
    profile: values.profile,
    parts: new Set(values.only.split(',').map(part)),
    ...(values.picture !== undefined && { picture: values.picture }),
    ...(values.beside !== undefined && { beside: values.beside.split(',').map(peer) }),
    ...(values.drachtio !== undefined && { drachtio: drachtio(values.drachtio) }),
  }
}

function count(option: string, text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`--${option}: '${text}' is not a whole number above 0`)
  return Number(text)
}

function drachtio(text: string): { readonly port: number; readonly secret: string; readonly pid: number } {
  const [, port, secret = '', pid] = /^(\d+):(\w+):(\d+)$/.exec(text) ?? []
  if (port === undefined) throw new Error(`--drachtio: '${text}' is not PORT:SECRET:PID`)
  return { port: Number(port), secret, pid: Number(pid) }
}

function peer(text: string): PeerName {
  const known = peerNames.find(each => each === text)
  if (!known) throw new Error(`--beside: '${text}' is not one of ${peerNames.join(', ')}`)
  return known
}

function part(text: string): Part {
  const known = parts.find(each => each === text)
  if (!known) throw new Error(`--only: '${text}' is not one of ${parts.join(', ')}`)
  return known
}
