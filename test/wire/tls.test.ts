import assert from 'node:assert/strict'
import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { once } from 'node:events'
import { hashPhonePassword } from '../../src/config/passwords.js'
import { issue, issueExpired, makeAuthority, type Pair } from '../fakes/certificates.js'
import type { Baresip } from './harness/baresip.js'
import { agentUri, configFiles, domain, writeConfig } from './harness/config.js'
import { eventually } from './harness/eventually.js'
import { Linphone } from './harness/linphone.js'
import { noise, writeWav } from './harness/sounds.js'
import { WebPhone } from './harness/web-phone.js'
import { onWire, type Wire } from './harness/wire.js'
import { talks } from './phones/callers.js'

const password = 'open-sesame'
const offered = { direction: 'out', method: 'INVITE', transport: 'tls' }
const names = ['DNS:localhost', 'IP:127.0.0.1']

/** A server with TLS and secure WebSocket whose agents register. Returns its certificate authority. */
async function serve(wire: Wire, make: typeof issue = issue, digest = ['md5']): Promise<Pair> {
  await mkdir(join(wire.configFolder, 'tls'), { recursive: true })
  const authority = makeAuthority(wire.folder, 'authority')
  await install(wire, make(wire.folder, 'first', authority, names))
  const agents = ['alice', 'bob'].map(name => ({
    ...{ name, password: hashPhonePassword(name, domain, password), presence: ['registration'] },
  }))
  const files = configFiles({
    ...{ agents, groups: [{ name: 'support', method: 'serial', agents: ['alice', 'bob'] }], digest },
    listen: ['udp://127.0.0.1:0', 'tls://127.0.0.1:0', 'wss://127.0.0.1:0'],
    tls: { certificate: 'tls/cert.pem', key: 'tls/key.pem' },
  })
  await writeConfig(wire.configFolder, files)
  await wire.restart()
  return authority
}

async function install(wire: Wire, { certificateFile, keyFile }: Pair): Promise<void> {
  await copyFile(keyFile, join(wire.configFolder, 'tls', 'key.pem'))
  await copyFile(certificateFile, join(wire.configFolder, 'tls', 'cert.pem'))
}

async function phone(wire: Wire, name: string, ca: string): Promise<Baresip> {
  const says = join(wire.folder, 'says.wav')
  await writeWav(says, noise(1, 5))
  return wire.baresip({
    ...{ name, says, ca, answers: 'auto' },
    account: { server: wire.server.sip('tls'), password, transport: 'tls' },
  })
}

/** linphone's mbed TLS checks names in certificates, but not addresses. */
function linphone(wire: Wire, name: string, ca: string): Promise<Linphone> {
  const server = wire.server.sip('tls').replace('127.0.0.1', 'localhost')
  return Linphone.start({ name, folder: wire.folder, server, password, transport: 'tls', ca })
}

const presenceOf = async (wire: Wire, name: string): Promise<string> => (await wire.server.agent(agentUri(name))).presence.state

/** The subject of the certificate that the server sends now. */
async function shown(wire: Wire): Promise<string | undefined> {
  const [host = '', port = ''] = wire.server.sip('tls').split(':')
  const socket = connect({ host, port: Number(port), rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const subject = socket.getPeerX509Certificate()?.subject
  socket.destroy()
  return subject
}

describe('Phones over TLS', () => {
  it('baresip registers and takes a call of the group on its own connection', () =>
    onWire(async wire => {
      const { certificateFile } = await serve(wire)
      const alice = await phone(wire, 'alice', certificateFile)
      await alice.happened('REGISTER_OK')
      assert.equal(await presenceOf(wire, 'alice'), 'available')
      await (await wire.call('caller', 'support', talks(300))).done()
      await alice.happened('CALL_ESTABLISHED')
      await alice.happened('CALL_CLOSED')
      assert.equal(await wire.server.metric('carillon_sip_requests_total', offered), 1)
      await alice.stop()
      await eventually('alice is offline', async () => (await presenceOf(wire, 'alice')) === 'offline')
    }))

  it('linphone registers, with SHA-256, and takes a call of the group', () =>
    onWire(async wire => {
      const { certificateFile: ca } = await serve(wire, issue, ['sha-256'])
      const alice = await linphone(wire, 'alice', ca)
      try {
        await eventually('alice is available', async () => (await presenceOf(wire, 'alice')) === 'available')
        await (await wire.call('caller', 'support', talks(300))).done()
        await alice.says(/Call \d+ with .* ended/)
        assert.equal(await wire.server.metric('carillon_sip_requests_total', offered), 1)
      } finally {
        await alice.stop()
      }
      await eventually('alice is offline', async () => (await presenceOf(wire, 'alice')) === 'offline')
    }))

  it('an expired certificate of ours causes a warning, and a phone that checks it does not register', () =>
    onWire(async wire => {
      const { certificateFile: ca } = await serve(wire, issueExpired)
      await wire.server.logged({ event: 'config.warning' })
      const alice = await linphone(wire, 'alice', ca)
      try {
        const refused = { reason: 'handshake' }
        const handshakes = (): Promise<number> => wire.server.metric('carillon_sip_rejected_total', refused)
        await eventually('linphone leaves its handshake, twice', async () => (await handshakes()) >= 2)
        assert.equal(await presenceOf(wire, 'alice'), 'offline')
      } finally {
        await alice.stop()
      }
    }))

  it('a browser’s phone registers over secure WebSocket and takes a call', () =>
    onWire(async wire => {
      const { certificate } = await serve(wire)
      const bob = await WebPhone.open({
        ...{
          url: `wss://${wire.server.sip('wss')}`,
          uri: agentUri('bob'),
          password,
          client: { ca: certificate },
          media: 'plain',
        },
      })
      assert.match(await bob.register(), /^SIP\/2\.0 200/)
      await (await wire.call('caller', 'support', talks(300))).done()
      const invite = await bob.received(/^INVITE /)
      assert.match(invite, /^Via: SIP\/2\.0\/WSS 127\.0\.0\.1:\d+;/m)
      assert.match(invite, /^Contact: <sip:127\.0\.0\.1:\d+;transport=ws>/m)
      await bob.received(/^BYE /)
      await bob.close()
    }))

  it('a new certificate is used without a restart; one that does not match its key is reported and changes nothing', () =>
    onWire(async wire => {
      const authority = await serve(wire)
      assert.equal(await shown(wire), 'CN=first')
      const expiry = await wire.server.metric('carillon_tls_certificate_expiry_timestamp_seconds')
      assert.ok(expiry > Date.now() / 1_000)
      const { certificateFile } = issue(wire.folder, 'unfit', authority, names)
      await copyFile(certificateFile, join(wire.configFolder, 'tls', 'cert.pem'))
      await wire.server.logged({ event: 'config.refused' })
      assert.equal(await wire.server.metric('carillon_config_last_reload_success'), 0)
      assert.equal(await shown(wire), 'CN=first')
      await install(wire, issue(wire.folder, 'second', authority, names))
      await eventually('the new certificate serves', async () => (await shown(wire)) === 'CN=second')
      assert.equal(await wire.server.metric('carillon_config_last_reload_success'), 1)
    }))
})
