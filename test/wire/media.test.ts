import assert from 'node:assert/strict'
import { agentUri } from './harness/config.js'
import { Ear } from './harness/ear.js'
import { eventually } from './harness/eventually.js'
import { assertHeard, assertNotHeard, wavOf, writeSounds } from './harness/noises.js'
import { onWire, type Wire } from './harness/wire.js'
import { ack, answered, bye, callerRequest, invite, ok } from './phones/callers.js'
import { pause, receive, scenario } from './phones/steps.js'

/** alice must sign in first. Until then callers wait with music. */
function support(wire: Wire, alice: { readonly port: number }, workflow: Readonly<Record<string, unknown>>) {
  return {
    media: { engine: 'builtin' },
    agents: [{ name: 'alice', contact: `sip:alice@127.0.0.1:${alice.port}` }],
    groups: [{ name: 'support', method: 'serial' as const, participationPolicy: 'formal' as const, agents: ['alice'] }],
    workflows: [
      {
        name: 'main',
        uri: agentUri('main'),
        displayName: 'Main',
        musicOnHold: { file: wavOf(wire, 'music') },
        ...workflow,
      },
    ],
  }
}

const oldestWait = (wire: Wire): Promise<number> => wire.server.metric('carillon_queue_oldest_wait_seconds')

/** Waits until the only call has been in this state for this many milliseconds. */
function stays(wire: Wire, state: string, milliseconds: number): Promise<true> {
  return eventually(`the call is ${state} for ${milliseconds} ms`, async () => {
    const [call] = await wire.server.calls()
    return (call?.state === state && Date.now() - Date.parse(call.since) > milliseconds) || undefined
  })
}

