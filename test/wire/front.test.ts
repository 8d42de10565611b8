import assert from 'node:assert/strict'
import { join } from 'node:path'
import { hashPhonePassword } from '../../src/config/passwords.js'
import { Baresip } from './harness/baresip.js'
import { agentUri, domain, type Setup } from './harness/config.js'
import { eventually } from './harness/eventually.js'
import { Kamailio } from './harness/kamailio.js'
import { pinged, withPair, type Pair } from './harness/pair.js'
import { freePort } from './harness/ports.js'
import { BarePhone } from './harness/registering.js'
import type { Sipp } from './harness/sipp.js'
import { noise, writeWav } from './harness/sounds.js'
import { talks } from './phones/callers.js'

const password = 'open-sesame'
const [frontHost, pbxHost] = ['127.0.0.21', '127.0.0.31']

interface Front {
  readonly pair: Pair
  readonly alice: Baresip
  readonly start: (node: 'a' | 'b') => ReturnType<Pair['startAt']>
  readonly call: (name: string, service: string, talk: number) => Promise<Sipp>
}

/** alice has a phone that registers through Kamailio. bob has a phone of the PBX. */
const setupBehind = (edge: string): Setup => ({
  agents: [
    { name: 'alice', password: hashPhonePassword('alice', domain, password), presence: ['registration'] },
    { name: 'bob' },
  ],
  groups: [
    { name: 'support', method: 'serial', agents: ['alice'], participationPolicy: 'formal' },
    { name: 'sales', method: 'serial', agents: ['bob'] },
  ],
  trustedPeers: [frontHost],
  proxies: [{ addresses: [frontHost] }],
  outboundProxy: `sip:${edge}`,
  // baresip 1.0 gives up when SHA-256 is offered as well.
  digest: ['md5'],
})

/** Two nodes at addresses of their own, and in front of them Kamailio with the config of the docs. */
async function behindKamailio(test: (front: Front) => Promise<void>): Promise<void> {
  await withPair(async pair => {
    const at = { a: `127.0.0.11:${await freePort('127.0.0.11')}`, b: `127.0.0.12:${await freePort('127.0.0.12')}` }
    const edge = `${frontHost}:${await freePort(frontHost)}`
    const bob = await BarePhone.open(edge, { host: pbxHost, calls: 'answer' })
    const kamailio = await Kamailio.front(pair.folder, edge, { nodes: [at.a, at.b], pbx: bob.address })
    const says = join(pair.folder, 'says.wav')
    await writeWav(says, noise(1, 5))
    const account = { server: edge, password }
    try {
      assert.equal(await pinged(frontHost, kamailio.port), 'SIP/2.0 503 Nobody Serves')
      const start: Front['start'] = node => pair.startAt(node, setupBehind(edge), { serves: at[node], standsBy: at[node] })
      await (await start('a')).leads()
      await served(kamailio)
      const alice = await Baresip.start({ name: 'alice', folder: pair.folder, says, answers: 'auto', account })
      try {
        await alice.happened('REGISTER_OK')
        const call: Front['call'] = (name, service, talk) => pair.call(name, service, talks(talk), { to: edge, host: pbxHost })
        await test({ pair, alice, start, call })
      } finally {
        await alice.stop()
      }
    } finally {
      await kamailio.kill()
      bob.close()
    }
  })
}

const served = (kamailio: Kamailio): Promise<unknown> =>
  eventually('Kamailio knows the node that serves', async () => (await pinged(frontHost, kamailio.port)) === 'SIP/2.0 200 OK')

describe('Two nodes behind a Kamailio', () => {
  it('calls and registrations through Kamailio go on with the second node when the first is killed', () =>
    behindKamailio(async ({ pair, alice, start, call }) => {
      const [first] = pair.nodes
      const second = await start('b')
      const talking = await call('talking', 'sales', 6_000)
      await pair.kept(1, '"kind":"talking"')
      const waiting = await call('waiting', 'support', 300)
      await pair.kept(1, '"kind":"waiting"')

      await first?.kill()
      const during = await call('during', 'support', 300)
      await second.leads()
      assert.equal((await second.agent(agentUri('alice'))).presence.state, 'available', 'the registration stands')
      await second.command('sign-in', agentUri('alice'), 'support')
      for (const caller of [waiting, during]) await caller.done()
      await alice.happened('CALL_ESTABLISHED')
      await talking.done()
      await second.empty()
      const { calls } = await second.get<{ calls: readonly { workflow: string; outcome: string }[] }>('/api/calls?state=finished')
      assert.deepEqual(calls.map(({ workflow, outcome }) => `${workflow} ${outcome}`).sort(), [
        'sales answered',
        'support answered',
        'support answered',
      ])
      assert.equal(await second.metric('carillon_invariant_violations_total'), 0)
    }))

  it('a call of the moment in which a node leaves is answered by the next one', () =>
    behindKamailio(async ({ pair, start, call }) => {
      const [first] = pair.nodes
      const second = await start('b')
      await eventually('the first node knows the second', async () => (await first?.command('leave'))?.code === 0)
      const caller = await call('during', 'sales', 50)
      await second.leads()
      await caller.done()
      await second.empty()
    }))
})
