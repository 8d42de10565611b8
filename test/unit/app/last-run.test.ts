import assert from 'node:assert/strict'
import { tellOfLastRun } from '../../../src/app/last-run.js'
import type { LogFields } from '../../../src/foundation/log.js'
import { wallTime } from '../../../src/foundation/time.js'
import { callId } from '../../../src/routing/world/ids.js'
import { spiedLog } from '../../fakes/spies.js'

const began = wallTime(Date.UTC(2026, 10, 30, 8, 0))
const written = wallTime(Date.UTC(2026, 10, 30, 9, 30))
const liveCalls = ['a', 'b'].map(call => ({ call: callId(call), state: '{}' }))

/** What is told of a last run. */
function told(endedAt: number | undefined, calls = liveCalls, beganAt = began): readonly (readonly [string, LogFields?])[] {
  const log = spiedLog()
  const lastRun = { version: '0.1.9', beganAt, endedAt: endedAt === undefined ? undefined : wallTime(endedAt) }
  tellOfLastRun({ lastRun, liveCalls: calls, wroteAt: written }, log)
  return log.warn.args
}

describe('the news of the last run', () => {
  it('says when it broke off, which version it was, and how many calls were in progress', () => {
    assert.deepEqual(told(undefined), [
      [
        'the last run (Carillon 0.1.9, since 2026-11-30T08:00:00.000Z) did not end by itself; its last change of the store was at 2026-11-30T09:30:00.000Z; 2 calls were in progress; calls.restored says what became of them',
        {
          event: 'server.brokeOff',
          version: '0.1.9',
          began: '2026-11-30T08:00:00.000Z',
          last: '2026-11-30T09:30:00.000Z',
          calls: 2,
        },
      ],
    ])
  })

  it('says that no call was in progress', () => {
    assert.match(told(undefined, [])[0]?.[0] ?? '', /; no call was in progress$/)
  })

  it('does not stop the start when the time of the last start is no date', () => {
    for (const beganAt of [9e15, NaN]) assert.match(told(undefined, [], wallTime(beganAt))[0]?.[0] ?? '', /since an unknown time/)
  })

  it('is silent about a run that ended by itself', () => {
    assert.deepEqual(told(written), [])
  })
})
