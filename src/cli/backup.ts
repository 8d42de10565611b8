import { resolve } from 'node:path'
import { loadConfig } from '../config/load.js'
import { messageOf } from '../foundation/errors.js'
import type { Environment } from './asking.js'
import { json, textOption, type Arguments, type Command } from './command.js'
import { tell, tellFaults, type ExitCode, type Output } from './output.js'

/** How stores are copied. main.ts passes these functions in, because only `app/` knows the kinds of store. */
export interface StoreCopies {
  /** Rejects if the target file exists already. */
  copyStore(file: string, to: string): Promise<void>
  /** Rejects while a server uses the store. */
  restoreStore(copy: string, file: string): Promise<void>
}

const options = {
  config: { type: 'string', value: 'DIR', says: 'the config folder, which names the store' },
  ...json,
} as const

/** `carillon backup` and `carillon restore`: copy the store of a config to a file and back. */
export function copyCommands(env: Environment, copies: () => Promise<StoreCopies>): readonly Command[] {
  return [
    {
      name: 'backup',
      usage: 'FILE --config DIR [--json]',
      summary: 'copies the store (sign-ins, records, audit log, calls in progress) into a new file, also while the server runs',
      options,
      takes: { least: 1, most: 1 },
      run: (given, output) =>
        withStore(given, env, output, async (store, copy) => {
          await (await copies()).copyStore(store, copy)
          say(output, `${store} is copied to ${copy}`, { store, copy })
        }),
    },
    {
      name: 'restore',
      usage: 'FILE --config DIR [--json]',
      summary: 'replaces the store by a copy made by `carillon backup`; the server must not run',
      options,
      takes: { least: 1, most: 1 },
      run: (given, output) =>
        withStore(given, env, output, async (store, copy) => {
          await (await copies()).restoreStore(copy, store)
          const before = `${store}.before`
          say(output, `${store} is restored from ${copy}; what it held before is in ${before}`, { store, copy, before })
        }),
    },
  ]
}

const say = (output: Output, text: string, document: object): void =>
  output.out(output.isJson === true ? JSON.stringify(document) : text)

async function withStore(
  given: Arguments,
  env: Environment,
  output: Output,
  use: (store: string, copy: string) => Promise<void>,
): Promise<ExitCode> {
  const folder = textOption(given, 'config')
  if (folder === undefined) {
    tell(output, { kind: 'usage', message: '--config DIR is required' })
    return 2
  }
  const loaded = await loadConfig(folder, { env, generation: 1 })
  if (!loaded.ok) {
    tellFaults(output, loaded.faults)
    return 1
  }
  const { store } = loaded.settings
  if (store.kind === 'memory') {
    tell(output, { kind: 'failed', message: 'this config keeps everything in memory (store: memory), so there is no file' })
    return 1
  }
  if (store.kind === 'redis') {
    tell(output, { kind: 'failed', message: 'this config keeps everything in Redis, so there is no file: back up Redis itself' })
    return 1
  }
  try {
    await use(store.file, resolve(given.positionals[0] ?? ''))
    return 0
  } catch (error) {
    tell(output, { kind: 'file', message: messageOf(error) })
    return 1
  }
}
