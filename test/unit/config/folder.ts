import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { formatFault } from '../../../src/config/faults.js'
import { loadConfig, type LoadOutcome } from '../../../src/config/load.js'
import type { Settings } from '../../../src/config/settings.js'
import { wallTime } from '../../../src/foundation/time.js'

export type Files = Readonly<Record<string, string | Uint8Array>>

/** A config with one agent, group, queue and workflow that causes no warning. */
export const base: Readonly<Record<string, string>> = {
  'carillon.yaml': 'sip: { domain: example.com, trustedPeers: [10.0.0.1] }\n',
  'agents.yaml': 'agents:\n  - { uri: "sip:alice@example.com", contact: "sip:alice@10.1.1.1" }\n',
  'groups.yaml': 'groups:\n  - { name: support, agents: ["sip:alice@example.com"] }\n',
  'queues.yaml': 'queues:\n  - { name: support, groups: [support] }\n',
  'workflows.yaml': 'workflows:\n  - { name: support, uri: "sip:support@example.com", queue: support }\n',
}

/** The time of these tests. */
export const today = wallTime(Date.parse('2026-06-01T12:00:00Z'))

const folders: string[] = []

export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-config-'))
  folders.push(folder)
  return folder
}

export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
}

/** Writes the small config above, with some files replaced. */
export function writeFolder(files: Files): string {
  const folder = newFolder()
  for (const [name, text] of Object.entries({ ...base, ...files })) {
    const file = join(folder, name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text, { mode: 0o600 })
  }
  return folder
}

export const load = (files: Files, env: Record<string, string> = {}): Promise<LoadOutcome> =>
  loadConfig(writeFolder(files), { env, generation: 7, now: today })

export async function settingsOf(files: Files = {}, env: Record<string, string> = {}): Promise<Settings> {
  const outcome = await load(files, env)
  assert.ok(outcome.ok, outcome.ok ? '' : outcome.faults.map(formatFault).join('\n'))
  return outcome.settings
}

export async function faultsOf(files: Files, env: Record<string, string> = {}): Promise<string[]> {
  const outcome = await load(files, env)
  assert.ok(!outcome.ok, 'no fault was found')
  return outcome.faults.map(formatFault)
}

export async function warningsOf(files: Files): Promise<string[]> {
  const outcome = await load(files)
  assert.ok(outcome.ok, outcome.ok ? '' : outcome.faults.map(formatFault).join('\n'))
  return outcome.warnings.map(formatFault)
}

/** A WAV of eight silent samples at 8 kHz. */
export function wav({ code = 1, channels = 1, bits = 16, fill = 0 } = {}): Buffer {
  const size = (8 * channels * bits) / 8
  const bytes = Buffer.alloc(44 + size, fill)
  bytes.write('RIFF', 0, 'latin1')
  bytes.writeUInt32LE(36 + size, 4)
  bytes.write('WAVEfmt ', 8, 'latin1')
  bytes.writeUInt32LE(16, 16)
  bytes.writeUInt16LE(code, 20)
  bytes.writeUInt16LE(channels, 22)
  bytes.writeUInt32LE(8_000, 24)
  bytes.writeUInt32LE((8_000 * channels * bits) / 8, 28)
  bytes.writeUInt16LE((channels * bits) / 8, 32)
  bytes.writeUInt16LE(bits, 34)
  bytes.write('data', 36, 'latin1')
  bytes.writeUInt32LE(size, 40)
  return bytes
}
