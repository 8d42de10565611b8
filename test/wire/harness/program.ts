import { execFile } from 'node:child_process'
import { access } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { nodeUnderTest } from './nodes.js'

/** The built server and its commands. */
export const program = fileURLToPath(new URL('../../../dist/main.js', import.meta.url))

export interface CommandEnd {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export async function assureBuilt(): Promise<void> {
  await access(program).catch(() => {
    throw new Error(`${program} is not there: run npm run build`)
  })
}

/** Runs `carillon …` until it ends. */
export function carillon(...args: readonly string[]): Promise<CommandEnd> {
  return run(nodeUnderTest(), [program, ...args])
}

export function run(command: string, args: readonly string[], input?: string): Promise<CommandEnd> {
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number') reject(new Error(`${command} can't be run`, { cause: error }))
      else resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr })
    })
    child.stdin?.end(input)
  })
}
