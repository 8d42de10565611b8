import { table } from '../../src/cli/table.js'
import type { Trend } from './samples.js'
import type { Verdict } from './verdict.js'

const heads = [
  'server',
  'ended',
  's',
  'calls',
  'CPU %',
  'heap MiB at 1-3 min',
  'first/last third from call 10,000',
  'buffers MiB',
  'descriptors',
  'RSS MiB',
]

/** Prints the result as a short table, and the errors. */
export function reportOf(verdict: Verdict): string {
  const rows = verdict.lives.map((life, index) => [
    String(index + 1),
    life.ending,
    life.seconds.toFixed(0),
    String(life.calls),
    life.cpu.toFixed(0),
    life.earlyHeapMiB?.toFixed(1) ?? '-',
    trend(life.heapMiB, 1),
    trend(life.externalMiB, 1),
    trend(life.descriptors, 0),
    life.rssMiB.toFixed(0),
  ])
  const { calls, outcomes, phones, edits, notifies, latestCancelMs, records, journals, log, wrongs } = verdict
  return [
    table(heads, rows),
    `${calls} calls: ${counts(outcomes)}`,
    `${records.count} records: ${counts(records.byOutcome)}`,
    `phones: ${counts(phones)}; ${notifies} NOTIFYs; a CANCEL came ${latestCancelMs.toFixed(0)} ms after the next INVITE at most`,
    `edits of the config: ${counts(edits)}`,
    `journals: ${journals.files} files, ${journals.events} events decided the same again, ${journals.checks} looks at all rules`,
    `log at warn and error: ${log.map(({ kind, count }) => `${count} × ${kind}`).join(', ') || 'nothing'}`,
    wrongs.length === 0 ? 'Nothing is wrong.' : `WRONG:\n${wrongs.map(wrong => `  ${wrong}`).join('\n')}`,
  ].join('\n')
}

const trend = (found: Trend | undefined, digits: number): string =>
  found ? `${found.first.toFixed(digits)}/${found.last.toFixed(digits)}` : '-'

const counts = (of: Readonly<Record<string, number>>): string =>
  Object.entries(of)
    .sort(([, a], [, b]) => b - a)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ')
