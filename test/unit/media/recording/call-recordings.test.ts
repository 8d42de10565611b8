import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '../../../../src/foundation/log.js'
import { seconds } from '../../../../src/foundation/time.js'
import { CallRecordings } from '../../../../src/media/recording/call-recordings.js'
import type { FromRecorder, ToRecorder } from '../../../../src/media/recording/messages.js'
import type { Begin } from '../../../../src/media/worker/helper.js'
import { FakeClock } from '../../../fakes/clock.js'

type Told = Parameters<Begin<ToRecorder, FromRecorder>>[0]
const rules = { quota: 1_000, keep: 1_000, whenFull: 'stop' } as const

describe('the recordings, as the rest of the server sees them', () => {
  const clock = new FakeClock()
  const folder = join(mkdtempSync(join(tmpdir(), 'carillon-recordings-')), 'none')
  after(() => rmSync(join(folder, '..'), { recursive: true }))

  function bench() {
    const [threads, sent, failed]: [Told[], ToRecorder[], string[]] = [[], [], []]
    const recordings = new CallRecordings({
      ...{ folder, clock, log: silentLog, random: size => new Uint8Array(size) },
      failed: call => failed.push(call),
      begin: told => {
        threads.push(told)
        return { tell: message => void sent.push(message) }
      },
    })
    const heard = (message: FromRecorder): void => threads.at(-1)?.heard(message)
    return { recordings, threads, sent, failed, heard }
  }

  it('need no thread while no call may be recorded', async () => {
    const { recordings, threads } = bench()
    recordings.keep(rules, false)
    assert.equal(threads.length, 0)
    assert.deepEqual(await recordings.list({ limit: 1 }), { recordings: [], more: false })
    await recordings.stop()
  })

  it('follow a config that asks for recordings, and one with other rules', () => {
    const { recordings, threads, sent } = bench()
    recordings.keep(rules, false)
    recordings.keep(rules, true)
    recordings.keep({ ...rules, quota: 5 }, true)
    assert.equal(threads.length, 1)
    const [setup, changed] = sent
    assert(setup && !('kind' in setup) && setup.folder === folder)
    assert(changed && 'kind' in changed && changed.kind === 'rules' && changed.rules.quota === 5)
  })

  it('tell the call whose recording failed, count it, and name the trouble in health until it is over', () => {
    const { recordings, failed, heard } = bench()
    recordings.keep(rules, true)
    heard({ kind: 'failed', call: 'c1', fault: 'full', why: 'no space' })
    heard({ kind: 'state', state: { open: 0, bytes: 7, trouble: { fault: 'full', why: 'no space' } } })
    assert.deepEqual([failed, recordings.statistics().failed.full, recordings.statistics().bytes], [['c1'], 1, 7])
    assert.deepEqual(recordings.troubles(), ['recordings: no call is recorded (full)'])
    heard({ kind: 'state', state: { open: 0, bytes: 7 } })
    assert.deepEqual(recordings.troubles(), [])
  })

  it('get another thread a second after one has ended, and refuse questions until then', async () => {
    const { recordings, threads } = bench()
    recordings.keep(rules, true)
    const asked = recordings.find('c1')
    threads[0]?.ended('exit code 1')
    await assert.rejects(asked, /has ended/)
    await assert.rejects(recordings.find('c1'), /is being started/)
    clock.pass(seconds(1))
    assert.equal(threads.length, 2)
  })

  it('refuse a question to which a folder that hangs gives no answer', async () => {
    const { recordings } = bench()
    recordings.keep(rules, true)
    const asked = assert.rejects(recordings.find('c1'), /does not answer/)
    clock.pass(seconds(15))
    await asked
  })
})
