import { didYouMean } from '../config/faults.js'
import { messageOf } from '../foundation/errors.js'
import { tell, type ExitCode, type Output } from './output.js'
import { parseArgs } from 'node:util'

/** The command line after the command's name. */
export interface Arguments {
  readonly positionals: readonly string[]
  readonly options: Readonly<Record<string, string | boolean | undefined>>
}

export interface Option {
  readonly type: 'string' | 'boolean'
  readonly short?: string
  /** The name of its value in `--help`, such as `DIR`. */
  readonly value?: string
  /** What it does, in one line. */
  readonly says: string
}

export interface Command {
  readonly name: string
  /** What follows the name in `--help`, such as `AGENT GROUP [--server URL]`. */
  readonly usage: string
  readonly summary: string
  readonly options: Readonly<Record<string, Option>>
  /** How many positional arguments it takes. */
  readonly takes: { readonly least: number; readonly most: number }
  run(given: Arguments, output: Output): Promise<ExitCode>
}

const help = { type: 'boolean', short: 'h', says: 'prints this help' } as const
/** An option of every command: the output is JSON, and so is each line about a problem. */
export const json = {
  json: { type: 'boolean', says: 'prints JSON, and each error as a line of JSON on standard error' },
} as const

/** Finds the command, reads its options and runs it. For wrong usage it prints the remedy and returns 2. */
export async function runCommand(
  commands: readonly Command[],
  argv: readonly string[],
  plain: Output,
  version = 'carillon',
): Promise<ExitCode> {
  const [name, ...rest] = argv
  // Read before the other options, so that a wrong option is also reported as JSON.
  const output: Output = rest.includes('--json') ? { ...plain, isJson: true } : plain
  if (name === undefined || overviewWords.has(name)) {
    output.out(overview(commands))
    return name === undefined ? 2 : 0
  }
  if (versionWords.has(name)) {
    output.out(version)
    return 0
  }
  const command = commands.find(each => each.name === name)
  return command ? runOne(command, rest, output) : noCommand(commands, name, output)
}

const overviewWords: ReadonlySet<string> = new Set(['--help', '-h', 'help'])
const versionWords: ReadonlySet<string> = new Set(['--version', '-v', 'version'])

function noCommand(commands: readonly Command[], name: string, output: Output): 2 {
  const names = commands.map(each => each.name)
  return wrongUsage(output, `there is no command '${name}'${didYouMean(name, names)}`, 'carillon --help lists the commands')
}

async function runOne(command: Command, rest: readonly string[], output: Output): Promise<ExitCode> {
  let given
  try {
    given = parseArgs({ args: [...rest], options: { ...command.options, help }, allowPositionals: true })
  } catch (error) {
    // parseArgs throws a TypeError that names the wrong option. It is the mistake of the user.
    return wrongUsage(output, plainly(messageOf(error), command), usageOf(command))
  }
  if (given.values['help'] === true) {
    output.out(`${command.summary}\n\n${usageOf(command)}\n\n${optionsOf(command)}`)
    return 0
  }
  const { least, most } = command.takes
  if (given.positionals.length < least || given.positionals.length > most)
    return wrongUsage(output, countWords(command, given.positionals.length), usageOf(command))
  try {
    return await command.run({ positionals: given.positionals, options: scalars(given.values) }, output)
  } catch (error) {
    if (output.isJson !== true) throw error
    tell(output, { kind: 'failed', message: messageOf(error) })
    return 1
  }
}

/** The value of an option. Undefined: the option is not given. */
export const textOption = (given: Arguments, name: string): string | undefined => {
  const value = given.options[name]
  return typeof value === 'string' ? value : undefined
}

function scalars(values: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>): Arguments['options'] {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Array.isArray(value) ? value.at(-1) : value]))
}

/** The message of parseArgs without its advice about `--`, and with the option that was probably meant. */
function plainly(message: string, { options }: Command): string {
  const [, unknown] = /^Unknown option '(-[^']*)'/.exec(message) ?? []
  if (unknown === undefined) return message
  const known = [...Object.keys(options), 'help'].map(option => `--${option}`)
  return `unknown option ${unknown}${didYouMean(unknown, known)}`
}

function countWords({ name, takes: { least, most } }: Command, got: number): string {
  const wanted = least === most ? String(most) : `${least} to ${most}`
  return `${name} takes ${most === 0 ? 'no' : wanted} argument${most === 1 ? '' : 's'}, got ${got}`
}

function wrongUsage(output: Output, message: string, remedy: string): 2 {
  tell(output, { kind: 'usage', message, remedy })
  return 2
}

const usageOf = (command: Command): string => `usage: carillon ${command.name} ${command.usage}`

function optionsOf(command: Command): string {
  const lines = Object.entries({ ...command.options, help }).map(([name, option]: [string, Option]) => {
    const short = option.short === undefined ? '' : `-${option.short}, `
    return [`${short}--${name}${option.value === undefined ? '' : ` ${option.value}`}`, option.says] as const
  })
  const width = Math.max(...lines.map(([option]) => option.length))
  return lines.map(([option, says]) => `  ${option.padEnd(width)}  ${says}`).join('\n')
}

function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(command => command.name.length))
  const lines = commands.map(command => `  ${command.name.padEnd(width)}  ${command.summary}`)
  return `Carillon: Response Groups on SIP\n\nusage: carillon COMMAND [--help]\n\n${lines.join('\n')}`
}
