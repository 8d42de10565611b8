import { stat } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { formatFault, inOrder, type ConfigFault } from '../config/faults.js'
import { loadConfig } from '../config/load.js'
import type { MediaSettings } from '../config/settings.js'
import { noColours, type Paint } from './colours.js'
import { json, type Command } from './command.js'
import { tell } from './output.js'

/**
 * Finds the prompts that callers could not hear: there is no voice for the language, or the file can't be played. `where` is
 * `file:line:column`.
 */
export type FindSilences = (settings: MediaSettings) => Promise<readonly { readonly where: string; readonly what: string }[]>

/** `carillon check DIR`: checks a config folder. Exits with 1 if there are faults, and with 0 if there are none or only warnings. */
export function checkCommand(env: Readonly<Record<string, string | undefined>>, findSilences: FindSilences): Command {
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
      const outcome = await loadConfig(folder, { env, generation: 1, addresses: ownAddresses() })
      const faults = outcome.ok ? [] : outcome.faults
      const warnings = outcome.ok
        ? inOrder([...outcome.warnings, ...(await findSilences(outcome.settings.media)).map(asFault)])
        : []
      if (given.options['json'] === true) output.out(JSON.stringify({ ok: outcome.ok, faults, warnings }))
      else for (const line of verdict(folder, faults, warnings, output.paint)) output.out(line)
      return outcome.ok ? 0 : 1
    },
  }
}

const ownAddresses = (): ReadonlySet<string> =>
  new Set(Object.values(networkInterfaces()).flatMap(each => (each ?? []).map(({ address }) => address)))

function asFault({ where, what }: { readonly where: string; readonly what: string }): ConfigFault {
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
