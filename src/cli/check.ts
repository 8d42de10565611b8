import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { networkInterfaces } from 'node:os'
import { formatFault, inOrder, type ConfigFault } from '../config/faults.js'
import type { KeptList } from '../config/kept-lists.js'
import { loadConfig, type LoadOutcome } from '../config/load.js'
import type { DirectorySettings, MediaSettings } from '../config/settings.js'
import { noColours, type Paint } from './colours.js'
import { json, type Command } from './command.js'
import { tell } from './output.js'

/**
 * Finds the prompts that callers could not hear: there is no voice for the language, or the file can't be played. `where` is
 * `file:line:column`.
 */
export type FindSilences = (settings: MediaSettings) => Promise<readonly Finding[]>

/** Reads the lists of the directory, without waiting long. Each map has the names of the lists' files as keys. */
export type FindLists = (settings: DirectorySettings) => Promise<{
  readonly lists: ReadonlyMap<string, KeptList>
  /** Why lists can't be read. */
  readonly failed: ReadonlyMap<string, string>
}>

/** What a check looks at besides the files. */
export interface CheckSurroundings {
  readonly findSilences: FindSilences
  readonly findLists: FindLists
}

/** `carillon check DIR`: checks a config folder. Exits with 1 if there are faults, and with 0 if there are none or only warnings. */
export function checkCommand(env: Readonly<Record<string, string | undefined>>, surroundings: CheckSurroundings): Command {
  return {
    name: 'check',
    usage: 'DIR [--json]',
    summary: 'lists every error of a config folder with file, line and column, and what looks wrong',
    options: json,
    takes: { least: 1, most: 1 },
    async run(given, output) {
      const folder = given.positionals[0] ?? '.'
      const found = await stat(folder).catch(() => undefined)
      if (!found?.isDirectory()) {
        tell(output, { kind: 'file', message: `there is no folder ${folder}` }, 'check')
        return 1
      }
      const { outcome, failed } = await loadWithLists(folder, env, surroundings.findLists)
      const faults = outcome.ok ? [] : outcome.faults
      const silences = outcome.ok ? await surroundings.findSilences(outcome.settings.media) : []
      const warnings = outcome.ok ? inOrder([...outcome.warnings, ...[...failed, ...silences].map(asFault)]) : []
      if (given.options['json'] === true) output.out(JSON.stringify({ ok: outcome.ok, faults, warnings }))
      else for (const line of verdict(folder, faults, warnings, output.paint)) output.out(line)
      return outcome.ok ? 0 : 1
    },
  }
}

interface Finding {
  /** `file:line:column` */
  readonly where: string
  readonly what: string
}

/** Loads a config with the lists that the directory has now. If it can't be read, the lists that a server read before are used. */
async function loadWithLists(
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
  findLists: FindLists,
): Promise<{ readonly outcome: LoadOutcome; readonly failed: readonly Finding[] }> {
  const options = { env, generation: 1, addresses: ownAddresses() }
  const first = await loadConfig(folder, options)
  const directory = first.ok ? first.settings.directory : undefined
  if (!directory || directory.lists.length === 0) return { outcome: first, failed: [] }
  const { lists, failed } = await findLists(directory)
  return {
    outcome: await loadConfig(folder, { ...options, lists }),
    failed: directory.lists.flatMap(({ file, where, readAt }) => {
      const because = failed.get(basename(file))
      if (because === undefined) return []
      const then = readAt === undefined ? 'no members are known' : `the members of ${new Date(readAt).toISOString()} are used`
      return [{ where, what: `the list can't be read: ${because}; ${then}` }]
    }),
  }
}

const ownAddresses = (): ReadonlySet<string> =>
  new Set(Object.values(networkInterfaces()).flatMap(each => (each ?? []).map(({ address }) => address)))

function asFault({ where, what }: Finding): ConfigFault {
  const [, file = where, line = '1', column = '1'] = /^(.*):(\d+):(\d+)$/.exec(where) ?? []
  return { file, line: Number(line), column: Number(column), message: what }
}

function verdict(
  folder: string,
  faults: readonly ConfigFault[],
  warnings: readonly ConfigFault[],
  paint: Paint = noColours,
): string[] {
  const lines = [
    ...faults.map(fault => paint('bad', formatFault(fault))),
    ...warnings.map(warning => paint('fair', `${formatFault(warning)} (warning)`)),
  ]
  const count = (list: readonly unknown[], noun: string): string => `${list.length} ${noun}${list.length === 1 ? '' : 's'}`
  const result = faults.length > 0 ? count(faults, 'error') : `valid, ${count(warnings, 'warning')}`
  return [...lines, paint(faults.length > 0 ? 'bad' : 'good', `${folder}: ${result}`)]
}
