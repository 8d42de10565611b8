import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { replayJournal, type ReplayReport } from '../calls/replay.js'
import { formatFault } from '../config/faults.js'
import { loadConfig } from '../config/load.js'
import type { RoutingSettings } from '../routing/settings.js'
import { textOption, type Command, type ExitCode, type Output } from './command.js'

/** `carillon replay JOURNAL`: exit 0 when every effect is the same, 1 when one differs or the file can't be read. */
export function replayCommand(env: Readonly<Record<string, string | undefined>>): Command {
  return {
    name: 'replay',
    usage: 'JOURNAL [--config DIR] [--json]',
    summary: 'runs a journal through the routing core and reports the first effect that differs',
    options: { config: { type: 'string' } },
    takes: { least: 1, most: 1 },
    async run(given, output) {
      const folder = textOption(given, 'config')
      const settings = folder === undefined ? undefined : await otherSettings(folder, env, output)
      if (folder !== undefined && !settings) return 1
      return replayFile(given.positionals[0] ?? '', settings, given.options['json'] === true, output)
    },
  }
}

async function replayFile(file: string, settings: RoutingSettings | undefined, json: boolean, output: Output): Promise<ExitCode> {
  try {
    const lines = createInterface({ input: createReadStream(file), crlfDelay: Infinity })
    const report = await replayJournal(lines, settings ? { settings } : {})
    for (const line of json ? [JSON.stringify(report)] : verdict(file, report)) output.out(line)
    return report.firstDifference ? 1 : 0
  } catch (error) {
    output.err(`carillon: ${file}: ${error instanceof Error ? error.message : String(error)}`)
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
  for (const fault of outcome.faults) output.err(formatFault(fault))
  return undefined
}

function verdict(file: string, report: ReplayReport): string[] {
  const counts = `${file}: ${report.events} events, ${report.calls} calls`
  const difference = report.firstDifference
  const notes = report.notes.map(note => `note: ${note}`)
  if (!difference) return [`${counts}: every effect the same`, ...notes]
  return [
    `${counts}: line ${difference.line} differs`,
    `  event     ${JSON.stringify(difference.event)}`,
    `  then      ${JSON.stringify(difference.expected)}`,
    `  now       ${JSON.stringify(difference.actual)}`,
    ...notes,
  ]
}
