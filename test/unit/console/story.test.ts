import assert from 'node:assert/strict'
import type { OfferEnd } from '../../../console/src/api/documents.js'
import { type Moment, toneOf } from '../../../console/src/pages/calls/story.js'

const ended = (why: OfferEnd): Moment => ({
  at: 0,
  kind: 'offerEnded',
  agent: 'sip:alice@example.com',
  ended: { why, code: null, at: '2027-01-15T08:00:00.000Z', rang: 3 },
})

describe('the timeline of a call', () => {
  for (const [tone, ...ends] of [
    ['good', 'answered'],
    ['bad', 'declined', 'missed', 'unreachable', 'noResponse'],
    ['quiet', 'withdrawn', 'lostRace'],
  ] as const)
    it(`shows offers that ended as ${ends.join(', ')} as ${tone}`, () => {
      assert.deepEqual(
        ends.map(end => toneOf(ended(end))),
        ends.map(() => tone),
      )
    })
})
