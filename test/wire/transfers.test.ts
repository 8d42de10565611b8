import assert from 'node:assert/strict'
import { agentUri } from './harness/config.js'
import { eventually } from './harness/eventually.js'
import type { TracedMessage } from './harness/trace.js'
import { engineOfTests, onWire, type Wire } from './harness/wire.js'
import { answers } from './phones/agents.js'
import { ack, answered, bye, callerRequest, invite, talks } from './phones/callers.js'
import { noBody, pause, receive, scenario, sdp } from './phones/steps.js'
import { answersAndMoves, isMoved, isRefusedToRefer, isTransferred, okTo, refers, refersInVain } from './phones/transfers.js'

const twoGroups = {
  groups: [
    { name: 'support', method: 'serial' as const, agents: ['alice'] },
    { name: 'sales', method: 'serial' as const, agents: ['bob'] },
  ],
}

interface RecordDocument {
  readonly caller: string
  readonly agent?: string
  readonly talks?: readonly { readonly agent: string; readonly side: string; readonly from: string; readonly to: string }[]
  readonly transfers?: readonly { readonly asker: string; readonly to: string; readonly outcome: string }[]
}

const records = async (wire: Wire): Promise<readonly RecordDocument[]> =>
  (await wire.server.get<{ calls: readonly RecordDocument[] }>('/api/calls?state=finished')).calls
const activity = async (wire: Wire, name: string): Promise<string> => (await wire.server.agent(agentUri(name))).activity
const tagOf = (message: TracedMessage | undefined, name: string): string =>
  /;tag=([^;\s]+)/.exec(message?.header(name)[0] ?? '')?.[1] ?? ''
const received = (messages: readonly TracedMessage[], method: string): TracedMessage[] =>
  messages.filter(message => message.method === method && message.direction === 'received')

/** A call waits for sales although bob's phone is idle except for the transfer. It must not ring bob. */
async function salesWaits(wire: Wire): Promise<void> {
  await wire.call('second', 'sales', talks())
  await eventually('the second caller waits', async () => {
    const second = (await wire.server.calls()).find(({ queue }) => queue === 'sales')
    return second?.state === 'waiting'
  })
  assert.deepEqual((await wire.rung()).filter(name => name === 'bob').length, 1, 'bob rang only for the transfer')
}

describe('a transfer to an agent', () => {
  for (const [how, replaces] of [
    ['blind', ''],
    ['attended, its Replaces as phones write it', '?Replaces=consult@desk;to-tag=t1;from-tag=f1'],
  ] as const)
    it(`${how}: the agent is in the call and gets no other, and the agent who transferred is free`, () =>
      onWire(async wire => {
        await wire.phone('alice', refers(`Refer-To: <${agentUri('bob')}${replaces}>`))
        const bob = await wire.phone('bob', answers(20, 'bob'))
        await wire.serve(twoGroups)
        await wire.call('first', 'support', isTransferred(3_000), { timeout: 20 })
        await eventually('bob talks', async () => (await activity(wire, 'bob')) === 'talking')
        await eventually('alice is free', async () => (await activity(wire, 'alice')) === 'free')
        const { presence } = await wire.server.agent(agentUri('bob'))
        assert.deepEqual([presence.state, presence.sources.some(({ reason }) => reason.includes('in a call'))], ['busy', true])
        assert.equal((await wire.server.agent(agentUri('alice'))).presence.state, 'available')
        await salesWaits(wire)
        await wire.server.empty()
        const [offer] = received(await bob.messages(), 'INVITE')
        assert.deepEqual(offer?.header('Replaces'), replaces === '' ? [] : ['consult@desk;to-tag=t1;from-tag=f1'])
        assert.deepEqual(offer?.header('Referred-By'), ['<sip:alice@example.com>'])
        assert.match(offer?.header('Diversion')[0] ?? '', /^<sip:alice@example\.com>;reason=deflection/)
        const first = (await records(wire)).find(({ transfers }) => transfers)
        assert.equal(first?.agent, agentUri('alice'))
        assert.deepEqual(
          first?.talks?.map(({ agent, side }) => [agent, side]),
          [
            [agentUri('alice'), 'agent'],
            [agentUri('bob'), 'agent'],
          ],
        )
        const [hers, his] = first?.talks ?? []
        assert.ok(hers && his && hers.to <= his.from && his.from < his.to)
        assert.deepEqual(
          first?.transfers?.map(({ asker, to, outcome }) => [asker, to, outcome]),
          [[agentUri('alice'), agentUri('bob'), 'through']],
        )
        // The second caller got bob when the first call was over.
        assert.equal(received(await bob.messages(), 'INVITE').length, 2)
      }))

  it('reserves the agent while the phone rings', () =>
    onWire(async wire => {
      await wire.phone('alice', refers(`Refer-To: <${agentUri('bob')}>`))
      await wire.phone('bob', answers(3_000, 'bob'))
      await wire.serve(twoGroups)
      await wire.call('first', 'support', isTransferred(), { timeout: 20 })
      await eventually('bob rings', async () => (await activity(wire, 'bob')) === 'ringing')
      await salesWaits(wire)
      assert.equal(await activity(wire, 'bob'), 'ringing')
      await wire.server.empty()
    }))

  it('is refused in a NOTIFY with 486 while the agent talks, and caller and first agent keep talking', () =>
    onWire(async wire => {
      const alice = await wire.phone('alice', refersInVain(`Refer-To: <${agentUri('bob')}>`))
      const bob = await wire.phone('bob', answers(20, 'bob'))
      await wire.serve(twoGroups)
      await wire.call('his', 'sales', talks(4_000))
      await eventually('bob talks', async () => (await activity(wire, 'bob')) === 'talking')
      await (await wire.call('first', 'support', talks(1_500))).done()
      const told = received(await alice.messages(), 'NOTIFY').map(({ body }) => /^SIP\/2\.0 (\d+)/m.exec(body)?.[1])
      assert.deepEqual(told, ['100', '486'])
      assert.equal(received(await bob.messages(), 'INVITE').length, 1)
    }))
})

