import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { WebSocket } from 'ws'
import { systemClock } from '../../src/foundation/clock.js'
import { silentLog } from '../../src/foundation/log.js'
import { EmbeddedSignaling } from '../../src/signaling/embedded.js'
import type { CallFailure } from '../../src/legs/invitation.js'
import { digestOf, nonceIn } from '../fakes/digest.js'
import { DrachtioServer } from '../fakes/drachtio-server/server.js'
import { FarPhone } from '../fakes/far-phone.js'
import { sdp } from '../fakes/signaling.js'
import { accounts, password } from '../unit/sip/registrar/asking.js'

const trustedPeers = ['127.0.0.1']
const lines = (...all: readonly string[]): string => [...all, 'Content-Length: 0', '', ''].join('\r\n')

describe('a phone in a browser behind a drachtio-server', () => {
  it('gets 403, although the server calls its transport tcp', async () => {
    const server = new DrachtioServer({ listen: [{ transport: 'ws', host: '127.0.0.1', port: 0 }] })
    await server.start()
    const ours = new EmbeddedSignaling({
      sip: { listen: [], drachtio: [{ host: '127.0.0.1', port: server.port, secret: server.secret }], trustedPeers },
      ...{ clock: systemClock, log: silentLog, random: randomBytes },
    })
    const [address = ''] = await ours.start()
    const phone = new WebSocket(address, 'sip')
    await once(phone, 'open')
    const answer = once(phone, 'message')
    phone.send(
      lines(
        'INVITE sip:sales@example.com SIP/2.0',
        'Via: SIP/2.0/WS x.invalid;branch=z9hG4bKb1',
        'From: <sip:guest@example.com>;tag=g1',
        'To: <sip:sales@example.com>',
        'Call-ID: c1',
        'CSeq: 1 INVITE',
        'Max-Forwards: 70',
        'Contact: <sip:guest@x.invalid;transport=ws>',
      ),
    )
    let text = ''
    for (let [data] = (await answer) as [Buffer]; !/^SIP\/2\.0 [2-6]/.test((text = String(data)));)
      [data] = (await once(phone, 'message')) as [Buffer]
    assert.match(text, /^SIP\/2\.0 403 /)
    phone.terminate()
    await ours.stop()
    await server.stop()
  })
})

describe('a phone that registers over a connection behind a drachtio-server', () => {
  let server: DrachtioServer
  let ours: EmbeddedSignaling
  /** At another port of the same address. */
  let pbx: FarPhone
  let phones: ConnectedPhone[]

  beforeEach(async () => {
    const listen = (['udp', 'tcp', 'ws'] as const).map(transport => ({ transport, host: '127.0.0.1', port: 0 }))
    server = new DrachtioServer({ listen })
    pbx = new FarPhone()
    phones = []
    await Promise.all([server.start(), pbx.start()])
    const drachtio = [{ host: '127.0.0.1', port: server.port, secret: server.secret }]
    ours = new EmbeddedSignaling({
      sip: { listen: [], drachtio, trustedPeers: ['10.0.0.1'], webSocketUrl: 'ws://127.0.0.1' },
      phones: { registration: accounts(['alice', 'bob']) },
      ...{ clock: systemClock, log: silentLog, random: randomBytes },
    })
    await ours.start()
  })
  afterEach(async () => {
    for (const phone of phones) phone.end()
    pbx.stop()
    await ours.stop()
    await server.stop()
  })

  async function phoneOf(user: string, transport: 'tcp' | 'ws'): Promise<ConnectedPhone> {
    const { host, port } = server.sip(transport)
    const phone = await (transport === 'ws' ? overWebSocket(`ws://${host}:${port}`, user) : overTcp(host, port, user))
    phones.push(phone)
    return phone
  }

  function call(user: string): Promise<CallFailure> {
    const options = { from: { uri: 'sip:us@example.com' }, headers: [], body: sdp('us') }
    return new Promise(refused =>
      ours.invite({ uri: `sip:${user}@example.com`, phones: `sip:${user}@example.com` }, options, {
        answered: () => assert.fail(),
        refused,
      }),
    )
  }

  for (const transport of ['tcp', 'ws'] as const) {
    it(`by ${transport} gets its calls there, wherever its Contact leads`, async () => {
      const bob = await phoneOf('bob', transport)
      assert.equal(await bob.register(`<${pbx.uri('+900123456')}>`), 200)
      void call('bob')
      assert.match(await bob.next('INVITE'), /^INVITE sip:\+900123456@/)
      assert.equal(pbx.received.length, 0)
    })

    it(`by ${transport} may have one Contact, and may remove others`, async () => {
      const bob = await phoneOf('bob', transport)
      assert.equal(await bob.register('<sip:x@y.invalid>', `<${pbx.uri('+900123456')}>`), 403)
      assert.equal(await bob.register('<sip:x@y.invalid>', '<sip:bob@10.1.1.1>;expires=0'), 200)
    })

    it(`by ${transport} takes no name that another phone or target may have`, async () => {
      const bob = await phoneOf('bob', transport)
      for (const name of ['alice@10.9.9.9', 'alice@127.0.0.1', '%61lice:x@127.0.0.1', 'carol@10.9.9.9', '10.9.9.9'])
        assert.equal(await bob.register(`<sip:${name}:5060;transport=tcp>`), 403, name)
      const alice = await phoneOf('alice', transport)
      assert.equal(await alice.register('<sip:alice@10.9.9.9:5060;transport=tcp>'), 200)
    })
  }

  it('by ws is reached nowhere after a restart of the server, and its registration ends with the next call', async () => {
    const bob = await phoneOf('bob', 'ws')
    assert.equal(await bob.register(`<${pbx.uri('+900123456')}>`), 200)
    const before = ours.drachtioServers()?.[0]?.connects ?? 0
    await server.restart()
    while ((ours.drachtioServers()?.[0]?.connects ?? 0) === before) await new Promise(resolve => setImmediate(resolve))
    assert.equal((await call('bob')).status, 503)
    assert.deepEqual([pbx.received.length, ours.phones().length], [0, 0])
  })
})

