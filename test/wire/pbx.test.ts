import assert from 'node:assert/strict'
import { createConnection } from 'node:net'
import { once } from 'node:events'
import { asteriskDialect, kamailioDialect } from '../fakes/pbx-documents.js'
import { agentUri } from './harness/config.js'
import { eventually } from './harness/eventually.js'
import { FakePbx, type FakePbxOptions } from './harness/fake-pbx.js'
import { onWire, type Wire } from './harness/wire.js'
import { answers, ringsOn } from './phones/agents.js'
import { talks } from './phones/callers.js'

const groups = [{ name: 'support', method: 'serial', agents: ['alice'] }] as const

/** alice's phone is behind the PBX, which is the outbound proxy and publishes her presence. */
async function behind(options: FakePbxOptions, test: (wire: Wire, pbx: FakePbx) => Promise<void>): Promise<void> {
  const pbx = await FakePbx.open(options)
  try {
    await onWire(async wire => {
      await wire.serve({
        groups,
        outboundProxy: `sip:127.0.0.1:${pbx.port}`,
        agents: [{ name: 'alice', presence: ['subscribe'], contact: undefined }],
      })
      await eventually('alice is available', async () => {
        return (await wire.server.agent(agentUri('alice'))).presence.state === 'available'
      })
      await test(wire, pbx)
    })
  } finally {
    pbx.kill()
  }
}

const talking = (wire: Wire, count: number, within?: number): Promise<unknown> =>
  eventually(
    `${count} talk`,
    async () => (await wire.server.calls()).filter(({ state }) => state === 'connected').length === count,
    within,
  )

/** The outcome and cause of each finished call. */
const outcomes = async (wire: Wire): Promise<string[]> => {
  interface Finished {
    readonly calls: readonly { readonly outcome: string; readonly cause?: string }[]
  }
  const { calls } = await wire.server.get<Finished>('/api/calls?state=finished')
  return calls.map(({ outcome, cause }) => `${outcome} ${cause ?? ''}`).sort()
}

describe('A PBX that reports our own calls as presence', () => {
  for (const [name, dialect] of [
    ['Asterisk', asteriskDialect()],
    ['Asterisk, full with one call', asteriskDialect(1)],
    ['Kamailio', kamailioDialect],
  ] as const) {
    it(`an agent’s phone rings with one INVITE until the agent answers (${name})`, () =>
      behind({ dialect, ringsFor: 1_500 }, async (wire, pbx) => {
        await (await wire.call('caller', 'support', talks(500))).done()
        assert.equal(pbx.invites, 1)
        assert.deepEqual(await outcomes(wire), ['answered callerHungUp'])
      }))
  }
})

describe('Callers who are gone without a BYE', () => {
  /** A caller of one PBX talks, three callers of another PBX wait, that PBX dies, and one more caller of the first PBX comes. */
  const ghosts = (workflow: Readonly<Record<string, unknown>>, media: unknown): Promise<void> =>
    onWire(async wire => {
      const [dying, living] = [await FakePbx.open(), await FakePbx.open()]
      try {
        await wire.phone('alice', answers())
        await wire.serve({ groups, workflow, media })
        const first = living.dial('support', wire.server.sip())
        await talking(wire, 1)
        for (let n = 0; n < 3; n += 1) dying.dial('support', wire.server.sip())
        await wire.server.waiting(3)
        await eventually('the PBX was asked', () => dying.requests.length > 0)
        dying.kill()
        const second = living.dial('support', wire.server.sip())
        await wire.server.waiting(4)
        living.hangUp(first)
        await talking(wire, 0)
        // The agent must not ring 32 s for each of the three.
        await talking(wire, 1, 30_000)
        living.hangUp(second)
        await wire.server.empty()
        const [gone, served] = ['abandoned callerGone', 'answered callerHungUp']
        assert.deepEqual(await outcomes(wire), [gone, gone, gone, served, served])
      } finally {
        dying.kill()
        living.kill()
      }
    })

  it('a PBX dies while three of its callers hear ringback: the caller of another PBX behind them is served', () =>
    ghosts({}, undefined))

  it('a PBX dies while three of its callers hear music: the caller of another PBX behind them is served', () =>
    ghosts({ musicOnHold: 'builtin:default' }, { engine: 'builtin' }))

  it('a PBX that was restarted has lost its calls, and they end', () =>
    onWire(async wire => {
      const pbx = await FakePbx.open()
      try {
        await wire.phone('alice', ringsOn())
        await wire.serve({
          groups,
          workflow: { musicOnHold: 'builtin:default', welcome: { say: 'Hello.' } },
          media: { engine: 'builtin' },
        })
        pbx.dial('support', wire.server.sip())
        await eventually('the call is answered', () => pbx.answers.size === 1)
        pbx.kill()
        await pbx.restart()
        await wire.server.empty()
        assert.deepEqual(await outcomes(wire), ['abandoned callerGone'])
      } finally {
        pbx.kill()
      }
    }))

  for (const [heard, workflow, media] of [
    ['ringback', {}, undefined],
    ['music', { musicOnHold: 'builtin:default' }, { engine: 'builtin' }],
  ] as const)
    it(`a PBX that is silent for a few seconds keeps its callers, who hear ${heard}`, () =>
      onWire(async wire => {
        const pbx = await FakePbx.open()
        try {
          await wire.phone('alice', answers())
          await wire.serve({ groups, workflow, media })
          const first = pbx.dial('support', wire.server.sip())
          await talking(wire, 1)
          const second = pbx.dial('support', wire.server.sip())
          await wire.server.waiting(1)
          await eventually('the PBX was asked', () => pbx.requests.some(({ method }) => method !== 'INVITE'))
          pbx.sleep()
          await eventually('it was asked three times in vain', () => pbx.missed >= 3, 30_000)
          pbx.wake()
          // alice becomes free and gets the waiting call.
          pbx.hangUp(first)
          await eventually('the first call is over', async () => (await outcomes(wire)).length === 1)
          await talking(wire, 1)
          pbx.hangUp(second)
          await wire.server.empty()
          assert.deepEqual(await outcomes(wire), ['answered callerHungUp', 'answered callerHungUp'])
        } finally {
          pbx.kill()
        }
      }))

  it('a TCP connection is closed and nobody listens at its address: the caller is gone', () =>
    onWire(async wire => {
      await wire.phone('alice', ringsOn())
      const server = await wire.serve({ groups, listen: ['udp://127.0.0.1:0', 'tcp://127.0.0.1:0'] })
      const [host = '', port = ''] = server.sip('tcp').split(':')
      const socket = createConnection(Number(port), host)
      await once(socket, 'connect')
      const sdp = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n'
      const lines = [
        'INVITE sip:support@example.com SIP/2.0',
        'Via: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bKgone',
        'From: <sip:gone@127.0.0.1>;tag=gone',
        'To: <sip:support@example.com>',
        'Call-ID: gone',
        'CSeq: 1 INVITE',
        'Max-Forwards: 70',
        'Contact: <sip:gone@127.0.0.1:9;transport=tcp>',
        'Content-Type: application/sdp',
        `Content-Length: ${sdp.length}`,
      ]
      socket.write([...lines, '', sdp].join('\r\n'))
      await eventually('alice is rung', async () => (await wire.rung()).length > 0)
      socket.destroy()
      await server.empty()
      assert.deepEqual(await outcomes(wire), ['abandoned callerGone'])
    }))
})
