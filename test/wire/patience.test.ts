import assert from 'node:assert/strict'
import { onWire } from './harness/wire.js'
import { declines } from './phones/agents.js'
import { cancelsWhileWaiting } from './phones/callers.js'

describe('A long wait', () => {
  it('the caller gets a provisional response at least every 60 s, and an agent who declined rings again after the grace period', async function () {
    this.timeout(100_000)
    await onWire(async wire => {
      const alice = await wire.phone('alice', declines(50))
      await wire.serve({ groups: [{ name: 'support', method: 'serial', agents: ['alice'] }], ringbackGracePeriod: '30s' })
      const caller = await wire.call('caller', 'support', cancelsWhileWaiting(64_000), { timeout: 90, extra: ['-pause_msg_ign'] })
      await caller.done()

      const moments = (await caller.everyMessage()).filter(message => message.direction === 'received').map(message => message.at)
      const gaps = moments.slice(1).map((moment, index) => moment - (moments[index] ?? 0))
      assert.ok(Math.max(...gaps) <= 60_000, `gaps of ${gaps.map(Math.round).join(', ')} ms`)
      const offers = (await alice.messages()).filter(message => message.method === 'INVITE').map(message => message.at)
      assert.equal(offers.length, 3, 'offers at 0 s, 30 s and 60 s')
      const again = offers.slice(1).map((moment, index) => moment - (offers[index] ?? 0))
      for (const gap of again) assert.ok(gap >= 30_000 && gap < 31_500, `offered again after ${gap} ms`)
    }, 95_000)
  })
})
