import assert from 'node:assert/strict'
import fc from 'fast-check'
import { formatDuration, millis, parseDuration } from '../../../src/foundation/time.js'

describe('durations', () => {
  for (const [text, ms] of [
    ['20s', 20_000],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['250ms', 250],
    ['1m5ms', 60_005],
    ['0s', 0],
  ] as const) {
    it(`reads ${text} as ${ms} ms`, () => assert.deepEqual(parseDuration(text), { ok: true, value: ms }))
  }

  for (const text of ['', '20', 's', '5 m', '30m1h', '-5s', '1.5s', '5d']) {
    it(`refuses '${text}' with an example`, () => {
      const parsed = parseDuration(text)
      assert.ok(!parsed.ok && parsed.fault.includes('such as 20s'))
    })
  }

  it('reads back whatever it prints', () => {
    fc.assert(
      fc.property(fc.nat(), span => {
        const read = parseDuration(formatDuration(millis(span)))
        assert.ok(read.ok && read.value === span)
      }),
    )
  })
})
