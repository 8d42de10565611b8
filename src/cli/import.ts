import { constants } from 'node:fs'
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { didYouMean, formatFault, type ConfigFault } from '../config/faults.js'
import { loadConfig } from '../config/load.js'
import { readHost } from '../config/uri.js'
import { messageOf } from '../foundation/errors.js'
import { fault, ok, type Result } from '../foundation/result.js'
import { importAsterisk } from '../import/asterisk/import-asterisk.js'
import { importFreeswitch } from '../import/freeswitch/import-freeswitch.js'
import type { Imported, ImportRequest } from '../import/imported.js'
import { importLync } from '../import/lync/import-lync.js'
import { importTeams } from '../import/teams/import-teams.js'
import { oneLine } from '../import/notes.js'
import { reportLines, type ImportReport } from '../import/report.js'
import { json, textOption, type Arguments, type Command } from './command.js'
import { questions } from './init-answers.js'
import { tell, type ExitCode, type Output } from './output.js'

/** The products from which a config can be imported. */
const importers = {
  lync: { title: 'Lync', run: importLync },
  asterisk: { title: 'Asterisk', run: importAsterisk },
  freeswitch: { title: 'FreeSWITCH', run: importFreeswitch },
  teams: { title: 'Teams', run: importTeams },
} as const

type From = keyof typeof importers
const isFrom = (word: string): word is From => Object.hasOwn(importers, word)

/** `carillon import FROM SOURCE --to DIR`: writes a config from the export of another product. `ffmpeg`: the program that converts sounds. */
export function importCommand(ffmpeg = 'ffmpeg'): Command {
  return {
    name: 'import',
    usage: 'FROM SOURCE --to DIR [--domain DOMAIN] [--pbx ADDRESS] [--dry-run] [--overwrite] [--json]',
    summary:
      'writes a config from an export of another product, and reports what was changed and what is left to do; FROM is lync (also Skype for Business), asterisk (also FreePBX), freeswitch or teams',
    options: {
      to: { type: 'string', value: 'DIR', says: 'the config folder to write; it must be new or empty' },
      domain: {
        type: 'string',
        value: 'DOMAIN',
        says: 'the SIP domain; only lync and teams have a default: that of most workflows',
      },
      pbx: {
        type: 'string',
        value: 'ADDRESS',
        says: 'IP address of the PBX or SBC that sends calls, with its port if it is not 5060',
      },
      'dry-run': { type: 'boolean', says: 'writes nothing, and prints the report' },
      overwrite: { type: 'boolean', says: 'writes into a folder that has files, and replaces those of the same name' },
      ...json,
    },
    takes: { least: 2, most: 2 },
    async run(given, output) {
      const request = requestOf(given)
      if (!request.ok) {
        tell(output, { kind: 'usage', message: request.fault }, 'import')
        return 2
      }
      const { to, isDry } = request.value
      const inTheWay = isDry || given.options['overwrite'] === true ? undefined : await thingsIn(to)
      if (inTheWay !== undefined) {
        tell(output, { kind: 'file', message: inTheWay }, 'import')
        return 1
      }
      // The import writes into a folder of its own first. If it fails, nothing half done is left.
      const staging = await mkdtemp(join(tmpdir(), 'carillon-import-'))
      try {
        return await runImport({ ...request.value, folder: staging, ffmpeg }, output)
      } catch (error) {
        tell(output, { kind: 'file', message: messageOf(error) }, 'import')
        return 1
      } finally {
        await rm(staging, { recursive: true, force: true })
      }
    },
  }
}

interface Request extends Omit<ImportRequest, 'folder' | 'ffmpeg'> {
  readonly from: From
  readonly to: string
  readonly isDry: boolean
}