/** A phone with a connection of its own. */
class ConnectedPhone {
  readonly #come: string[] = []
  #told: () => void = () => undefined
  #cseq = 0

  constructor(
    private readonly transport: string,
    private readonly user: string,
    private readonly send: (text: string) => void,
    readonly end: () => void,
  ) {}

  received(text: string): void {
    this.#come.push(text)
    this.#told()
  }

  /** Returns the status. */
  async register(...contacts: readonly string[]): Promise<number> {
    this.#ask(contacts)
    const nonce = nonceIn(await this.next('SIP/2.0'))
    const { user } = this
    const proof = digestOf({ user, password, nonce, method: 'REGISTER', uri: 'sip:example.com' })
    this.#ask(contacts, `Authorization: ${proof}`)
    return Number((await this.next('SIP/2.0')).slice(8, 11))
  }

  /** The next message that begins with this word. */
  async next(word: string): Promise<string> {
    for (;;) {
      const at = this.#come.findIndex(text => text.startsWith(word))
      if (at >= 0) return this.#come.splice(at, 1)[0] ?? ''
      await new Promise<void>(resolve => (this.#told = resolve))
    }
  }

  #ask(contacts: readonly string[], ...more: readonly string[]): void {
    const { transport, user } = this
    this.#cseq += 1
    this.send(
      lines(
        'REGISTER sip:example.com SIP/2.0',
        `Via: SIP/2.0/${transport} x.invalid;branch=z9hG4bK${user}${this.#cseq}`,
        `From: <sip:${user}@example.com>;tag=g1`,
        `To: <sip:${user}@example.com>`,
        `Call-ID: ${user}`,
        `CSeq: ${this.#cseq} REGISTER`,
        'Max-Forwards: 70',
        ...contacts.map(contact => `Contact: ${contact}`),
        ...more,
      ),
    )
  }
}

async function overWebSocket(url: string, user: string): Promise<ConnectedPhone> {
  const socket = new WebSocket(url, 'sip')
  const phone = new ConnectedPhone(
    'WS',
    user,
    text => socket.send(text),
    () => socket.terminate(),
  )
  socket.on('message', (data: Buffer) => phone.received(data.toString()))
  await once(socket, 'open')
  return phone
}

/** Messages come one at a time here. */
async function overTcp(host: string, port: number, user: string): Promise<ConnectedPhone> {
  const socket = connect(port, host)
  const phone = new ConnectedPhone(
    'TCP',
    user,
    text => socket.write(text),
    () => socket.destroy(),
  )
  socket.on('data', data => phone.received(data.toString()))
  await once(socket, 'connect')
  return phone
}
