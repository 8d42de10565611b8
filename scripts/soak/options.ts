import { parseArgs } from 'node:util'

export interface SoakOptions {
  readonly minutes: number
  /** New calls a second. */
  readonly rate: number
  /** Whether some callers wait with music. */
  readonly media: boolean
  readonly seed: number
  readonly logLevel: string
  /** Seconds between edits of the config. */
  readonly editEvery: number
  /** Seconds between restarts. There are none in the last 40 % of the run, because growth shows only in a long life. */
  readonly restartEvery: number
  readonly sampleEvery: number
  /** Events within this many ms before a crash may not be stored. Decision 016 says 300; a busy machine takes longer. */
  readonly unwritten: number
  /** The file for the result as JSON. */
  readonly json: string | undefined
  /** Whether the folder with logs, journals and store is kept. */
  readonly keep: boolean
}

export const usage = `npm run soak -- [--minutes 30] [--rate 20] [--no-media] [--seed N] [--log-level info] [--edit-every 60] [--restart-every 240]
               [--unwritten 1500] [--json FILE] [--keep]`

/** Reads the command line. Throws with the expected form. */
export function readOptions(args: readonly string[]): SoakOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '30' },
      rate: { type: 'string', default: '20' },
      'no-media': { type: 'boolean', default: false },
      seed: { type: 'string' },
      'log-level': { type: 'string', default: 'info' },
      'edit-every': { type: 'string' },
      'restart-every': { type: 'string' },
      unwritten: { type: 'string', default: '1500' },
      json: { type: 'string' },
      keep: { type: 'boolean', default: false },
    },
  })
  const minutes = positive('minutes', values.minutes)
  return {
    minutes,
    rate: positive('rate', values.rate),
    media: !values['no-media'],
    seed: values.seed === undefined ? Date.now() % 1_000_000 : positive('seed', values.seed),
    logLevel: values['log-level'],
    editEvery: positive('edit-every', values['edit-every'] ?? String(Math.min(60, minutes * 6))),
    restartEvery: positive('restart-every', values['restart-every'] ?? String(Math.min(240, minutes * 12))),
    sampleEvery: Math.min(10, minutes * 2),
    unwritten: positive('unwritten', values.unwritten),
    json: values.json,
    keep: values.keep,
  }
}

function positive(option: string, text: string): number {
  const number = Number(text)
  if (!(number > 0)) throw new Error(`--${option}: '${text}' is not a number above 0`)
  return number
}
