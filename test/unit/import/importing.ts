import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { runCommand } from '../../../src/cli/command.js'
import { importCommand } from '../../../src/cli/import.js'
import type { Note } from '../../../src/import/notes.js'
import { spiedOutput } from '../../fakes/spies.js'
import { newFolder } from '../config/folder.js'

/** Runs `carillon import` on made-up files. */

export interface Report {
  readonly taken: Readonly<Record<string, readonly string[]>>
  readonly changed: readonly Note[]
  readonly notPossible: readonly Note[]
  readonly check: { readonly ok: boolean; readonly faults: readonly unknown[]; readonly warnings: readonly unknown[] }
}

/** A folder with these files. */
export function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = newFolder()
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

export async function runImport(args: readonly string[]) {
  const output = spiedOutput()
  const code = await runCommand([importCommand('/nowhere/ffmpeg')], ['import', ...args], output)
  return { code, out: output.out.args.flat().join('\n'), err: output.err.args.flat().join('\n') }
}

/** Imports the files of an export. The config must be valid, whatever the export has. */
export async function importedFrom(from: string, files: Readonly<Record<string, string>>, more: readonly string[] = []) {
  const to = join(newFolder(), 'config')
  const common = ['--to', to, '--domain', 'example.com', '--pbx', '10.0.0.5', '--json']
  const { code, out, err } = await runImport([from, folderOf(files), ...common, ...more])
  assert.equal(err, '')
  const report = JSON.parse(out) as Report
  assert.deepEqual([code, report.check.faults], [0, []])
  const words = (notes: readonly Note[]): readonly string[] =>
    notes.map(
      ({ of, name, field, what }) => `${of}${name === '' ? '' : ` ${name}`}${field === undefined ? '' : ` ${field}`}: ${what}`,
    )
  return {
    to,
    taken: report.taken,
    changed: words(report.changed),
    lost: words(report.notPossible),
    text: (file: string): string => readFileSync(join(to, file), 'utf8'),
  }
}

/** Asserts that an import writes a valid config, or says in one sentence why it does not. */
export async function assertValidOrRefused(from: string, files: Readonly<Record<string, string>>): Promise<void> {
  const to = join(newFolder(), 'config')
  const { code, out, err } = await runImport([from, folderOf(files), '--to', to, '--domain', 'example.com', '--json'])
  if (err === '') assert.deepEqual([code, (JSON.parse(out) as Report).check.faults], [0, []])
  else assert.match(err, /"kind":"input"/)
}
