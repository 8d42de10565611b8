import assert from 'node:assert/strict'
import { fuzz } from './media-fuzz.js'
import { mediaTargets } from './media-targets.js'

const seed = 8261
const turns = 4096

describe('mutated datagrams at a media port', () => {
  for (const target of mediaTargets)
    it(`throw in no reader of ${target.name} and break no rule, in ${turns} turns`, () => {
      const { understood, passed } = fuzz(target, seed, 0, turns)
      // A mutation that always makes its datagram unreadable would test nothing.
      assert.ok(understood > turns / 50 && passed > turns / 50, JSON.stringify({ understood, passed }))
    })
})
