import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Ask } from '../../../src/cli/asking.js'
import { runCommand } from '../../../src/cli/command.js'
import { recordingsCommand } from '../../../src/cli/recordings.js'

const recording = (callId: string) => ({
  ...{ callId, workflow: 'support', caller: 'sip:+15550100@example.com', callerName: null, from: '2026-11-30T12:00:00.000Z' },
  ...{ seconds: 61.4, bytes: 12, isFinished: true, parts: [{ at: 0, from: '', to: null, agent: 'sip:alice@example.com' }] },
})

/** A server with two pages of one recording each. */
async function run(...argv: string[]): Promise<{ code: number; out: string; asked: string[] }> {
  const asked: string[] = []
  const ask: Ask = async (_given, _output, { method = 'GET', path, use }) => {
    asked.push(`${method} ${path}`)
    const isSecond = path.includes('cursor=one')
    const page = { recordings: [recording(isSecond ? 'two' : 'one')], next: isSecond ? null : 'one' }
    await use(path.endsWith('/file') ? new Response('RIFF') : Response.json(page))
    return 0
  }
  const lines: string[] = []
  const output = { out: (line: string) => void lines.push(line), err: (line: string) => void lines.push(line) }
  const code = await runCommand([recordingsCommand(ask)], ['recordings', ...argv], output)
  return { code, out: lines.join('\n'), asked }
}

describe('carillon recordings', () => {
  it('lists the recordings of all pages', async () => {
    const { code, out, asked } = await run('--caller', '555')
    assert.equal(code, 0)
    assert.match(out, /^one .*support .*sip:\+15550100@example\.com .*sip:alice@example\.com +61 s$/m)
    assert.match(out, /^two /m)
    assert.deepEqual(asked, ['GET /api/recordings?limit=1000&caller=555', 'GET /api/recordings?limit=1000&caller=555&cursor=one'])
  })

  it('saves the sounds and what is known about them in files that only this user may read', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'carillon-saved-'))
    const to = join(folder, 'of-one-caller')
    assert.equal((await run('--save', to)).code, 0)
    assert.deepEqual((await readdir(to)).sort(), ['one.json', 'one.wav', 'two.json', 'two.wav'])
    assert.equal(await readFile(join(to, 'two.wav'), 'utf8'), 'RIFF')
    assert.equal((JSON.parse(await readFile(join(to, 'two.json'), 'utf8')) as { callId: string }).callId, 'two')
    assert.equal((await stat(join(to, 'one.wav'))).mode & 0o777, 0o600)
    await rm(folder, { recursive: true })
  })

  it('deletes what a filter finds, and nothing without a filter', async () => {
    const { out, asked } = await run('--caller', '555', '--delete')
    assert.equal(out, '2 recordings deleted')
    assert.deepEqual(asked.slice(2), ['DELETE /api/calls/one/recording', 'DELETE /api/calls/two/recording'])
    const all = await run('--delete')
    assert.deepEqual([all.code, all.asked], [2, []])
  })
})
