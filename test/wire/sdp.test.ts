import assert from 'node:assert/strict'
import { onWire } from './harness/wire.js'
import type { Sipp } from './harness/sipp.js'
import { answers, holds as agentHolds, isHeld as agentIsHeld, offersInAnswer } from './phones/agents.js'
import { delaysOffer, holds as callerHolds, isHeld as callerIsHeld, talks } from './phones/callers.js'

const support = { groups: [{ name: 'support', method: 'serial', agents: ['alice'] }] } as const

/** The directions in the SDP of INVITEs and their 200s that a phone received, in order. */
async function directions(phone: Sipp): Promise<string[]> {
  const bodies = (await phone.messages()).filter(
    message => message.direction === 'received' && message.cseqMethod === 'INVITE' && message.body !== '',
  )
  return bodies.map(message => /^a=(sendrecv|sendonly|recvonly|inactive)$/m.exec(message.body)?.[1] ?? 'none')
}

describe('SDP end to end', () => {
  it('the caller holds and resumes: the agent gets re-INVITEs, and the answers go back', () =>
    onWire(async wire => {
      const alice = await wire.phone('alice', agentIsHeld())
      await wire.serve(support)
      const caller = await wire.call('caller', 'support', callerHolds())
      await caller.done()
      assert.deepEqual(await directions(alice), ['sendrecv', 'sendonly', 'sendrecv'])
      assert.deepEqual(await directions(caller), ['sendrecv', 'recvonly', 'sendrecv'])
    }))

  it('the agent holds and resumes: the caller gets re-INVITEs, and the answers go back', () =>
    onWire(async wire => {
      const alice = await wire.phone('alice', agentHolds())
      await wire.serve(support)
      const caller = await wire.call('caller', 'support', callerIsHeld())
      await caller.done()
      assert.deepEqual(await directions(caller), ['sendrecv', 'sendonly', 'sendrecv'])
      assert.deepEqual(await directions(alice), ['sendrecv', 'recvonly', 'sendrecv'])
    }))

  it('a caller without an SDP offer gets the agent’s offer in the 200, and the agent gets the answer in the ACK', () =>
    onWire(async wire => {
      const alice = await wire.phone('alice', offersInAnswer())
      await wire.serve(support)
      const caller = await wire.call('caller', 'support', delaysOffer())
      await caller.done()
      assert.equal((await alice.received('INVITE')).body, '')
      assert.match((await caller.received(200)).body, /^o=agent /m)
      assert.match((await alice.received('ACK')).body, /^o=caller /m)
    }))

  it('the caller of an anonymous workflow learns nothing about the agent', () =>
    onWire(async wire => {
      await wire.phone('alice', answers(20, 'alice-desk'))
      await wire.serve({ ...support, workflow: { anonymous: true } })
      const caller = await wire.call('caller', 'support', talks())
      await caller.done()
      const received = (await caller.messages()).filter(message => message.direction === 'received')
      for (const message of received) assert.doesNotMatch(message.text, /alice/i)
    }))
})
