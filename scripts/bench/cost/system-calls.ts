import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** System calls of a process, counted by strace (Debian's package). */
export const SystemCalls = {
  /** By name, of all threads, while `run` runs. Empty without strace. */
  async during(pid: number, run: () => Promise<void>): Promise<ReadonlyMap<string, number>> {
    if (!isThere('strace')) return new Map()
    const folder = await mkdtemp(join(tmpdir(), 'carillon-strace-'))
    const file = join(folder, 'counts')
    const tracer = spawn('strace', ['-c', '-f', '-p', String(pid), '-o', file], { stdio: ['ignore', 'ignore', 'pipe'] })
    // "Process … attached"
    await once(tracer.stderr, 'data')
    await run()
    tracer.kill('SIGINT')
    await once(tracer, 'exit')
    const counts = readCounts(await readFile(file, 'utf8'))
    await rm(folder, { recursive: true, force: true })
    return counts
  },
}

function isThere(command: string): boolean {
  try {
    execFileSync('which', [command], { stdio: 'ignore' })
    return true
  } catch {
    return false // Not installed.
  }
}

/** Lines such as ` 45.04    0.001234          12       103         7 futex`. The column of errors may be empty. */
function readCounts(text: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const line of text.split('\n')) {
    const fields = line.trim().split(/\s+/)
    const [share = '', , , calls = ''] = fields
    const name = fields.at(-1) ?? ''
    if (/^\d+\.\d+$/.test(share) && name !== 'total') counts.set(name, Number(calls))
  }
  return counts
}
