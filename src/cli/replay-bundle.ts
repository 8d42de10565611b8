import { z } from 'zod'
import { retell } from '../bundle/retell.js'
import { messageOf } from '../foundation/errors.js'
import { openSource, type ImportSource } from '../import/source.js'
import { callId } from '../routing/world/ids.js'
import type { ReplayReport } from '../calls/replay.js'
import { tell, type ExitCode, type Output } from './output.js'

const versions = z.looseObject({ call: z.string(), carillon: z.string().optional() })

/** What a replay of a bundle found. */
interface Replayed {
  readonly reports: readonly { readonly file: string; readonly report: ReplayReport }[]
  readonly explanation: string | undefined
  /** The first line of the explanation that differs from the one in the bundle. */
  readonly difference?: { readonly line: number; readonly then: string | undefined; readonly now: string | undefined }
}

/** Replays the journals of a bundle, and prints the decisions. Exits with 1 if an effect or a decision differs. */
export async function replayBundle(
  file: string,
  verdict: (file: string, report: ReplayReport) => string[],
  output: Output,
): Promise<ExitCode> {
  const source = await openSource(file)
  if (!source.ok) {
    tell(output, { kind: 'file', message: source.fault })
    return 1
  }
  try {
    const { reports, explanation, difference } = await replayed(source.value)
    const isSame = difference === undefined && reports.every(({ report }) => !report.firstDifference && !report.damage)
    if (output.isJson === true) output.out(JSON.stringify({ reports, explanation, difference }))
    else {
      for (const { file: name, report } of reports) for (const line of verdict(name, report)) output.out(line)
      if (explanation !== undefined) output.out(`\n${explanation.trimEnd()}\n`)
      output.out(difference === undefined ? 'the decisions are those of the bundle' : differenceWords(difference))
    }
    return isSame ? 0 : 1
  } catch (error) {
    tell(output, { kind: 'file', message: `${file}: ${messageOf(error)}` })
    return 1
  } finally {
    source.value.close()
  }
}

async function replayed(source: ImportSource): Promise<Replayed> {
  const { call } = versions.parse(JSON.parse(await textIn(source, 'versions.json')))
  const files = source.names.filter(name => /^journal-\d+\.jsonl$/.test(name))
  if (files.length === 0) throw new Error('it has no events of the call, because the journal did not have them any more')
  const journals: string[][] = []
  for (const name of files) journals.push((await textIn(source, name)).trimEnd().split('\n'))
  const { reports, explanation } = await retell(journals, callId(call))
  const then = source.names.includes('explanation.txt') ? await textIn(source, 'explanation.txt') : undefined
  const difference = firstDifference(then?.split('\n') ?? [], explanation?.split('\n') ?? [])
  return {
    reports: reports.map((report, index) => ({ file: files[index] ?? '', report })),
    explanation,
    ...(difference && { difference }),
  }
}

async function textIn(source: ImportSource, name: string): Promise<string> {
  const read = await source.read(name)
  if (!read.ok) throw new Error(`${name} ${read.fault}: this is not a bundle of \`carillon bundle\``)
  return read.value.toString()
}

function firstDifference(then: readonly string[], now: readonly string[]): Replayed['difference'] {
  const index = Array.from({ length: Math.max(then.length, now.length) }).findIndex((_, line) => then[line] !== now[line])
  return index < 0 ? undefined : { line: index + 1, then: then[index], now: now[index] }
}

const differenceWords = ({ line, then = '', now = '' }: NonNullable<Replayed['difference']>): string =>
  `the decisions differ at line ${line} of explanation.txt:\n  bundle    ${then}\n  replay    ${now}`
