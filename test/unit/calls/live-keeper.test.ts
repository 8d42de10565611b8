import assert from 'node:assert/strict'
import { LiveKeeper } from '../../../src/calls/live-keeper.js'
import type { LiveState } from '../../../src/calls/live/stored.js'
import { callId, type CallId } from '../../../src/routing/world/ids.js'
import { FakeClock } from '../../fakes/clock.js'

describe('calls in progress', () => {
  const setUp = () => {
    const clock = new FakeClock()
    const writes: string[] = []
    const began = clock.now()
    const store = {
      keepsLiveCalls: true,
      saveLiveCall: (call: CallId) => void writes.push(`${clock.now() - began} ${call}`),
      deleteLiveCall: () => undefined,
    }
    const state = (): LiveState => ({ version: 2 }) as LiveState
    const keeper = new LiveKeeper({ store, clock, calls: () => [], state })
    const changes = (...names: string[]): void => {
      for (const name of names) keeper.changed(callId(name))
    }
    return { clock, writes, changes }
  }

  it('are written once for changes that follow each other soon', () => {
    const { clock, writes, changes } = setUp()
    changes('a')
    clock.pass(100)
    changes('a')
    clock.pass(1_000)
    assert.deepEqual(writes, ['125 a'])
  })

  it('are written between 125 and 300 ms after a change, also while others change', () => {
    const { clock, writes, changes } = setUp()
    for (let at = 0; at < 400; at += 40) {
      changes(`call${at}`)
      clock.pass(40)
    }
    clock.pass(1_000)
    assert.equal(writes.length, 10)
    for (const write of writes) {
      const [, at = '', changed = ''] = /^(\d+) call(\d+)$/.exec(write) ?? []
      const age = Number(at) - Number(changed)
      assert.ok(age >= 125 && age <= 300, write)
    }
  })

  it('are written at most a hundred at once', () => {
    const { clock, writes, changes } = setUp()
    changes(...Array.from({ length: 250 }, (_each, index) => `call${index}`))
    clock.pass(125)
    assert.equal(writes.length, 100)
    clock.pass(1)
    assert.equal(writes.length, 200)
    clock.pass(1)
    assert.equal(writes.length, 250)
  })
})