describe('A caller with sound', () => {
  it('hears the welcome, presses a key, waits with music, and talks with the agent; both hear each other', () =>
    onWire(async wire => {
      await writeSounds(wire)
      const alice = await wire.baresip({ name: 'alice', says: wavOf(wire, 'alice'), answers: 'auto' })
      const caller = await wire.baresip({ name: 'caller', says: wavOf(wire, 'caller') })
      const question = {
        prompt: { file: wavOf(wire, 'question') },
        answers: [{ digit: 2, queue: 'support' }],
      }
      const server = await wire.serve(
        support(wire, alice, { type: 'interactive', welcome: { file: wavOf(wire, 'welcome') }, question }),
      )
      await caller.dial(`sip:main@${server.sip()}`)
      await stays(wire, 'asking', 700)
      await caller.press('2')
      await eventually('the caller waits with music for 2 s', async () => (await oldestWait(wire)) > 2)
      assert.equal(await server.put(`/api/agents/${encodeURIComponent(agentUri('alice'))}/groups/support/sign-in`), 204)
      await stays(wire, 'connected', 2_000)
      await caller.hangUp()
      await alice.happened('CALL_CLOSED')
      const [callerHeard = new Float32Array()] = await caller.heard()
      const [aliceHeard = new Float32Array()] = await alice.heard()
      const welcome = assertHeard(callerHeard, 'welcome')
      const asked = assertHeard(callerHeard, 'question', 0.2)
      const music = assertHeard(callerHeard, 'music')
      const agent = assertHeard(callerHeard, 'alice', 0.5)
      assert(welcome < asked && asked < music && music < agent, `the order was ${[welcome, asked, music, agent].join(', ')}`)
      assertNotHeard(callerHeard, 'question', 2.5)
      assertHeard(aliceHeard, 'caller', agent + 1)
    }))

  it('hears no gap longer than 200 ms between music and agent', () =>
    onWire(async wire => {
      await writeSounds(wire)
      const ear = await Ear.open()
      const alice = await wire.baresip({ name: 'alice', says: wavOf(wire, 'alice'), answers: 'auto' })
      const server = await wire.serve(support(wire, alice, { type: 'huntGroup', queue: 'support' }))
      await wire.call('caller', 'main', listens(ear.port))
      await eventually('music comes', () => ear.sources.length === 1 && ear.count(ear.sources[0] ?? 0) > 50)
      assert.equal(await server.put(`/api/agents/${encodeURIComponent(agentUri('alice'))}/groups/support/sign-in`), 204)
      await eventually('the agent’s sound comes', () => ear.sources.length === 2 && ear.count(ear.sources[1] ?? 0) > 50)
      const [music = 0, agent = 0] = ear.sources
      const gap = ear.gap(music, agent)
      assert(gap < 200, `the gap was ${gap.toFixed(0)} ms`)
      const before = ear.count(music)
      await eventually('the agent goes on', () => ear.count(agent) > 100)
      assert.equal(ear.count(music), before, 'music leaks into the talk')
      ear.close()
    }))

  it('is heard by the transfer target when the agent transferred them from hold', () =>
    onWire(async wire => {
      await writeSounds(wire)
      const alice = await wire.baresip({ name: 'alice', says: wavOf(wire, 'alice'), answers: 'auto' })
      const dave = await wire.baresip({ name: 'dave', says: wavOf(wire, 'alice'), answers: 'auto' })
      const caller = await wire.baresip({ name: 'caller', says: wavOf(wire, 'caller') })
      const settings = support(wire, alice, { type: 'huntGroup', queue: 'support' })
      const agents = [...settings.agents, { name: 'dave', contact: `sip:dave@127.0.0.1:${dave.port}` }]
      const server = await wire.serve({ ...settings, agents })
      assert.equal(await server.put(`/api/agents/${encodeURIComponent(agentUri('alice'))}/groups/support/sign-in`), 204)
      await caller.dial(`sip:main@${server.sip()}`)
      await stays(wire, 'connected', 500)
      await alice.hold()
      await caller.happened('CALL_REMOTE_SDP')
      await alice.transfer(agentUri('dave'))
      await dave.happened('CALL_ESTABLISHED')
      await alice.happened('CALL_CLOSED')
      await stays(wire, 'connected', 3_000)
      await caller.hangUp()
      await dave.happened('CALL_CLOSED')
      const [daveHeard = new Float32Array()] = await dave.heard()
      assert.ok(
        daveHeard.some(sample => Math.abs(sample) > 0.05),
        'the target hears nothing of the caller',
      )
    }))

  it('is hung up after five wrong keys, sent by INFO', () =>
    onWire(async wire => {
      await writeSounds(wire)
      const question = { prompt: { file: wavOf(wire, 'question') }, answers: [{ digit: 2, queue: 'support' }] }
      await wire.serve(support(wire, { port: 9 }, { type: 'interactive', question }))
      const caller = await wire.call('caller', 'main', pressesWrong(5))
      await caller.done()
      const hungUp = (await caller.messages()).find(({ method, direction }) => method === 'BYE' && direction === 'received')
      assert.deepEqual(hungUp?.header('Reason'), ['SIP;cause=480;text="unanswered"'])
    }))

  it('hears that the service is closed, and is hung up', () =>
    onWire(async wire => {
      await writeSounds(wire)
      const caller = await wire.baresip({ name: 'caller', says: wavOf(wire, 'caller') })
      const never = {
        hours: {},
        timeZone: 'UTC',
        closed: { prompt: { file: wavOf(wire, 'closed') }, action: { disconnect: true } },
      }
      const server = await wire.serve(support(wire, { port: 9 }, { type: 'huntGroup', queue: 'support', ...never }))
      await caller.dial(`sip:main@${server.sip()}`)
      await caller.happened('CALL_CLOSED')
      const [heard = new Float32Array()] = await caller.heard()
      assertHeard(heard, 'closed')
      assertNotHeard(heard, 'music')
      assert.equal(await server.metric('carillon_calls_total', { result: 'closed' }), 1)
    }))
})

