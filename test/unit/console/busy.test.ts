import assert from 'node:assert/strict'
import type { CallRecord, CallRecordPage } from '../../../console/src/api/documents.js'
import { AtMost } from '../../../console/src/at-most.js'
import { emptyWorld, withEvent, withEvents, type LiveEvent } from '../../../console/src/live/world.js'
import { withMore, withNew, type Found } from '../../../console/src/pages/calls/found.js'
import { millis } from '../../../src/foundation/time.js'
import { FakeClock } from '../../fakes/clock.js'

const page = (ids: string, next: string | null = null): CallRecordPage => ({
  calls: Array.from(ids, callId => ({ callId }) as CallRecord),
  next,
})
const found = (ids: string, next: string | null = null): Found => ({ ...page(ids, next), isBehind: false })
const idsOf = ({ calls }: Found): string => calls.map(({ callId }) => callId).join('')

describe('a page of the console on a busy server', () => {
  it('reads at most once in a time, and once more for what came meanwhile', () => {
    const clock = new FakeClock()
    let readings = 0
    const reading = new AtMost(
      5_000,
      (delay, run) => {
        const timer = clock.after(millis(delay), run)
        return () => timer.cancel()
      },
      () => void (readings += 1),
    )
    const seen = [0]
    for (let second = 0; second < 12; second += 1) {
      for (let n = 0; n < 10; n += 1) reading.ask()
      seen.push(readings)
      clock.pass(1_000)
    }
    assert.deepEqual(seen.slice(1), [1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3])
    clock.pass(60_000)
    assert.equal(readings, 4, 'the last request is served once, and nothing more is read')
    reading.ask()
    reading.ask()
    reading.stop()
    clock.pass(60_000)
    assert.equal(readings, 5)
  })

  it('has the same state after a batch of events as after each of them', () => {
    const events = [
      { kind: 'call', document: { callId: 'a' } },
      { kind: 'call', document: { callId: 'b' } },
      { kind: 'queue', document: { name: 'q', waitingCalls: 1, oldestWait: 2 } },
      { kind: 'agent', document: { uri: 'x' } },
      { kind: 'gone', document: { kind: 'call', id: 'a' } },
      { kind: 'group', document: { name: 'g' } },
      { kind: 'config', document: { readAt: '' } },
    ] as unknown as LiveEvent[]
    const one = events.reduce((world, event) => withEvent(world, event, 5_000), emptyWorld)
    const batch = withEvents(emptyWorld, events, 5_000)
    assert.deepEqual(batch, one)
    assert.deepEqual([...batch.calls.keys()], ['b'])
    assert.equal(batch.queues.get('q')?.oldestSince, 3_000)
    assert.equal(emptyWorld.calls.size + emptyWorld.agents.size, 0, 'the old world is unchanged')
    assert.equal(
      withEvents(batch, [{ kind: 'config', document: { readAt: '' } }], 0).calls,
      batch.calls,
      'unchanged parts are not copied',
    )
  })

  it('keeps the finished calls that are shown when another call ends', () => {
    const read = withMore(found('cba', '3'), page('a987', '6'))
    assert.deepEqual([idsOf(read), read.next], ['cba987', '6'])
    const later = withNew(read, page('edc', '3'))
    assert.deepEqual([idsOf(later), later.next, later.isBehind], ['edcba987', '6', false])
    assert.equal(idsOf(withNew(found(''), page('a'))), 'a')
    assert.equal(idsOf(withNew(found('a'), page('a'))), 'a')
  })

  it('leaves no gap in the list when more calls ended than a page has', () => {
    const behind = withNew(found('cba'), page('zyx', '3'))
    assert.deepEqual([idsOf(behind), behind.isBehind], ['cba', true])
    assert.deepEqual([idsOf(withNew(behind, page('0zy', '3'))), withMore(behind, page('9')).isBehind], ['cba', true])
  })
})