function requestOf(given: Arguments): Result<Request> {
  const [from = '', source = ''] = given.positionals
  if (!isFrom(from))
    return fault(
      `there is no importer '${from}'${didYouMean(from, Object.keys(importers))}; expected ${Object.keys(importers).join(', ')}`,
    )
  const isDry = given.options['dry-run'] === true
  const to = textOption(given, 'to')
  if (to === undefined && !isDry) return fault('--to DIR is required: the config folder to write')
  const domain = readOption(given, 'domain', readHost)
  if (!domain.ok) return domain
  const pbx = readOption(given, 'pbx', questions.pbx.read)
  if (!pbx.ok) return pbx
  return ok({ from, source, to: to ?? 'the folder', isDry, domain: domain.value, pbx: pbx.value })
}

/** The value of an option. Undefined: it is not given. */
function readOption<T>(given: Arguments, name: string, read: (text: string) => Result<T>): Result<T | undefined> {
  const text = textOption(given, name)
  if (text === undefined) return ok(undefined)
  const value = read(text)
  return value.ok ? value : fault(`--${name}: ${value.fault}`)
}

/** Why nothing may be written to the folder. Undefined: it is missing or empty. */
async function thingsIn(folder: string): Promise<string | undefined> {
  try {
    const [first] = await readdir(folder)
    return first === undefined
      ? undefined
      : `${folder} is not empty; import writes only into a new or an empty folder, unless you give --overwrite`
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? undefined : messageOf(error)
  }
}

async function runImport(request: Request & ImportRequest, output: Output): Promise<ExitCode> {
  const { from, folder, to, isDry } = request
  const imported = await importers[from].run(request)
  if (!imported.ok) {
    tell(output, { kind: 'input', message: oneLine(imported.fault) }, 'import')
    return 1
  }
  await writeFiles(folder, imported.value.files)
  if (!isDry) await copyFiles(folder, to, [...imported.value.files.keys(), ...imported.value.sounds])
  const loaded = await loadConfig(isDry ? folder : to, { env: {}, generation: 1 })
  const [faults, warnings] = loaded.ok ? [[], loaded.warnings] : [loaded.faults, []]
  const report = reportOf(request, imported.value)
  if (output.isJson === true) output.out(JSON.stringify({ ...report, check: { ok: loaded.ok, faults, warnings } }))
  else for (const line of [...reportLines(report), ...checkLines(to, faults, warnings)]) output.out(line)
  return loaded.ok ? 0 : 1
}

const reportOf = ({ from, to, isDry }: Request, { files, sounds, taken, notes }: Imported): ImportReport => ({
  from: importers[from].title,
  to,
  dryRun: isDry,
  files: [...files.keys(), ...sounds],
  taken: { ...taken, sounds },
  changed: notes.all.filter(({ kind }) => kind === 'changed'),
  notPossible: notes.all.filter(({ kind }) => kind === 'notPossible'),
  notShown: notes.left,
})

function checkLines(folder: string, faults: readonly ConfigFault[], warnings: readonly ConfigFault[]): readonly string[] {
  const lines = [...faults.map(formatFault), ...warnings.map(warning => `${formatFault(warning)} (warning)`)]
  const verdict = faults.length > 0 ? `${faults.length} errors` : `valid, ${warnings.length} warnings`
  return ['', 'Check', ...lines.map(line => `  ${line}`), `${folder}: ${verdict}`]
}

/** Other users may not read the files, because password hashes will be in them. */
async function writeFiles(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  for (const [name, text] of files) {
    await mkdir(dirname(join(folder, name)), { recursive: true, mode: 0o750 })
    await writeFile(join(folder, name), text, { flag: 'wx', mode: 0o640 })
  }
}

/** Removes an old file before it copies, so that a link of the same name is not followed. */
async function copyFiles(from: string, to: string, names: readonly string[]): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o750 })
  for (const name of names) {
    await mkdir(dirname(join(to, name)), { recursive: true, mode: 0o750 })
    await rm(join(to, name), { force: true })
    await copyFile(join(from, name), join(to, name), constants.COPYFILE_EXCL)
  }
}