describe('A caller whose SDP names another host', () => {
  for (const direction of ['sendrecv', 'recvonly', 'sendonly', 'inactive'])
    it(`can’t flood that host with music (${direction})`, () =>
      onWire(async wire => {
        await writeSounds(wire)
        const victim = await Ear.open('127.66.0.7')
        const settings = support(wire, { port: 9 }, { type: 'huntGroup', queue: 'support' })
        const timeout = { after: '15s', action: { disconnect: true } }
        const queues = [{ name: 'support', groups: ['support'], timeout }]
        const server = await wire.serve({ ...settings, queues, media: { engine: 'builtin', noMediaAfter: '10s' } })
        await wire.call('caller', 'main', describesPlace('127.66.0.7', victim.port, direction))
        await server.logged({ event: 'call.ended' }, 40_000)
        // Five seconds of sound. Our reports do not count as sound.
        assert(victim.packets <= 5 * 50 + 60, `${victim.packets} packets came`)
        assert.equal(victim.packets > 0, direction === 'sendrecv' || direction === 'recvonly')
        const result = direction === 'sendrecv' ? 'noMedia' : 'timedOut'
        assert.equal(await server.metric('carillon_calls_total', { result }), 1)
        if (direction !== 'sendrecv') {
          victim.close()
          return
        }
        const line = await server.logged({ event: 'call.noMedia' })
        assert.equal(line.theirs, `127.66.0.7:${victim.port}`)
        victim.close()
      }))
})

/** A caller whose SDP names this address, and who waits for the server's BYE. */
function describesPlace(host: string, port: number, direction: string): string {
  const body = [
    ...['Content-Type: application/sdp', 'Content-Length: [len]', ''],
    ...['v=0', `o=caller 1 1 IN IP4 ${host}`, 's=-', `c=IN IP4 ${host}`, 't=0 0'],
    ...[`m=audio ${port} RTP/AVP 0`, 'a=rtpmap:0 PCMU/8000', `a=${direction}`],
  ]
  return scenario('describes a place', [invite(body), ...answered(), ack(), receive('BYE'), ok])
}

/** A SIPp caller whose sound goes to another socket: answered at once, connected to the agent by a re-INVITE. */
function listens(port: number): string {
  const body = [
    'Content-Type: application/sdp',
    'Content-Length: [len]',
    '',
    'v=0',
    'o=caller 1 1 IN IP4 127.0.0.1',
    's=-',
    'c=IN IP4 127.0.0.1',
    't=0 0',
    `m=audio ${port} RTP/AVP 0 101`,
    'a=rtpmap:0 PCMU/8000',
    'a=rtpmap:101 telephone-event/8000',
  ]
  const accept = [
    'SIP/2.0 200 OK',
    '[last_Via:]',
    '[last_From:]',
    '[last_To:]',
    '[last_Call-ID:]',
    '[last_CSeq:]',
    'Contact: <sip:caller@[local_ip]:[local_port]>',
    ...body,
  ]
  return scenario('listens', [
    invite(body),
    receive(100, { optional: true }),
    receive(200, { keepRoute: true }),
    ack(),
    receive('INVITE'),
    `<send retrans="500"><![CDATA[\n${accept.join('\n')}\n]]></send>`,
    receive('ACK'),
    pause(3_000),
    bye(),
    receive(200),
  ])
}

/** The workflow answers with a question. The caller presses a wrong key this many times and is hung up. */
function pressesWrong(times: number): string {
  const info = (cseq: number): string =>
    callerRequest(
      'INFO',
      cseq,
      ['Content-Type: application/dtmf-relay', 'Content-Length: [len]', '', 'Signal=9', 'Duration=160'],
      {
        retransmit: 500,
      },
    )
  const presses = Array.from({ length: times }, (_, index) => [info(index + 2), receive(200)])
  return scenario('presses wrong keys', [invite(), ...answered(), ack(), ...presses.flat(), receive('BYE'), ok])
}
