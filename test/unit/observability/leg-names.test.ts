import assert from 'node:assert/strict'
import { LegNames } from '../../../src/observability/leg-names.js'
import { callId } from '../../../src/routing/world/ids.js'

describe('the SIP Call-IDs of a call', () => {
  it('are kept cut, however long a caller makes them, and still find the call', () => {
    const names = new LegNames()
    const [call, long] = [callId('c1'), 'x'.repeat(15_000)]
    names.begin(call, `a${long}`)
    names.add(call, `b${long}`)
    names.begin(call, `c${long}`)
    assert.deepEqual(
      names.of(call).map(({ length }) => length),
      [256, 256, 256],
    )
    for (const first of ['a', 'b', 'c']) assert.deepEqual(names.callsBySipCallId(`${first}${long}`), [call])
    assert.deepEqual(names.callsBySipCallId(long), [])
  })
})
