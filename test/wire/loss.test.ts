import assert from 'node:assert/strict'
import { engineOfTests, onWire, type Wire } from './harness/wire.js'
import { answers, answersWithLoss } from './phones/agents.js'
import { acknowledgesLate, talks, talksWithLoss } from './phones/callers.js'

/** In percent. With 40 calls some loss is almost certain, and ten losses in a row, which end a transaction, are almost impossible. */
const loss = 25
const calls = 40

async function callsUnderLoss(wire: Wire, agent: string, caller: string): Promise<void> {
  const agents = Array.from({ length: calls }, (_, index) => `agent${index}`)
  await wire.phone('desk', agent, { agents })
  await wire.serve({ groups: [{ name: 'support', method: 'roundRobin', agents }] })
  await (await wire.call('caller', 'support', caller, { calls, rate: 40 })).done()
  await wire.server.empty(40_000)
  assert.equal(await wire.server.metric('carillon_calls_total', { result: 'answered' }), calls)
}

/** A drachtio-server repeats messages by itself and does not tell us (docs/operations/drachtio.md). */
async function repeated(wire: Wire): Promise<void> {
  const count = await wire.server.metric('carillon_sip_retransmissions_total', { direction: 'out' })
  assert.equal(count > 0, engineOfTests === 'embedded', `${count} messages were repeated`)
}

describe('Loss over UDP', () => {
  it('the 200 to the caller is lost: it is retransmitted until the ACK comes', () =>
    onWire(async wire => {
      // As if the first two 200s were lost. After 4 s of silence the caller would count as gone.
      await callsUnderLoss(wire, answers(), acknowledgesLate(1600))
      await repeated(wire)
    }))

  it('the agent’s 200 is lost: the agent retransmits it, and the call is joined', () =>
    onWire(async wire => {
      await callsUnderLoss(wire, answersWithLoss({ answer: loss }), talks(100))
    }))

  it('the caller’s ACK is lost: the call continues and ends with its BYE', () =>
    onWire(async wire => {
      await callsUnderLoss(wire, answers(), talksWithLoss({ ack: loss }))
    }))

  it('the caller’s ACK comes late: the 200 was retransmitted, and the call continues', () =>
    onWire(async wire => {
      await wire.phone('alice', answers())
      await wire.serve({ groups: [{ name: 'support', method: 'serial', agents: ['alice'] }] })
      const caller = await wire.call('caller', 'support', acknowledgesLate(800))
      await caller.done()
      const answers200 = (await caller.everyMessage()).filter(
        message => message.status === 200 && message.cseqMethod === 'INVITE',
      )
      assert.ok(answers200.length >= 2, `the 200 came ${answers200.length} times`)
    }))

  it('our ACK to the agent is lost: each retransmitted 200 gets another ACK', () =>
    onWire(async wire => {
      await callsUnderLoss(wire, answersWithLoss({ ack: loss }), talks(1200))
    }))

  it('the caller’s BYE is lost: it is retransmitted and ends both legs', () =>
    onWire(async wire => {
      await callsUnderLoss(wire, answers(), talksWithLoss({ bye: loss }))
    }))

  it('our BYE to the agent is lost: it is retransmitted', () =>
    onWire(async wire => {
      await callsUnderLoss(wire, answersWithLoss({ bye: loss }), talks(50))
      await repeated(wire)
    }))
})
