import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { silentLog } from '../../../src/foundation/log.js'
import type { Leg } from '../../../src/legs/leg.js'
import type { ClientInvite } from '../../../src/sip/dialog/invite-client.js'
import { SipEndpoint } from '../../../src/sip/endpoint.js'
import { seededBytes } from './transaction/pair.js'
import { FakeClock } from './transaction/fake-clock.js'

const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

/** The method at the start of a text that may be incomplete. */
const methodOf = (text: string): string => /^[A-Z]+/.exec(text)?.[0] ?? ''

/** A PBX that closes connections when the test says so. */
class Pbx {
  readonly server: Server
  /** The received requests, in order, with the number of the connection. */
  readonly came: { readonly connection: number; readonly text: string; readonly socket: Socket }[] = []
  connections = 0

  constructor() {
    this.server = createServer(socket => {
      const connection = (this.connections += 1)
      let text = ''
      socket.on('error', () => undefined) // The next event reports it.
      socket.on('data', bytes => {
        text += bytes.toString('latin1')
        for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
          this.came.push({ connection, text: text.slice(0, end), socket })
          text = text.slice(end + 4)
        }
      })
    })
  }

  /** The last request with that method on that connection. */
  async next(method: string, connection: number): Promise<{ readonly text: string; readonly socket: Socket }> {
    for (;;) {
      const found = this.came.findLast(each => methodOf(each.text) === method && each.connection === connection)
      if (found) return found
      await turn()
    }
  }

  answer({ text, socket }: { readonly text: string; readonly socket: Socket }, status: string, more = ''): void {
    const lines = text.split('\r\n').filter(line => /^(Via|From|Call-ID|CSeq): /.test(line))
    const to = /^To: .*$/m.exec(text)?.[0].trim() ?? ''
    socket.write(
      [`SIP/2.0 ${status}`, ...lines, /tag=/.test(to) ? to : `${to};tag=pbx`, `Content-Length: 0${more}`, '', ''].join('\r\n'),
    )
  }
}

const branchOf = (text: string): string => /branch=([^;\s]+)/.exec(text)?.[1] ?? ''

describe('a request on a connection that is cut', () => {
  let pbx: Pbx
  let endpoint: SipEndpoint
  let clock: FakeClock
  let outcome: string
  let leg: Leg | undefined

  beforeEach(async () => {
    pbx = new Pbx()
    pbx.server.listen(0, '127.0.0.1')
    await once(pbx.server, 'listening')
    clock = new FakeClock()
    endpoint = new SipEndpoint({
      place: { listen: [{ transport: 'tcp', host: '127.0.0.1', port: 0 }] },
      trustedPeers: ['127.0.0.1'],
      clock,
      log: silentLog,
      random: seededBytes(5),
    })
    await endpoint.start()
    outcome = ''
    leg = undefined
  })
  afterEach(async () => {
    const stopped = endpoint.stop()
    clock.pass(5_000)
    await stopped
    pbx.server.close()
  })

  function call(): ClientInvite {
    const { port } = pbx.server.address() as AddressInfo
    const uri = `sip:bob@127.0.0.1:${port};transport=tcp`
    return endpoint.invite(
      { uri, from: '<sip:queue@127.0.0.1>', to: `<${uri}>`, headers: [] },
      {
        ringing: status => (outcome += ` ${status}`),
        answered: session => {
          outcome += ' answered'
          session.acknowledge()
          leg = session
        },
        refused: ({ status }) => (outcome += ` refused ${status}`),
      },
    )
  }

  async function until(what: string): Promise<void> {
    while (!outcome.endsWith(what)) await turn()
  }

  it('is sent again on a new connection: a CANCEL, so that no phone keeps ringing', async () => {
    const invite = call()
    pbx.answer(await pbx.next('INVITE', 1), '180 Ringing')
    await until('180')
    invite.cancel()
    const lost = await pbx.next('CANCEL', 1)
    lost.socket.resetAndDestroy()
    const again = await pbx.next('CANCEL', 2)
    assert.equal(again.text, lost.text)
    pbx.answer(again, '200 OK')
    pbx.answer({ ...(await pbx.next('INVITE', 1)), socket: again.socket }, '487 Request Terminated')
    await pbx.next('ACK', 2)
    assert.equal(endpoint.openLegs, 0)
  })

  it('is sent again on a new connection: a CANCEL that is requested only after the cut', async () => {
    const invite = call()
    const first = await pbx.next('INVITE', 1)
    pbx.answer(first, '180 Ringing')
    await until('180')
    first.socket.resetAndDestroy()
    for (let turns = 0; turns < 20; turns += 1) await turn()
    invite.cancel()
    pbx.answer(await pbx.next('CANCEL', 2), '200 OK')
  })

  it('is sent again on a new connection: a BYE, so that no call stays up', async () => {
    call()
    const invited = await pbx.next('INVITE', 1)
    const { port } = pbx.server.address() as AddressInfo
    pbx.answer(invited, '200 OK', `\r\nContact: <sip:bob@127.0.0.1:${port};transport=tcp>`)
    await pbx.next('ACK', 1)
    leg?.hangUp()
    const lost = await pbx.next('BYE', 1)
    lost.socket.resetAndDestroy()
    const again = await pbx.next('BYE', 2)
    assert.equal(
      branchOf(again.text),
      branchOf(lost.text),
      'the branch is the same, so a peer that got the first BYE takes the second for a copy',
    )
    pbx.answer(again, '200 OK')
    while (endpoint.openLegs > 0) await turn()
  })

  it('is sent again on a new connection: an unanswered INVITE, and its CANCEL after it', async () => {
    const invite = call()
    const lost = await pbx.next('INVITE', 1)
    lost.socket.resetAndDestroy()
    const again = await pbx.next('INVITE', 2)
    assert.equal(branchOf(again.text), branchOf(lost.text))
    invite.cancel()
    pbx.answer(again, '100 Trying')
    pbx.answer(await pbx.next('CANCEL', 2), '200 OK')
    assert.equal(outcome, '')
  })

  it('is sent again once: a peer that ends every connection is not reached', async () => {
    call()
    ;(await pbx.next('INVITE', 1)).socket.resetAndDestroy()
    ;(await pbx.next('INVITE', 2)).socket.resetAndDestroy()
    await until('refused 503')
    assert.equal(pbx.connections, 2)
  })
})
