import assert from 'node:assert/strict'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { eventually } from './harness/eventually.js'
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

  it('the caller of an anonymous workflow hears the agent from our address, and no message and no packet names the agent’s', () =>
    onWire(async wire => {
      const [agentsSound, callersSound] = [await Sound.open('127.66.0.5'), await Sound.open('127.66.0.6')]
      const alice = await wire.phone('alice', agentsSound.in(answers(20, 'alice-desk')))
      const server = await wire.serve({ ...support, workflow: { anonymous: true }, media: { engine: 'builtin' } })
      const caller = await wire.call('caller', 'support', callersSound.in(talks(700)))
      const offered = (await alice.received('INVITE')).body
      await caller.received(200)
      const sending = setInterval(() => agentsSound.send(portOf(offered)), 20)
      try {
        await eventually('the caller hears the agent', () => callersSound.sources.size > 0)
      } finally {
        clearInterval(sending)
      }
      assert.deepEqual([...callersSound.sources], ['127.0.0.1'])
      assert.equal(await server.metric('carillon_media_anchored_calls'), 1)
      await caller.done()
      const received = (await caller.messages()).filter(message => message.direction === 'received')
      for (const { text } of received) assert.doesNotMatch(text, /alice|127\.66\.0\.5/i)
      assert.doesNotMatch(offered, /127\.66\.0\.6/)
      const [record] = await eventually('the call has a record', async () => {
        const { calls } = await server.get<{ readonly calls: readonly { readonly anchored?: true }[] }>(
          '/api/calls?state=finished',
        )
        return calls.length > 0 ? calls : undefined
      })
      assert.equal(record?.anchored, true)
      for (const sound of [agentsSound, callersSound]) sound.close()
    }))
})

const portOf = (sdp: string): number => Number(/^m=audio (\d+)/m.exec(sdp)?.[1])

/** Somebody's RTP at an address of its own. */
class Sound {
  /** The addresses from which packets came. */
  readonly sources = new Set<string>()
  #sequence = 0

  private constructor(
    private readonly socket: Socket,
    private readonly host: string,
  ) {
    socket.on('message', (_bytes, { address }) => this.sources.add(address))
  }

  static async open(host: string): Promise<Sound> {
    const socket = createSocket('udp4')
    socket.bind(0, host)
    await once(socket, 'listening')
    return new Sound(socket, host)
  }

  /** The scenario with this address in its SDP. */
  in(scenario: string): string {
    return scenario
      .replaceAll('c=IN IP[local_ip_type] [local_ip]', `c=IN IP4 ${this.host}`)
      .replaceAll('m=audio 40000', `m=audio ${this.socket.address().port}`)
  }

  /** Sends 20 ms of sound. */
  send(port: number): void {
    const packet = Buffer.alloc(172, 0xff)
    packet.writeUInt16BE(0x8000, 0)
    packet.writeUInt16BE((this.#sequence += 1), 2)
    packet.writeUInt32BE(this.#sequence * 160, 4)
    this.socket.send(packet, port, '127.0.0.1')
  }

  close(): void {
    this.socket.close()
  }
}