describe('a transfer after a talk with the target', () => {
  const consult = (wire: Wire, below: string, body: object): Promise<number> =>
    wire.server.post(`/api/agents/${encodeURIComponent(agentUri('alice'))}/consultation${below}`, body)
  const directions = (messages: readonly TracedMessage[]): readonly string[] =>
    received(messages, 'INVITE').map(({ body }) => /^a=(sendrecv|inactive)/m.exec(body)?.[1] ?? '')

  it('puts the caller on hold, lets the agent talk to the colleague, and then connects the two', () =>
    onWire(async wire => {
      const alice = await wire.phone('alice', answersAndMoves('alice'))
      const bob = await wire.phone('bob', answersAndMoves('bob'))
      await wire.serve(twoGroups)
      const caller = await wire.call('first', 'support', isMoved(2, 300), { timeout: 20 })
      await eventually('alice talks', async () => (await activity(wire, 'alice')) === 'talking')
      const callId = (await wire.server.calls())[0]?.callId
      assert.equal(await consult(wire, '', { callId, to: 'sip:+19005550100@example.com' }), 409)
      assert.equal(await consult(wire, '', { callId, to: agentUri('bob') }), 204)
      await eventually('bob talks', async () => (await activity(wire, 'bob')) === 'talking')
      assert.equal(await consult(wire, '/join', { callId }), 204)
      await caller.done()
      assert.deepEqual(directions(await caller.messages()), ['inactive', 'sendrecv'])
      assert.deepEqual(directions(await alice.messages()), ['sendrecv', 'inactive', 'sendrecv'])
      const [offer, moved] = received(await bob.messages(), 'INVITE')
      assert.match(offer?.header('From')[0] ?? '', /<sip:alice@example\.com>/)
      assert.match(offer?.body ?? '', /^o=alice /m)
      assert.equal(received(await alice.messages(), 'BYE').length, 1)
      assert.ok(moved, 'bob gets the caller’s description in a re-INVITE')
      const [record] = await records(wire)
      assert.deepEqual(
        record?.transfers?.map(({ to, outcome }) => [to, outcome]),
        [[agentUri('bob'), 'through']],
      )
    }))
})

