import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { eventually } from './harness/eventually.js'
import { metricOf } from './harness/metrics.js'

const script = fileURLToPath(new URL('../../scripts/demo.ts', import.meta.url))

describe('The demo', () => {
  it('shows callers, ringing phones and agents who talk, and leaves nothing behind after Ctrl-C', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'carillon-wire-'))
    const args = ['--import', 'tsx', script, '--free-ports', '--agents', '2', '--calls-per-minute', '60']
    const demo = spawn(process.execPath, args, { env: { ...process.env, TMPDIR: folder }, stdio: ['ignore', 'pipe', 'pipe'] })
    const exited = once(demo, 'exit')
    let said = ''
    for (const output of [demo.stdout, demo.stderr]) output.on('data', (bytes: Buffer) => (said += bytes.toString()))
    try {
      const page = await eventually('the demo names the wallboard', () => /(http:\S+)\/wallboard/.exec(said)?.[1], 45_000)
      const count = async (name: string, labels = {}): Promise<number> =>
        metricOf(await (await fetch(`${page}/metrics`)).text(), name, labels)
      await eventually('a call is answered', async () => (await count('carillon_calls_active', { state: 'connected' })) > 0)
      await eventually('callers wait', async () => (await count('carillon_queue_waiting_calls')) > 0)
      assert.equal(await count('carillon_invariant_violations_total'), 0)
      demo.kill('SIGINT')
      assert.deepEqual(await exited, [0, null], said)
      const left = await readdir(folder)
      assert.deepEqual(
        left.filter(name => name.startsWith('carillon-')),
        [],
      )
      await assert.rejects(fetch(page), said)
      assert.doesNotMatch(said, /failed|can't/)
    } finally {
      demo.kill('SIGKILL')
      await exited
      await rm(folder, { recursive: true, force: true })
    }
  })
})
