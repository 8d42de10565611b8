import assert from 'node:assert/strict'
import { agentUri } from './harness/config.js'
import { eventually } from './harness/eventually.js'
import { wavOf, writeSounds } from './harness/noises.js'
import type { CarillonServer } from './harness/server.js'
import type { Sipp } from './harness/sipp.js'
import { onWire, type Wire } from './harness/wire.js'
import { accept, ackComes, agentRequest, answerLast, answers, rings } from './phones/agents.js'
import { ack, answered, bye, invite, ok, talks } from './phones/callers.js'
import { goTo, label, noBody, receive, scenario, sdp, type Step } from './phones/steps.js'

const killed = (server: CarillonServer): Promise<void> => server.kill()
const talking = '"kind":"talking"'
const group = { name: 'support', method: 'serial', agents: ['alice'] } as const
const support = { groups: [group] }
/** alice must sign in first. */
const formal = { groups: [{ ...group, participationPolicy: 'formal' as const }] }

/** The server asks whether the dialog still exists. */
const asked: Step = receive('OPTIONS')
/** The expected request, after the server's question if that comes first. `id` is unique in the scenario. */
const dueAfterAsked = (id: string, due: Step): readonly Step[] => [
  label(`${id}Due`),
  receive('OPTIONS', { optional: true, next: `${id}Asked` }),
  due,
  goTo(`${id}Came`),
  label(`${id}Asked`),
  answerLast(200, 'OK', noBody, { next: `${id}Due` }),
  label(`${id}Came`),
]
const answersCall: readonly Step[] = [...rings(20), accept('agent'), ackComes]
const caller = (name: string, ...steps: readonly Step[]): string => scenario(name, [invite(), ...answered(), ack(), ...steps])
const agent = (name: string, ...steps: readonly Step[]): string => scenario(name, [...answersCall, ...steps, label('over')])
const hungUpOn = [...dueAfterAsked('bye', receive('BYE')), answerLast(200, 'OK')]

/** alice and the caller talk, the server is replaced, and then the rest of both scenarios runs. */
async function overRestart(
  wire: Wire,
  { calls, answers: phone }: { readonly calls: string; readonly answers: string },
  end: (server: CarillonServer) => Promise<unknown> = killed,
): Promise<Sipp> {
  await wire.phone('alice', phone)
  await wire.serve(support)
  const sipp = await wire.call('caller', 'support', calls)
  await wire.kept(1, talking)
  await wire.replaceServer(end)
  return sipp
}

/** The records of calls, earliest first. */
async function finished(wire: Wire): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const page = await wire.server.get<{ readonly calls: readonly Record<string, unknown>[] }>('/api/calls?state=finished')
  return [...page.calls].reverse()
}

/** Checks that there was one call with correct times, and that the agent is free. */
async function assertCountedOnce(wire: Wire): Promise<void> {
  await wire.server.empty()
  const records = await finished(wire)
  assert.equal(records.length, 1)
  const [record = {}] = records
  assert.deepEqual([record['outcome'], record['agent'], record['status']], ['answered', agentUri('alice'), 200])
  assert.equal((record['sipCallIds'] as readonly string[]).length, 2, 'the record has both legs from before the restart')
  assert.equal(await wire.server.metric('carillon_calls_total'), 1)
  assert.equal((await wire.server.agent(agentUri('alice'))).callId, null)
}

