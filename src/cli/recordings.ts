import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { CallRecordingDocument, CallRecordingPageDocument } from '../http/call-recording-documents.js'
import { server, type Ask } from './asking.js'
import { json, textOption, type Arguments, type Command } from './command.js'
import type { ExitCode, Output } from './output.js'
import { localTime, table } from './table.js'

const filters = ['caller', 'agent', 'workflow', 'from', 'to'] as const
const privately = { file: 0o600, folder: 0o700 } as const

/**
 * `carillon recordings`: lists recordings of calls, saves them in a folder, or deletes them. So the data of one person can be exported and
 * deleted (data protection).
 */
export function recordingsCommand(ask: Ask): Command {
  return {
    name: 'recordings',
    usage:
      '[--caller TEXT] [--agent URI] [--workflow NAME] [--from DATE] [--to DATE] [--save FOLDER | --delete] [--server URL] [--token TOKEN] [--json]',
    summary: 'lists recordings of calls; --save writes their sounds and notes into FOLDER, --delete deletes them all',
    options: {
      caller: { type: 'string', value: 'TEXT', says: 'a part of the number or name of the caller' },
      agent: { type: 'string', value: 'URI', says: 'an agent who talks' },
      workflow: { type: 'string', value: 'NAME', says: 'of this workflow' },
      from: { type: 'string', value: 'DATE', says: 'begun at this date or later' },
      to: { type: 'string', value: 'DATE', says: 'begun before this date' },
      save: {
        type: 'string',
        value: 'FOLDER',
        says: 'save the sounds as CALL-ID.wav and what is known about them as CALL-ID.json',
      },
      delete: { type: 'boolean', says: 'delete the recordings; needs the role admin and at least one of the filters' },
      ...server,
      ...json,
    },
    takes: { least: 0, most: 0 },
    async run(given, output) {
      const folder = textOption(given, 'save')
      const deletes = given.options['delete'] === true
      if (deletes && (folder !== undefined || filters.every(name => textOption(given, name) === undefined))) {
        output.err(
          '--delete needs one of --caller, --agent, --workflow, --from, --to, and no --save: save first, and then delete',
        )
        return 2
      }
      const found: CallRecordingDocument[] = []
      const code = await collect(ask, given, output, found)
      if (code !== 0) return code
      if (folder !== undefined) return await save(ask, given, output, { found, folder })
      if (deletes) return await remove(ask, given, output, found)
      output.out(given.options['json'] === true ? JSON.stringify(found) : listOf(found))
      return 0
    },
  }
}

/** Reads all pages. */
async function collect(ask: Ask, given: Arguments, output: Output, found: CallRecordingDocument[]): Promise<ExitCode> {
  const query = new URLSearchParams({ limit: '1000' })
  for (const name of filters) {
    const value = textOption(given, name)
    if (value !== undefined) query.set(name, value)
  }
  for (let next: string | null = ''; next !== null;) {
    if (next !== '') query.set('cursor', next)
    let following: string | null = null
    const code = await ask(given, output, {
      path: `/api/recordings?${query.toString()}`,
      async use(response) {
        // The document comes from our own server, so its shape is trusted and not checked again.
        const page = (await response.json()) as CallRecordingPageDocument
        found.push(...page.recordings)
        following = page.next
      },
    })
    if (code !== 0) return code
    next = following
  }
  return 0
}

async function save(
  ask: Ask,
  given: Arguments,
  output: Output,
  { found, folder }: { readonly found: readonly CallRecordingDocument[]; readonly folder: string },
): Promise<ExitCode> {
  await mkdir(folder, { recursive: true, mode: privately.folder })
  for (const recording of found) {
    const file = join(folder, `${recording.callId}.wav`)
    const code = await ask(given, output, {
      path: `/api/calls/${encodeURIComponent(recording.callId)}/recording/file`,
      accept: 'audio/wav',
      async use({ body }) {
        if (body) await pipeline(Readable.fromWeb(body), createWriteStream(file, { mode: privately.file }))
      },
    })
    if (code !== 0) return code
    const note = Readable.from([`${JSON.stringify(recording)}\n`])
    await pipeline(note, createWriteStream(join(folder, `${recording.callId}.json`), { mode: privately.file }))
  }
  output.out(`${found.length} recordings saved in ${folder}`)
  return 0
}

async function remove(ask: Ask, given: Arguments, output: Output, found: readonly CallRecordingDocument[]): Promise<ExitCode> {
  for (const { callId } of found) {
    const path = `/api/calls/${encodeURIComponent(callId)}/recording`
    const code = await ask(given, output, { method: 'DELETE', path, use: () => Promise.resolve() })
    if (code !== 0) return code
  }
  output.out(`${found.length} recordings deleted`)
  return 0
}

function listOf(found: readonly CallRecordingDocument[]): string {
  const rows = found.map(({ callId, workflow, caller, from, seconds, parts }) => [
    ...[callId, localTime(from), workflow, caller],
    [...new Set(parts.flatMap(({ agent }) => agent ?? []))].join(' '),
    `${Math.round(seconds)} s`,
  ])
  return table(['CALL', 'BEGUN', 'WORKFLOW', 'CALLER', 'AGENTS', 'LENGTH'], rows)
}
