import assert from 'node:assert/strict'
import { agentUri } from './harness/config.js'
import { onWire } from './harness/wire.js'
import { answers } from './phones/agents.js'
import { isRefused, talks } from './phones/callers.js'

const threeDays = 3 * 86_400_000
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const

/** Sets the wall clock of the server's process three days ahead. SIGUSR2 corrects it. */
const aheadUntilTold = [
  '--import',
  `data:text/javascript,const right=Date.now;let ahead=${threeDays};Date.now=()=>right()+ahead;process.on('SIGUSR2',()=>{ahead=0})`,
]

/** Open today and tomorrow, because the test may run past midnight. Closed in three days. */
const openNow = (): Readonly<Record<string, readonly string[]>> => {
  const today = new Date().getUTCDay()
  return Object.fromEntries([0, 1].map(ahead => [weekdays[(today + ahead) % 7] ?? 'sun', ['00:00-24:00']]))
}

describe('A machine whose clock was three days ahead', () => {
  it('follows its opening hours as soon as the clock is corrected, and writes records with the right time', () =>
    onWire(async wire => {
      await wire.phone('alice', answers())
      const group = { name: 'support', method: 'serial', agents: ['alice'] } as const
      await wire.serve({ groups: [group], workflow: { timeZone: 'UTC', hours: openNow() } }, aheadUntilTold)
      const refused = await wire.call('closed', 'support', isRefused(480))
      await refused.done()
      wire.server.signal('SIGUSR2')
      const step = await wire.server.logged({ event: 'clock.stepped' })
      assert(Math.abs(Number(step['byMs']) + threeDays) < 60_000, `it was set by ${String(step['byMs'])} ms`)
      assert.equal(await wire.server.metric('carillon_clock_steps_total', { direction: 'back' }), 1)
      const taken = await wire.call('open', 'support', talks())
      await taken.done()
      await wire.server.empty()
      const { calls } = await wire.server.get<{ readonly calls: readonly Record<string, string>[] }>('/api/calls?state=finished')
      const latest = calls.find(({ outcome }) => outcome === 'answered')
      assert(Math.abs(Date.parse(latest?.['arrivedAt'] ?? '') - Date.now()) < 600_000, 'the record has the right time')
      const { idleSince } = await wire.server.agent(agentUri('alice'))
      assert(Math.abs(Date.parse(idleSince) - Date.now()) < 600_000, 'the agent is shown by the right time')
    }))
})
