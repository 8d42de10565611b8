import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hashOf, makeCertificate } from '../../../../src/media/browser/dtls/certificate.js'
import { Handshake, type HandshakeFailure } from '../../../../src/media/browser/dtls/handshake.js'
import type { MasterKey } from '../../../../src/media/browser/dtls/srtp-keys.js'
import { FakeBrowser } from '../../../fakes/fake-browser.js'

const own = makeCertificate(Date.now())
const host = '127.0.0.1'

/** The browser's half, driven by the test: packets of both sides wait until the test delivers or drops them. */
class Wire {
  readonly toBrowser: Buffer[] = []
  readonly failures: HandshakeFailure[] = []
  secured = 0
  now = 0
  readonly handshake: Handshake

  private constructor(
    readonly browser: FakeBrowser,
    readonly toUs: Buffer[],
  ) {
    this.handshake = new Handshake(own, browser.certificate.fingerprint, {
      send: bytes => void this.toBrowser.push(bytes),
      secured: () => void (this.secured += 1),
      failed: failure => void this.failures.push(failure),
    })
  }

  static async begun(): Promise<Wire> {
    const sent: Buffer[] = []
    const wire = new Wire(await FakeBrowser.make(bytes => void sent.push(Buffer.from(bytes))), sent)
    void wire.browser.connect()
    await wire.sends()
    return wire
  }

  /** The browser's half works in later turns of the event loop. */
  async sends(): Promise<void> {
    while (this.toUs.length === 0) await new Promise(resolve => setImmediate(resolve))
    await new Promise(resolve => setImmediate(resolve))
  }

  receive(): void {
    for (const bytes of this.toUs.splice(0)) this.handshake.receive(bytes, this.now)
  }

  deliver(): void {
    for (const bytes of this.toBrowser.splice(0)) this.browser.receive(bytes)
  }

  pass(ms: number): void {
    this.now += ms
    this.handshake.look(this.now)
  }
}

describe('a DTLS handshake', () => {
  const wires: Wire[] = []
  const begun = async (): Promise<Wire> => {
    const wire = await Wire.begun()
    wires.push(wire)
    return wire
  }
  afterEach(() => {
    for (const { browser } of wires.splice(0)) browser.close()
  })

  it('repeats our flight at growing intervals while the browser does not continue', async () => {
    const wire = await begun()
    wire.receive()
    const [first] = wire.toBrowser.splice(0)
    wire.pass(900)
    assert.equal(wire.toBrowser.length, 0)
    wire.pass(100)
    assert.equal(wire.toBrowser.length, 1)
    wire.pass(1900)
    assert.equal(wire.toBrowser.length, 1)
    wire.pass(100)
    assert.equal(wire.toBrowser.length, 2)
    // The record numbers differ, the messages are the same.
    assert.deepEqual(first?.subarray(13, 40), wire.toBrowser[0]?.subarray(13, 40))
    wire.deliver()
    await wire.sends()
    wire.receive()
    assert.equal(wire.secured, 1)
  })

  it('repeats the last flight when the browser repeats its own, and gives the keys only once', async () => {
    const wire = await begun()
    wire.receive()
    wire.deliver()
    await wire.sends()
    const flight = [...wire.toUs]
    wire.receive()
    assert.equal(wire.toBrowser.splice(0).length, 1)
    wire.now += 1000
    for (const bytes of flight) wire.handshake.receive(bytes, wire.now)
    assert.deepEqual([wire.toBrowser.length, wire.secured], [1, 1])
    wire.pass(60_000)
    assert.equal(wire.toBrowser.length, 1)
  })

  it('starts again for the browser after somebody forged an earlier hello', async () => {
    const [forger, wire] = [await begun(), await begun()]
    for (const bytes of forger.toUs) wire.handshake.receive(bytes, wire.now)
    wire.toBrowser.length = 0
    wire.receive()
    wire.deliver()
    await wire.sends()
    wire.receive()
    assert.deepEqual([wire.secured, wire.failures], [1, []])
  })

  it('fails with an alert when messages are out of order', async () => {
    const wire = await begun()
    // A certificate where a hello is expected.
    wire.handshake.receive(Buffer.from('16fefd0000000000000000000f0b0000030000000000000003000000', 'hex'), wire.now)
    assert.deepEqual(wire.failures, [{ kind: 'handshakeFailed', why: 'message 11 where hello is due' }])
    assert.equal(wire.toBrowser[0]?.toString('hex'), '15fefd000000000000000000020228')
    wire.receive()
    assert.equal(wire.toBrowser.length, 1)
  })

  for (const kind of [['ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'], ['rsa:2048']])
    it(`agrees on keys with OpenSSL, which uses an ${kind[0]} certificate and fragments its messages`, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'carillon-dtls-'))
      const [certificate, key] = [join(folder, 'c.pem'), join(folder, 'k.pem')]
      const made = ['req', '-x509', '-newkey', ...kind, '-nodes', '-keyout', key, '-out', certificate, '-subj', '/CN=x']
      execFileSync('openssl', made, { stdio: 'pipe' })
      const hash = hashOf(new X509Certificate(readFileSync(certificate)).raw, 'sha-256') ?? ''
      const socket = createSocket('udp4').unref()
      socket.bind(0, host)
      await once(socket, 'listening')
      let peer: RemoteInfo | undefined
      const keys: MasterKey[] = []
      const handshake = new Handshake(
        own,
        { algorithm: 'sha-256', hash },
        {
          send: bytes => socket.send(bytes, peer?.port ?? 0, host),
          secured: (ours, theirs) => keys.push(ours, theirs),
          failed: ({ why }) => assert.fail(why),
        },
      )
      socket.on('message', (bytes, source) => {
        peer = source
        handshake.receive(bytes, performance.now())
      })
      const exported = ['-keymatexport', 'EXTRACTOR-dtls_srtp', '-keymatexportlen', '60']
      const spoken = ['-dtls1_2', '-use_srtp', 'SRTP_AES128_CM_SHA1_80', '-mtu', '600', ...exported]
      const openssl = spawn('openssl', ['s_client', ...spoken, '-cert', certificate, '-key', key, '-connect', `${host}:${socket.address().port}`]) // prettier-ignore
      let said = ''
      for await (const text of openssl.stdout) {
        said += String(text)
        if (/Keying material: [0-9A-F]{120}/.test(said)) break
      }
      openssl.kill()
      socket.close()
      rmSync(folder, { recursive: true })
      const [ours, theirs] = keys
      assert(ours && theirs)
      const material = Buffer.concat([theirs.key, ours.key, theirs.salt, ours.salt]).toString('hex').toUpperCase()
      assert.equal(/Keying material: ([0-9A-F]+)/.exec(said)?.[1], material)
    })
})
