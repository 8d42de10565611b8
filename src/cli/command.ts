import { messageOf } from '../foundation/errors.js'
import { parseArgs } from 'node:util'

/** 0: success. 1: a fault, which was printed. 2: wrong usage. */
export type ExitCode = 0 | 1 | 2

/** Where a command prints. Tests read it. */
export interface Output {
  out(line: string): void
  err(line: string): void
}

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
/** For commands that print a document. */
export const json = { json: { type: 'boolean', says: 'prints JSON' } } as const

/** Finds the command, reads its options and runs it. For wrong usage it prints the remedy and returns 2. */
export async function runCommand(commands: readonly Command[], argv: readonly string[], output: Output): Promise<ExitCode> {
  const [name, ...rest] = argv
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    output.out(overview(commands))
    return name === undefined ? 2 : 0
  }
  const command = commands.find(each => each.name === name)
  if (!command) return wrongUsage(output, `there is no command '${name}'`, 'carillon --help lists the commands')
  let given
  try {
    given = parseArgs({ args: rest, options: { ...command.options, help }, allowPositionals: true })
  } catch (error) {
    // parseArgs throws a TypeError that names the wrong option. This is the user's mistake.
    return wrongUsage(output, messageOf(error), usageOf(command))
  }
  if (given.values['help'] === true) {
    output.out(`${command.summary}\n\n${usageOf(command)}\n\n${optionsOf(command)}`)
    return 0
  }
  const { least, most } = command.takes
  if (given.positionals.length < least || given.positionals.length > most)
    return wrongUsage(output, 'wrong number of arguments', usageOf(command))
  return command.run({ positionals: given.positionals, options: scalars(given.values) }, output)
}

/** An option's text. Undefined if it is not given. */
export const textOption = (given: Arguments, name: string): string | undefined => {
  const value = given.options[name]
  return typeof value === 'string' ? value : undefined
}

function scalars(values: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>): Arguments['options'] {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Array.isArray(value) ? value.at(-1) : value]))
}

function wrongUsage(output: Output, what: string, remedy: string): 2 {
  output.err(`carillon: ${what}\n${remedy}`)
  return 2
}

const usageOf = (command: Command): string => `usage: carillon ${command.name} ${command.usage}`

/** A line for each option. */
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