describe('INVITE with Replaces of an agent’s leg', () => {
  it('makes an agent that the PBX identifies busy: no other call rings them', () =>
    onWire(async wire => {
      const alice = await wire.phone('alice', answers(20, 'alice'))
      const bob = await wire.phone('bob', answers(20, 'bob'))
      await wire.serve(twoGroups)
      await wire.call(
        'first',
        'support',
        scenario('is moved', [
          ...[invite(), ...answered(), ack(), receive('INVITE', { keepRoute: true })],
          ...[okTo(sdp('caller', 'sendrecv', 2)), receive('ACK'), receive('BYE'), okTo(noBody)],
        ]),
      )
      await eventually('they talk', async () => (await wire.server.calls())[0]?.state === 'connected')
      const [offer] = received(await alice.messages(), 'INVITE')
      const answer = (await alice.messages()).find(({ startLine }) => startLine.startsWith('SIP/2.0 200'))
      const replaces = `Replaces: ${offer?.header('Call-ID')[0] ?? ''};to-tag=${tagOf(offer, 'From')};from-tag=${tagOf(answer, 'To')}`
      const pickup = [
        invite([replaces, `P-Asserted-Identity: <${agentUri('bob')}>`, ...sdp('bob')]),
        ...[...answered(), ack(), pause(2_000), bye(), receive(200)],
      ]
      await wire.call('pickup', 'support', scenario('picks up', pickup))
      await eventually('bob talks', async () => (await activity(wire, 'bob')) === 'talking')
      await eventually('alice is free', async () => (await activity(wire, 'alice')) === 'free')
      await wire.call('second', 'sales', talks())
      await eventually('the second caller waits', async () =>
        (await wire.server.calls()).some(({ queue, state }) => queue === 'sales' && state === 'waiting'),
      )
      assert.equal(received(await bob.messages(), 'INVITE').length, 0)
      await wire.server.empty()
      assert.equal(received(await bob.messages(), 'INVITE').length, 1)
    }))
})

describe('The right to refer', () => {
  it('a caller gets 603 with the reason, nobody is called, and record and metric show it', () =>
    onWire(async wire => {
      await wire.phone('alice', answers(20, 'alice'))
      const pbx = await wire.phone('pbx', answers(20, 'pbx'), { agents: [] })
      await wire.serve({ groups: twoGroups.groups.slice(0, 1), outboundProxy: `sip:127.0.0.1:${pbx.port}` })
      const asks = callerRequest('REFER', 2, ['Refer-To: <sip:+19005550100@example.com>', ...noBody], { retransmit: 500 })
      const caller = await wire.call(
        'caller',
        'support',
        scenario('refers', [invite(), ...answered(), ack(), pause(100), asks, receive(603), pause(100), bye(3), receive(200)]),
      )
      await caller.done()
      const refusal = (await caller.messages()).find(({ startLine }) => startLine.startsWith('SIP/2.0 603'))
      assert.match(refusal?.header('Reason')[0] ?? '', /^SIP;cause=603;text=/)
      await wire.server.empty()
      assert.deepEqual(
        (await records(wire))[0]?.transfers?.map(({ outcome }) => outcome),
        ['refused'],
      )
      assert.equal(await wire.server.metric('carillon_transfers_total', { result: 'refused' }), 1)
      assert.equal((await pbx.messages()).length, 0)
    }))

  it('an agent gets 403 for a number that the config does not allow', () =>
    onWire(async wire => {
      await wire.phone('alice', isRefusedToRefer(403, 'Refer-To: <sip:+19005550100@example.com>'))
      const pbx = await wire.phone('pbx', answers(20, 'pbx'), { agents: [] })
      await wire.serve({
        groups: twoGroups.groups.slice(0, 1),
        outboundProxy: `sip:127.0.0.1:${pbx.port}`,
        transfers: { allow: [{ number: '+1425*' }] },
      })
      await (await wire.call('caller', 'support', talks(800))).done()
      assert.equal((await pbx.messages()).length, 0)
    }))

  it('an agent reaches an allowed number, called as the config says and with the agent’s name', () =>
    onWire(async wire => {
      await wire.phone(
        'alice',
        refers(
          'Refer-To: <sip:+1-425-555-0100@example.com;maddr=192.0.2.66?Route=%3Csip:192.0.2.66%3E&P-Asserted-Identity=%3Csip:boss%40example.com%3E>',
          'Referred-By: <sip:boss@example.com>',
        ),
      )
      const pbx = await wire.phone('pbx', answers(20, 'pbx'), { agents: [] })
      await wire.serve({
        groups: twoGroups.groups.slice(0, 1),
        outboundProxy: `sip:127.0.0.1:${pbx.port}`,
        transfers: { allow: [{ number: '+1425*' }] },
      })
      await (await wire.call('caller', 'support', isTransferred(), { timeout: 15 })).done()
      const [call] = received(await pbx.messages(), 'INVITE')
      assert.equal(call?.startLine, 'INVITE sip:+14255550100@example.com;user=phone SIP/2.0')
      assert.deepEqual(call.header('Referred-By'), ['<sip:alice@example.com>'])
      assert.deepEqual(call.header('P-Asserted-Identity'), [])
      // A drachtio-server sends it there without a Route (docs/operations/drachtio.md).
      assert.equal(call.header('Route').length, engineOfTests === 'drachtio' ? 0 : 1)
    }))
})
