import assert from 'node:assert/strict'
import { hashPhonePassword } from '../../src/config/passwords.js'
import { digestOf } from '../fakes/digest.js'
import { agentUri, domain } from './harness/config.js'
import { eventually } from './harness/eventually.js'
import { BarePhone } from './harness/registering.js'
import type { Sipp } from './harness/sipp.js'
import { onWire, type Wire } from './harness/wire.js'
import { answers, ringsOn } from './phones/agents.js'
import { ack, answered, cancelsWhileWaiting, invite } from './phones/callers.js'
import { mayNotPickUp, picksUp, strangerMayNotPickUp } from './phones/desk-phones.js'
import { noBody, receive, scenario, sdp } from './phones/steps.js'
import { okTo } from './phones/transfers.js'

const password = 'open-sesame'
/** Callers come from the PBX's address. Phones are not trusted peers. */
const pbx = '127.0.0.2'
const phone = (name: string) => ({ name, password })
const byPassword = { extra: ['-auth_uri', agentUri('support').slice('sip:'.length)] }
const registering = (name: string) => ({ name, contact: undefined, password: hashPhonePassword(name, domain, password) })

async function serve(wire: Wire): Promise<void> {
  await wire.serve({
    ...{ trustedPeers: [pbx], digest: ['md5'], agents: ['bob', 'carol'].map(registering) },
    groups: [
      { name: 'support', method: 'serial', agents: ['alice', 'bob'] },
      { name: 'sales', method: 'serial', agents: ['carol'] },
    ],
  })
  for (const user of ['bob', 'carol']) await register(wire, user)
}

/** SIPp supports only MD5. */
async function register(wire: Wire, user: string): Promise<void> {
  const bare = await BarePhone.open(wire.server.sip())
  const { nonce } = await bare.register(user)
  const words = { user, password, nonce, method: 'REGISTER', uri: `sip:${domain}`, algorithm: 'MD5' } as const
  assert.equal((await bare.register(user, digestOf(words))).status, 200)
  bare.close()
}

/** The caller is moved to the agent who picks up, and is hung up at the end. */
const isPickedUp = scenario('is picked up', [
  ...[invite(), ...answered(), ack(), receive('INVITE', { keepRoute: true })],
  ...[okTo(sdp('caller', 'sendrecv', 2)), receive('ACK'), receive('BYE'), okTo(noBody)],
])

const tagOf = (value: string | undefined): string => /;tag=([^;\s]+)/.exec(value ?? '')?.[1] ?? ''

/** Replaces in the form that a busy-lamp key makes from the dialog that it watches. */
async function replacesOf(desk: Sipp, status: number): Promise<string> {
  const answer = await desk.sent(status)
  const [callId, from, to] = ['Call-ID', 'From', 'To'].map(name => answer.header(name)[0])
  return `Replaces: ${callId};to-tag=${tagOf(from)};from-tag=${tagOf(to)}`
}

async function talking(wire: Wire): Promise<string> {
  const alice = await wire.phone('alice', answers(20, 'alice'))
  await serve(wire)
  await wire.call('first', 'support', isPickedUp, { host: pbx, timeout: 30 })
  await eventually('they talk', async () => (await wire.server.calls())[0]?.state === 'connected')
  return replacesOf(alice, 200)
}

describe('INVITE with Replaces from a registered phone', () => {
  it('is challenged, and with the password of a colleague takes over the call', () =>
    onWire(async wire => {
      const replaces = await talking(wire)
      const bob = await wire.call('bob', 'support', picksUp(phone('bob'), [replaces], 1_500), byPassword)
      await eventually('bob talks', async () => (await wire.server.agent(agentUri('bob'))).activity === 'talking')
      await eventually('alice is free', async () => (await wire.server.agent(agentUri('alice'))).activity === 'free')
      await bob.done()
      await wire.server.empty()
      const { calls } = await wire.server.get<{ calls: { talks: { agent: string }[] }[] }>(
        `/api/calls?state=finished&agent=${encodeURIComponent(agentUri('bob'))}`,
      )
      assert.deepEqual(
        calls[0]?.talks.map(({ agent }) => agent),
        [agentUri('alice'), agentUri('bob')],
      )
    }))

  it('gets 603 from an agent of another group and 401 from a stranger, even with the right dialog', () =>
    onWire(async wire => {
      const replaces = await talking(wire)
      await (await wire.call('carol', 'support', mayNotPickUp(phone('carol'), [replaces], 603), byPassword)).done()
      await (await wire.call('forged', 'support', strangerMayNotPickUp('bob', [replaces], 401))).done()
      await (await wire.call('stranger', 'support', strangerMayNotPickUp('mallory', [replaces], 401))).done()
      assert.equal((await wire.server.agent(agentUri('alice'))).activity, 'talking')
      await wire.server.logged({ event: 'call.takeoverRefused' })
      // bob, who has the right, ends the test.
      await (await wire.call('bob', 'support', picksUp(phone('bob'), [replaces], 100), byPassword)).done()
    }))

  it('gets 603 for a phone that only rings, and the phone keeps ringing', () =>
    onWire(async wire => {
      const alice = await wire.phone('alice', ringsOn())
      await serve(wire)
      const caller = await wire.call('first', 'support', cancelsWhileWaiting(3_000), { host: pbx, timeout: 30 })
      await alice.received('INVITE')
      const replaces = await replacesOf(alice, 180)
      await (await wire.call('bob', 'support', mayNotPickUp(phone('bob'), [replaces], 603), byPassword)).done()
      assert.equal((await wire.server.agent(agentUri('alice'))).activity, 'ringing')
      await caller.done()
    }))
})
