import assert from 'node:assert/strict'
import { join } from 'node:path'
import { hashPhonePassword } from '../../src/config/passwords.js'
import { agentUri, domain, type Setup } from './harness/config.js'
import { eventually } from './harness/eventually.js'
import { Kamailio } from './harness/kamailio.js'
import { BarePhone } from './harness/registering.js'
import { noise, writeWav } from './harness/sounds.js'
import { onWire, type Wire } from './harness/wire.js'
import { talks } from './phones/callers.js'

const password = 'open-sesame'
const registering = (name: string) => ({
  ...{ name, contact: undefined, password: hashPhonePassword(name, domain, password), presence: ['registration'] },
})
/** baresip 1.0 gives up when SHA-256 is offered as well. */
const oldPhones = { digest: ['md5'] }
/** An address of its own, so that the server can tell the proxy from phones. */
const edgeHost = '127.0.0.21'
const rejected = (wire: Wire, reason: string): Promise<number> => wire.server.metric('carillon_sip_rejected_total', { reason })

const setup: Setup = {
  agents: [registering('alice')],
  groups: [{ name: 'support', method: 'serial', agents: ['alice'] }],
  // A block, because the phones' addresses belong to it too.
  trustedPeers: ['127.0.0.0/30', edgeHost],
}

/** A server, and in front of it a Kamailio that adds a Path to each REGISTER. */
async function behindKamailio(
  test: (wire: Wire, edge: string) => Promise<void>,
  more: { readonly digest?: readonly string[] } = {},
): Promise<void> {
  await onWire(async wire => {
    await wire.serve({ ...setup, ...more, proxies: [{ addresses: [edgeHost] }] })
    const kamailio = await Kamailio.edge(wire.folder, edgeHost, wire.server.sip())
    try {
      await test(wire, `${edgeHost}:${kamailio.port}`)
    } finally {
      await kamailio.kill()
    }
  })
}

describe('Phones behind a Kamailio', () => {
  it('baresip registers through the proxy and takes a call of the group', () =>
    behindKamailio(async (wire, edge) => {
      const says = join(wire.folder, 'says.wav')
      await writeWav(says, noise(1, 5))
      const alice = await wire.baresip({ name: 'alice', says, answers: 'auto', account: { server: edge, password } })
      await alice.happened('REGISTER_OK')
      await (await wire.call('caller', 'support', talks(300))).done()
      await alice.happened('CALL_ESTABLISHED')
      await alice.happened('CALL_CLOSED')
    }, oldPhones))

  it('a phone whose Contact or Path leads to the proxy is refused; otherwise it is called through the proxy', () =>
    behindKamailio(async (wire, edge) => {
      const path = 'Supported: path, outbound'
      const tries: readonly (readonly [contact: string | undefined, more: readonly string[]])[] = [
        [edge, [path]],
        ['127.0.0.1:5060', [path, `Path: <sip:${edge};lr;ob>`]],
        ['1.2.3.4:5060', [path, 'Path: <sip:127.0.0.77:5060;lr;ob>']],
      ]
      for (const [contact, more] of tries) {
        const thief = await BarePhone.open(edge, contact === undefined ? {} : { contact })
        await assert.rejects(thief.registered('alice', password, more), /403/, more.join())
        thief.close()
      }
      assert.deepEqual([await rejected(wire, 'foreignContact'), await rejected(wire, 'foreignPath')], [1, 2])
      const alice = await BarePhone.open(edge, { behind: '10.1.2.3:5060', calls: 'answer' })
      await alice.registered('alice', password, [path])
      await (await wire.call('caller', 'support', talks(300))).done()
      assert.match(await alice.heard('INVITE'), /^INVITE sip:alice@10\.1\.2\.3:5060 /)
      alice.close()
    }))

  it('password guesses with a forged `received` parameter are slowed down', () =>
    behindKamailio(async (_wire, edge) => {
      const statuses: number[] = []
      for (let guess = 0; guess < 8; guess += 1) {
        const guesser = await BarePhone.open(edge, { behind: `127.0.0.9:5060;received=10.9.0.${guess}` })
        const { nonce } = await guesser.register('alice')
        statuses.push((await guesser.register('alice', guesser.credentials('alice', `guess${guess}`, nonce))).status)
        guesser.close()
      }
      assert.deepEqual(statuses, [...Array<number>(5).fill(401), ...Array<number>(3).fill(500)], 'Kamailio makes 500 of 503')
    }))

  it('are not called any more when the config no longer names the proxy', () =>
    behindKamailio(async (wire, edge) => {
      const alice = await BarePhone.open(edge)
      await alice.registered('alice', password, ['Supported: path'])
      const presence = async (): Promise<string> => (await wire.server.agent(agentUri('alice'))).presence.state
      assert.equal(await presence(), 'available')
      await wire.configure(setup)
      await eventually('alice is offline', async () => (await presence()) === 'offline')
      await assert.rejects(alice.registered('alice', password, ['Supported: path']), /403/)
      assert.ok((await rejected(wire, 'unknownProxy')) > 0)
      alice.close()
    }))
})
