import { Readable } from 'node:stream'
import { version } from '../src/app/version.js'
import { server } from '../src/cli/asking.js'
import { allCommands } from '../src/cli/commands.js'
import { json, type Command, type Option } from '../src/cli/command.js'
import { cell } from './reference-cell.js'

/** docs/reference/commands.md, after its head. */
export function commandsPage(): string {
  const parts = commands().map(({ name, usage, summary, options }) => {
    const rows = optionsOf(options).map(([option, { says }]) => `| \`${option}\` | ${cell(says)} |`)
    const list = rows.length === 0 ? '' : `\n| option | does |\n|---|---|\n${rows.join('\n')}\n`
    return `## ${name}\n\n\`carillon ${name} ${usage}\`\n\n${cell(summary)}.\n${list}`
  })
  return `${exitCodes} Each command has \`--help\`.\n\n${parts.join('\n')}`
}

const exitCodes = 'Exit codes: 0 success, 1 an error that the command names, 2 wrong usage.'

/** packaging/carillon.1: the same for `man carillon`, as roff with the macros of man(7). */
export function manPage(): string {
  const lines = [
    '.\\" This page is made by `npm run docs`. Do not edit it.',
    `.TH CARILLON 1 "" "Carillon ${version}" "Carillon"`,
    ...section('NAME', 'carillon \\- a SIP server for Response Groups: queues, agents, routing methods, presence'),
    ...section('SYNOPSIS', '.B carillon', '.I COMMAND', '[\\fIOPTIONS\\fR]', '.br', '.B carillon \\-\\-version'),
    ...section('DESCRIPTION', ...introduction.map(roff)),
    ...section('COMMANDS', ...commands().flatMap(commandLines)),
    ...section('OPTIONS OF MANY COMMANDS', ...optionsOf({ ...server, ...json }).flatMap(optionLines)),
    ...section('EXIT STATUS', roff(exitCodes.replace('Exit codes: ', '')), 'With', '.B \\-\\-json', roff(jsonWords)),
    ...section('ENVIRONMENT', ...terms(environment)),
    ...section('SIGNALS', ...terms(signals)),
    ...section('FILES', ...terms(files)),
    ...section('SEE ALSO', roff('/usr/share/doc/carillon/docs: contract.md, operations/, reference/')),
  ]
  return `${lines.join('\n')}\n`
}

const introduction: readonly string[] = [
  'Callers dial the number of a group, and the phone of the right agent rings. While no agent is free, callers wait in a queue.',
  'carillon serve runs the server. The other commands check its config, show and change what it does, and read what it has recorded.',
]
const jsonWords = 'each line of standard error is a JSON object with level, kind and message.'
const environment = {
  CARILLON_SERVER: 'The URL of the running server, in place of --server.',
  CARILLON_TOKEN: 'The API token, in place of --token.',
  CARILLON_CA: 'PEM certificates to trust, in place of --ca.',
  NO_COLOR: 'If set, tables and verdicts have no colours.',
}
const signals = {
  SIGHUP: 'The server reads its config again.',
  'SIGTERM, SIGINT':
    'The server takes no new call, waits up to 10 minutes for the others, and exits. A second signal ends the wait.',
}
const files = {
  '/etc/carillon': 'The config folder of the Debian package.',
  '/var/lib/carillon': 'Store, journal and speech of the Debian package.',
}

/** Nothing is run: only names, options and summaries are read. */
function commands(): readonly Command[] {
  const never = (): never => {
    throw new Error('the reference runs no command')
  }
  return allCommands({
    env: {},
    serve: never,
    check: { findSilences: never, findLists: never },
    copies: never,
    input: Readable.from([]),
  })
}

const optionsOf = (options: Readonly<Record<string, Option>>): readonly (readonly [written: string, Option])[] =>
  Object.entries(options).map(([name, option]) => [`--${name}${option.value === undefined ? '' : ` ${option.value}`}`, option])

/** The options that many commands share are told once. */
const shared: ReadonlySet<string> = new Set([...Object.keys(server), 'json'])

function commandLines({ name, usage, summary, options }: Command): readonly string[] {
  const own = Object.fromEntries(Object.entries(options).filter(([option]) => name === 'serve' || !shared.has(option)))
  const list = optionsOf(own).flatMap(optionLines)
  const indented = list.length === 0 ? [] : ['.RS', ...list, '.RE']
  return ['.TP', `.B carillon ${roff(name)} ${roff(usage)}`, roff(`${capital(summary)}.`), ...indented]
}

const optionLines = ([written, { says }]: readonly [string, Option]): readonly string[] => [
  '.TP',
  `.B ${roff(written)}`,
  roff(`${says}.`),
]

const terms = (words: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(words).flatMap(([term, says]) => ['.TP', `.B ${roff(term)}`, roff(says)])

const section = (title: string, ...lines: readonly string[]): readonly string[] => [`.SH ${title}`, ...lines]
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** Text for roff: `-` must not become a hyphen, because people copy options, and a line must not begin as a request does. */
const roff = (text: string): string =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('`', '')
    .replaceAll('…', '...')
    .replace(/^([.'])/, '\\&$1')
