import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { whatIf } from '../calls/what-if/what-if.js'
import { messageOf } from '../foundation/errors.js'
import { replayJournal, type ReplayReport } from '../calls/replay.js'
import { loadConfig } from '../config/load.js'
import type { RoutingSettings } from '../routing/world/settings.js'
import { json, textOption, type Command } from './command.js'
import { tell, tellFaults, type ExitCode, type Output } from './output.js'
import { replayBundle } from './replay-bundle.js'
import { linesOf } from '../bundle/lines.js'
import { whatIfText } from './what-if-text.js'

/**
 * `carillon replay JOURNAL`: exits with 0 if every effect is the same, with 1 if one differs or a file is damaged. With `--config`,
 * differences are what the user asked for, so only a damaged file is a fault. Each file of a folder begins with the whole state and is
 * replayed by itself.
 */
export function replayCommand(env: Readonly<Record<string, string | undefined>>): Command {
  return {
    name: 'replay',
    usage: 'JOURNAL [--config DIR] [--json]',
    summary:
      'runs a journal, each journal of a folder, or a bundle of `carillon bundle` through the routing core and reports the first effect that differs',
    options: {
      config: {
        type: 'string',
        value: 'DIR',
        says: 'runs the calls with this config instead, and shows what would have become of each',
      },
      ...json,
    },
    takes: { least: 1, most: 1 },
    async run(given, output) {
      const [path = ''] = given.positionals
      const folder = textOption(given, 'config')
      if (/\.zip$/i.test(path)) return folder === undefined ? replayBundle(path, verdict, output) : noConfig(output)
      const settings = folder === undefined ? undefined : await otherSettings(folder, env, output)
      if (folder !== undefined && !settings) return 1
      const files = await filesOf(path, output)
      let worst: ExitCode = files.length === 0 ? 1 : 0
      for (const file of files) {
        const code = await replayFile(file, settings, given.options['json'] === true, output)
        if (code !== 0) worst = code
      }
      return worst
    },
  }
}

function noConfig(output: Output): 2 {
  const message = '--config needs a journal: no config has the names of a bundle'
  tell(output, { kind: 'usage', message, remedy: 'run replay without --config, or with the journal of your server' })
  return 2
}

/** The journals of a folder in the order of time, or the file itself. */
async function filesOf(path: string, output: Output): Promise<readonly string[]> {
  const found = await stat(path).catch(() => undefined)
  if (!found?.isDirectory()) return [path]
  const names = (await readdir(path)).filter(name => /^journal-.*\.jsonl$/.test(name)).sort()
  if (names.length === 0) tell(output, { kind: 'file', message: `there is no journal in ${path}` })
  return names.map(name => join(path, name))
}

async function replayFile(
  file: string,
  settings: RoutingSettings | undefined,
  asJson: boolean,
  output: Output,
): Promise<ExitCode> {
  try {
    if (settings) {
      const found = await whatIf(() => linesOf(file), settings)
      for (const line of asJson ? [JSON.stringify(found)] : whatIfText(file, found, output.paint)) output.out(line)
      return 0
    }
    const report = await replayJournal(linesOf(file))
    for (const line of asJson ? [JSON.stringify(report)] : verdict(file, report)) output.out(line)
    return report.firstDifference || report.damage ? 1 : 0
  } catch (error) {
    tell(output, { kind: 'file', message: `${file}: ${messageOf(error)}` })
    return 1
  }
}

async function otherSettings(
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
  output: Output,
): Promise<RoutingSettings | undefined> {
  const outcome = await loadConfig(folder, { env, generation: 1 })
  if (outcome.ok) return outcome.settings.routing
  tellFaults(output, outcome.faults)
  return undefined
}

function verdict(file: string, report: ReplayReport): string[] {
  const counts = `${file}: ${report.events} events, ${report.calls} ${report.calls === 1 ? 'call' : 'calls'}`
  const difference = report.firstDifference
  const notes = report.notes.map(note => `note: ${note}`)
  if (report.damage)
    return [`${counts}: line ${report.damage.line} is damaged: ${report.damage.why}; the lines after it were not replayed`]
  if (!difference) return [`${counts}: every effect is the same`, ...notes]
  return [
    `${counts}: line ${difference.line} differs`,
    `  event     ${JSON.stringify(difference.event)}`,
    `  journal   ${JSON.stringify(difference.expected)}`,
    `  replay    ${JSON.stringify(difference.actual)}`,
    ...notes,
  ]
}
