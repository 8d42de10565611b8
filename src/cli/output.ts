import { formatFault, type ConfigFault } from '../config/faults.js'
import type { Paint } from './colours.js'

/** 0: success. 1: a fault, which was printed. 2: wrong usage of the command. */
export type ExitCode = 0 | 1 | 2

/** Where a command prints. Tests read it. */
export interface Output {
  out(line: string): void
  err(line: string): void
  /** The colours of what goes to `out`. Absent: no colours. */
  readonly paint?: Paint
  /** True if `--json` is given. Each line of `err` is then a JSON object. */
  readonly isJson?: boolean
}

/**
 * `usage`: wrong options or arguments. `config`: a config file, with its place. `file`: another file or folder of this machine.
 * `server`: the running server refused the request. `unreachable`: no answer from the server. `input`: what was typed or read.
 * `failed`: the command itself could not do its work.
 */
type ProblemKind = 'usage' | 'config' | 'file' | 'server' | 'unreachable' | 'input' | 'failed'

/** What is wrong. A line of JSON has these fields (docs/contract.md). */
export interface Problem {
  readonly kind: ProblemKind
  /** Absent: the problem is an error. */
  readonly level?: 'warning'
  readonly message: string
  /** The line that follows the message, such as the usage. */
  readonly remedy?: string
  /** The HTTP status of the answer, and the id of the request in the server's log. */
  readonly status?: number
  readonly requestId?: string
}

/** Prints a problem, as text or with `--json` as a line of JSON. The text names `command`. */
export function tell(output: Output, { level, ...problem }: Problem, command?: string): void {
  if (output.isJson === true) return output.err(JSON.stringify({ level: level ?? 'error', ...problem }))
  const head = command === undefined ? 'carillon' : `carillon ${command}`
  output.err(`${head}: ${problem.message}${problem.remedy === undefined ? '' : `\n${problem.remedy}`}`)
}

/** Prints faults or warnings of a config with their places. */
export function tellFaults(output: Output, faults: readonly ConfigFault[], level: 'error' | 'warning' = 'error'): void {
  for (const fault of faults) {
    const text = `${formatFault(fault)}${level === 'warning' ? ' (warning)' : ''}`
    output.err(output.isJson === true ? JSON.stringify({ level, kind: 'config', ...fault }) : text)
  }
}
