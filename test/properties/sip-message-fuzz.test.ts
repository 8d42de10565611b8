import assert from 'node:assert/strict'
import { drawsOf, mutation } from './sip-mutations.js'
import { readAll, tortureMessages } from './sip-reading.js'

const seed = 4475
const turns = 4_000

describe('mutated torture messages', () => {
  const messages = tortureMessages()

  for (const framing of ['datagram', 'stream'] as const)
    it(`throw in no reader and break no rule, in ${turns} turns as a ${framing}`, () => {
      const met = { message: 0, malformed: 0, silence: 0 }
      for (let turn = 0; turn < turns; turn += 1) {
        const bytes = mutation(messages, drawsOf(seed, turn))
        try {
          met[readAll(bytes, framing).kind] += 1
        } catch (error) {
          assert.fail(`seed ${seed}, turn ${turn}: ${String(error)}\n${JSON.stringify(bytes.toString('latin1'))}`)
        }
      }
      // A mutation that always makes its message unreadable would test nothing.
      assert.ok(met.message > turns / 20 && met.malformed > turns / 20 && met.silence > turns / 20, JSON.stringify(met))
    })
})