describe('A restart (restart-keeps-callers)', () => {
  it('kill -9 during a call: the agent is still busy, the caller’s BYE ends both legs, and the call is counted once', () =>
    onWire(async wire => {
      const phone = agent('is hung up on', ...hungUpOn)
      await overRestart(wire, { calls: caller('hangs up', asked, ok, bye(), receive(200)), answers: phone })
      assert.equal((await wire.server.calls())[0]?.state, 'connected')
      assert.notEqual((await wire.server.agent(agentUri('alice'))).callId, null)
      await assertCountedOnce(wire)
    }))

  it('kill -9: the agent who was idle longest is still rung first', () =>
    onWire(async wire => {
      await wire.phone('alice', answers())
      await wire.phone('bob', answers())
      await wire.serve({ groups: [{ name: 'support', method: 'longestIdle', agents: ['alice', 'bob'] }] })
      await (await wire.call('first', 'support', talks())).done()
      await wire.server.empty()
      const { idleSince } = await wire.server.agent(agentUri('alice'))
      await wire.kept(1, `"idleSince":${Date.parse(idleSince)}`, 'agents')
      await wire.replaceServer(killed)
      assert.equal((await wire.server.agent(agentUri('alice'))).idleSince, idleSince)
      await (await wire.call('second', 'support', talks())).done()
      await wire.server.empty()
      const records = await finished(wire)
      assert.deepEqual(
        records.map(({ agent: who }) => who),
        [agentUri('alice'), agentUri('bob')],
      )
    }))

  it('kill -9 during a call: the agent’s BYE ends both legs', () =>
    onWire(async wire => {
      const phone = agent('hangs up', asked, answerLast(200, 'OK'), agentRequest('BYE', 100), receive(200))
      await overRestart(wire, { calls: caller('is hung up on', asked, ok, receive('BYE'), ok), answers: phone })
      await assertCountedOnce(wire)
    }))

  it('an agent who hung up while no server was running is found, and the caller is hung up with the reason', () =>
    onWire(async wire => {
      const phone = agent(
        'is gone',
        asked,
        answerLast(481, 'Call/Transaction Does Not Exist'),
        receive('BYE'),
        answerLast(481, 'Call/Transaction Does Not Exist'),
      )
      const hungUp = await overRestart(wire, { calls: caller('is hung up on', asked, ok, receive('BYE'), ok), answers: phone })
      await assertCountedOnce(wire)
      const byes = (await hungUp.messages()).filter(({ method }) => method === 'BYE')
      assert.deepEqual(byes[0]?.header('Reason'), ['SIP;cause=408;text="The other side is gone"'])
    }))

  it('hold still works after kill -9', () =>
    onWire(async wire => {
      const takes = answerLast(200, 'OK', sdp('caller', 'recvonly', 2), { retransmit: 500 })
      const reinvite = agentRequest('INVITE', 100, sdp('agent', 'sendonly', 2))
      const held = [reinvite, receive(100, { optional: true }), receive(200), agentRequest('ACK', 100, noBody, { retransmit: 0 })]
      const bye = [agentRequest('BYE', 101), receive(200)]
      // The caller was asked before, so nothing crosses.
      const phone = agent('holds', asked, answerLast(200, 'OK'), ...held, ...bye)
      const calls = caller('is held', asked, ok, receive('INVITE'), takes, receive('ACK'), receive('BYE'), ok)
      await overRestart(wire, { calls, answers: phone })
      await assertCountedOnce(wire)
    }))

  it('a second SIGTERM leaves the call to the next server, and nobody is hung up', () =>
    onWire(async wire => {
      const phone = agent('is hung up on', ...hungUpOn)
      await overRestart(wire, { calls: caller('hangs up', asked, ok, bye(), receive(200)), answers: phone }, async server => {
        server.signal('SIGTERM')
        await server.logged({ event: 'server.draining' })
        server.signal('SIGTERM')
        assert.equal(await server.exited, 0)
      })
      await assertCountedOnce(wire)
    }))

  it('an unanswered caller keeps their place after kill -9, the agent’s settings remain, and the call is answered', () =>
    onWire(async wire => {
      await wire.phone('alice', answers())
      await wire.serve(formal)
      const presence = `/api/agents/${encodeURIComponent(agentUri('alice'))}/presence`
      await wire.server.put(presence, { state: 'busy', source: 'console' })
      await wire.kept(1, 'busy', 'choices')
      for (const name of ['first', 'second']) {
        await wire.call(name, 'support', talks())
        await wire.kept(name === 'first' ? 1 : 2, '"kind":"waiting"')
      }
      const server = await wire.replaceServer(killed)
      assert.deepEqual((await server.calls()).map(({ position }) => position).sort(), [1, 2])
      await server.command('sign-in', agentUri('alice'), 'support')
      assert.equal((await server.agent(agentUri('alice'))).presence.state, 'busy')
      await server.delete(`${presence}/console`)
      await server.empty()
      const offers = (await finished(wire)).map(({ arrivedAt, joinedAt }) => [arrivedAt, joinedAt])
      assert.deepEqual(offers, [...offers].sort())
    }))

  it('a caller with music hears it again after kill -9, and talks to the agent who signs in', () =>
    onWire(async wire => {
      await writeSounds(wire)
      const alice = await wire.baresip({ name: 'alice', says: wavOf(wire, 'alice'), answers: 'auto' })
      const caller = await wire.baresip({ name: 'caller', says: wavOf(wire, 'caller') })
      await wire.serve({
        ...formal,
        media: { engine: 'builtin' },
        agents: [{ name: 'alice', contact: `sip:alice@127.0.0.1:${alice.port}` }],
        workflow: { musicOnHold: { file: wavOf(wire, 'music') } },
      })
      await caller.dial(`sip:support@${wire.server.sip()}`)
      await caller.happened('CALL_ESTABLISHED')
      await wire.kept(1, '"kind":"answered"')
      const server = await wire.replaceServer(killed)
      await eventually('music plays again', async () => (await server.metric('carillon_media_streams')) === 1)
      await server.command('sign-in', agentUri('alice'), 'support')
      await eventually('they talk', async () => (await server.calls())[0]?.state === 'connected')
      await alice.happened('CALL_ESTABLISHED')
      await caller.hangUp()
      await alice.happened('CALL_CLOSED')
      await assertCountedOnce(wire)
    }))
})
