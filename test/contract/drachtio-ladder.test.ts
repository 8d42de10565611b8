import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { systemClock } from '../../src/foundation/clock.js'
import { silentLog } from '../../src/foundation/log.js'
import type { InboundCall } from '../../src/legs/answering.js'
import type { AnsweredLeg } from '../../src/legs/leg.js'
import { EmbeddedSignaling } from '../../src/signaling/embedded.js'
import { DrachtioServer } from '../fakes/drachtio-server/server.js'
import { sdp } from '../fakes/signaling.js'
import { eventually } from '../wire/harness/eventually.js'

const trustedPeers = ['127.0.0.1']
const given = { clock: systemClock, log: silentLog, random: randomBytes }

describe('the messages of a call behind a drachtio-server', () => {
  const server = new DrachtioServer()
  const peer = new EmbeddedSignaling({
    sip: { listen: [{ transport: 'udp', host: '127.0.0.1', port: 0 }], trustedPeers },
    ...given,
  })
  const came: InboundCall[] = []
  let ours: EmbeddedSignaling
  let address = ''

  before(async () => {
    await server.start()
    const drachtio = [{ host: '127.0.0.1', port: server.port, secret: server.secret }]
    // Any size above 0 keeps at least the latest 256 KiB of messages.
    ours = new EmbeddedSignaling({ sip: { listen: [], drachtio, trustedPeers, captureBytes: 1 }, ...given })
    await ours.start()
    address = (await peer.start())[0]?.replace('udp://', '') ?? ''
    peer.onInvite(call => came.push(call))
  })
  after(async () => {
    await ours.stop()
    await peer.stop()
    await server.stop()
  })
  beforeEach(() => {
    came.length = 0
  })

  const call = async (name: string): Promise<{ readonly cancel: () => void; readonly leg: () => AnsweredLeg | undefined }> => {
    let leg: AnsweredLeg | undefined
    const outbound = ours.invite(
      { uri: `sip:bob@${address}` },
      { from: { uri: 'sip:us@example.com' }, headers: [], body: sdp('us'), call: name },
      { answered: answered => (leg = answered), refused: () => undefined },
    )
    await eventually('the INVITE comes', () => came.length > 0)
    return { cancel: () => outbound.cancel(), leg: () => leg }
  }
  const seen = async (name: string): Promise<readonly string[]> =>
    (await ours.messagesOf(name))?.map(
      ({ direction, method, status, peer: at }) => `${direction} ${status ?? method ?? ''} ${at === address ? 'bob' : at}`,
    ) ?? []

  it('have the address of the phone, in both directions', async () => {
    const { leg } = await call('answered')
    came[0]?.answer(sdp('bob'))
    await eventually('bob answers', () => leg() !== undefined)
    leg()?.acknowledge()
    leg()?.hangUp()
    await eventually('the BYE is answered', async () => (await seen('answered')).length === 5)
    assert.deepEqual(await seen('answered'), ['out INVITE bob', 'in 200 bob', 'out ACK bob', 'out BYE bob', 'in 200 bob'])
  })

  it('contain our CANCEL', async () => {
    const { cancel } = await call('cancelled')
    came[0]?.progress(180)
    await eventually('bob rings', async () => (await seen('cancelled')).includes('in 180 bob'))
    cancel()
    await eventually('the CANCEL is sent', async () => (await seen('cancelled')).includes('out CANCEL bob'))
  })
})
