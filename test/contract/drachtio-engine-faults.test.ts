import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { systemClock } from '../../src/foundation/clock.js'
import { silentLog } from '../../src/foundation/log.js'
import { seconds } from '../../src/foundation/time.js'
import type { InboundCall } from '../../src/legs/answering.js'
import type { LegEnd } from '../../src/legs/leg-end.js'
import type { AnsweredLeg } from '../../src/legs/leg.js'
import { EmbeddedSignaling } from '../../src/signaling/embedded.js'
import { FakeClock } from '../fakes/clock.js'
import { DrachtioServer } from '../fakes/drachtio-server/server.js'
import { FarPhone } from '../fakes/far-phone.js'
import { sdp } from '../fakes/signaling.js'

const trustedPeers = ['127.0.0.1']
const given = { log: silentLog, random: randomBytes }
const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))
/** More turns than bytes need on a socket of this machine. */
const mostTurns = 1_000_000
/** At least the delay before the first attempt to connect again, and less than any time-out of a connection. In ms. */
const backOff = 500

/** Lets sockets do their work. No time passes for our engine meanwhile. */
async function until(what: string, holds: () => boolean): Promise<void> {
  for (let turns = 0; !holds(); turns += 1) {
    assert.ok(turns < mostTurns, `never: ${what}`)
    await turn()
  }
}

describe('the engine drachtio when something breaks', () => {
  const servers: DrachtioServer[] = []
  const peer = new EmbeddedSignaling({
    sip: { listen: [{ transport: 'udp', host: '127.0.0.1', port: 0 }], trustedPeers },
    ...{ clock: systemClock, ...given },
  })
  let clock = new FakeClock()
  let ours: EmbeddedSignaling | undefined
  let peerUri = ''
  let came: InboundCall[] = []

  before(async () => {
    const [address = ''] = await peer.start()
    peerUri = `sip:bob@${address.replace('udp://', '')}`
    peer.onInvite(call => came.push(call))
  })
  after(() => peer.stop())
  beforeEach(() => {
    came = []
    clock = new FakeClock()
  })
  afterEach(async () => {
    if (ours) await stopped(ours)
    ours = undefined
    for (const server of servers.splice(0)) await server.stop()
  })

  async function serve(count: number, secret?: string): Promise<EmbeddedSignaling> {
    for (let at = 0; at < count; at += 1) {
      const server = new DrachtioServer()
      await server.start()
      servers.push(server)
    }
    const drachtio = servers.map(({ port, secret: own }) => ({ host: '127.0.0.1', port, secret: secret ?? own }))
    ours = new EmbeddedSignaling({ sip: { listen: [], drachtio, trustedPeers }, clock, ...given })
    return ours
  }

  /** The engine stops, and the time passes that it gives to its last messages. */
  async function stopped(engine: EmbeddedSignaling): Promise<void> {
    let isOver = false
    const stop = engine.stop().finally(() => (isOver = true))
    await inTime('it has stopped', () => isOver)
    await stop
  }

  /** Like `until`, while one millisecond passes for our engine in each turn. */
  const inTime = (what: string, holds: () => boolean): Promise<void> =>
    until(what, () => {
      if (!holds()) clock.pass(1)
      return holds()
    })

  /** The connection to the first server breaks, and the engine tries again. */
  async function breaks(engine: EmbeddedSignaling): Promise<void> {
    servers[0]?.breakConnections()
    await until('it is gone', () => connected(engine)[0] === false)
    clock.pass(backOff)
  }

  it('calls a phone whose contact names no transport over UDP, also if the server would take TCP', async () => {
    const server = new DrachtioServer({ prefers: 'tcp' })
    await server.start()
    servers.push(server)
    const engine = await serve(0)
    await engine.start()
    await talk(engine)
  })

  const connected = (engine: EmbeddedSignaling): readonly boolean[] =>
    (engine.drachtioServers() ?? []).map(server => server.connected)

  /** We call the peer, who answers. */
  async function talk(
    engine: EmbeddedSignaling,
  ): Promise<{ readonly leg: AnsweredLeg; readonly ended: () => LegEnd | undefined }> {
    let leg: AnsweredLeg | undefined
    let end: LegEnd | undefined
    engine.invite(
      { uri: peerUri },
      { from: { uri: 'sip:us@example.com' }, headers: [], body: sdp('us') },
      { answered: answered => (leg = answered), refused: ({ status }) => assert.fail(`refused with ${status}`) },
    )
    await until('the INVITE comes', () => came.length > 0)
    came[0]?.answer(sdp('bob')).listen({ ended: reason => (end = reason) })
    await until('the answer comes', () => leg !== undefined)
    leg?.acknowledge()
    return { leg: leg ?? assert.fail(), ended: () => end }
  }

  it('refuses to start with a wrong secret, and says where to look', async () => {
    const engine = await serve(1, 'wrong')
    await assert.rejects(engine.start(), /refuses us: check sip\.drachtio\.secret/)
  })

  it('starts without its server, and connects when the server is there', async () => {
    const engine = await serve(1)
    await servers[0]?.isolate()
    await engine.start()
    assert.deepEqual(connected(engine), [false])
    await servers[0]?.admit()
    clock.pass(backOff)
    await until('it is connected', () => connected(engine)[0] === true)
  })

  it('keeps a call over a break of the connection, and can end it afterwards', async () => {
    const engine = await serve(1)
    await engine.start()
    const { leg, ended } = await talk(engine)
    await breaks(engine)
    await until('it is back', () => connected(engine)[0] === true)
    assert.equal(ended(), undefined)
    leg.hangUp()
    await until('the peer hears BYE', () => ended() !== undefined)
    assert.equal(ended()?.kind, 'hungUp')
  })

  it('sends a BYE of that time when the connection is back', async () => {
    const engine = await serve(1)
    await engine.start()
    const { leg, ended } = await talk(engine)
    await servers[0]?.isolate()
    await until('it is gone', () => connected(engine)[0] === false)
    leg.hangUp()
    await servers[0]?.admit()
    clock.pass(backOff)
    await until('the peer hears BYE', () => ended() !== undefined)
  })

  it('finds out after a break that the peer has hung up, and ends the call', async () => {
    const engine = await serve(1)
    await engine.start()
    const { leg } = await talk(engine)
    let end: LegEnd | undefined
    leg.listen({ ended: reason => (end = reason) })
    servers[0]?.forgetDialogs()
    await breaks(engine)
    await inTime('the talk is over', () => end !== undefined)
    assert.deepEqual(end, { kind: 'lost', why: 'noDialog' })
  })

  it('cancels phones that ring during a break, and reports them as unreachable at once', async () => {
    const engine = await serve(1)
    await engine.start()
    let status = 0
    let cancelled = false
    engine.invite(
      { uri: peerUri },
      { from: { uri: 'sip:us@example.com' }, headers: [], body: sdp('us') },
      { answered: () => undefined, refused: failure => (status = failure.status) },
    )
    await until('the INVITE comes', () => came.length > 0)
    came[0]?.listen({ cancelled: () => (cancelled = true) })
    came[0]?.progress(180)
    await breaks(engine)
    await until('it is refused', () => status === 503)
    await until('the phone stops ringing', () => cancelled)
  })

  it('gives an unanswered caller 503 after a break', async () => {
    const engine = await serve(1)
    await engine.start()
    const { host, port } = servers[0]?.sip() ?? assert.fail()
    const calls: InboundCall[] = []
    engine.onInvite(call => calls.push(call))
    let status = 0
    peer.invite(
      { uri: `sip:us@${host}:${port}` },
      { from: { uri: 'sip:bob@example.com' }, headers: [], body: sdp('bob') },
      { answered: () => undefined, refused: failure => (status = failure.status) },
    )
    await until('the call comes', () => calls.length > 0)
    let left = false
    calls[0]?.listen({ cancelled: () => (left = true) })
    await breaks(engine)
    await until('our side is told', () => left)
    await until('the caller is told', () => status === 503)
  })

  it('gives an unanswered caller 503 at an orderly stop', async () => {
    const engine = await serve(1)
    await engine.start()
    const { host, port } = servers[0]?.sip() ?? assert.fail()
    const calls: InboundCall[] = []
    engine.onInvite(call => calls.push(call))
    let status = 0
    peer.invite(
      { uri: `sip:us@${host}:${port}` },
      { from: { uri: 'sip:bob@example.com' }, headers: [], body: sdp('bob') },
      { answered: () => undefined, refused: failure => (status = failure.status) },
    )
    await until('the call comes', () => calls.length > 0)
    calls[0]?.letGo()
    await stopped(engine)
    await until('the caller is told', () => status === 503)
  })

  it('gives an unanswered caller 503 after a crash, and can end an earlier call', async () => {
    const engine = await serve(1)
    await engine.start()
    const { leg, ended } = await talk(engine)
    const talking = leg.state()
    const { host, port } = servers[0]?.sip() ?? assert.fail()
    const calls: InboundCall[] = []
    engine.onInvite(call => calls.push(call))
    let status = 0
    peer.invite(
      { uri: `sip:us@${host}:${port}` },
      { from: { uri: 'sip:bob@example.com' }, headers: [], body: sdp('bob') },
      { answered: () => undefined, refused: failure => (status = failure.status) },
    )
    await until('the call comes', () => calls.length > 0)
    const waiting = calls[0]?.state() ?? assert.fail()
    const { port: control, secret } = servers[0] ?? assert.fail()
    const next = new EmbeddedSignaling({
      sip: { listen: [], drachtio: [{ host: '127.0.0.1', port: control, secret }], trustedPeers },
      clock,
      ...given,
    })
    const restored = next.restoreLeg(talking)
    await next.start()
    next.restoreCall(waiting, () => assert.fail('the call can’t be restored'))
    await until('the caller is told', () => status === 503)
    restored?.hangUp()
    await until('the peer hears BYE', () => ended() !== undefined)
    await stopped(next)
  })

  it('ends an INVITE whose transaction the server has forgotten', async () => {
    const engine = await serve(1)
    await engine.start()
    const { host, port } = servers[0]?.sip() ?? assert.fail()
    const calls: InboundCall[] = []
    engine.onInvite(call => calls.push(call))
    const call = peer.invite(
      { uri: `sip:us@${host}:${port}` },
      { from: { uri: 'sip:bob@example.com' }, headers: [], body: sdp('bob') },
      { answered: () => undefined, refused: () => undefined },
    )
    await until('the call comes', () => calls.length > 0)
    servers[0]?.forgetTransactions()
    let end: LegEnd | undefined
    calls[0]?.answer(sdp('us')).listen({ ended: reason => (end = reason) })
    await until('the leg is over', () => end !== undefined)
    assert.equal(end?.kind, 'lost')
    call.cancel()
  })

  it('connects again when the server mixes up its messages, as an overloaded one does', async () => {
    const engine = await serve(1)
    await engine.start()
    servers[0]?.garble('.1:5972>\r\nServer: Carillon\r\n')
    await until('it is gone', () => connected(engine)[0] === false)
    clock.pass(backOff)
    await until('it has connected again', () => engine.drachtioServers()?.[0]?.connects === 2)
    const { leg, ended } = await talk(engine)
    leg.hangUp()
    await until('the peer hears BYE', () => ended() !== undefined)
  })

  it('goes on with the other server when one of two dies', async () => {
    const engine = await serve(2)
    await engine.start()
    await servers[0]?.stop()
    await until('it is gone', () => connected(engine)[0] === false)
    assert.deepEqual(connected(engine), [false, true])
    const { leg, ended } = await talk(engine)
    leg.hangUp()
    await until('the peer hears BYE', () => ended() !== undefined)
  })

  it('ends a call whose server does not come back, at the next refresh of its session', async () => {
    const engine = await serve(2)
    await engine.start()
    const { leg } = await talk(engine)
    let end: LegEnd | undefined
    leg.listen({ ended: reason => (end = reason) })
    await servers.find(server => server.dialogs > 0)?.stop()
    await until('it is gone', () => connected(engine).includes(false))
    clock.pass(seconds(900))
    await inTime('the leg is over', () => end !== undefined)
    assert.equal(end?.kind, 'lost')
  })

  it('refuses a call with the names of a standing one at another server, whose dialog would have the same name there', async () => {
    const engine = await serve(2)
    await engine.start()
    engine.onInvite(call => came.push(call))
    const phone = new FarPhone()
    await phone.start()
    const team = { method: 'INVITE', uri: 'sip:team@example.com', body: sdp('phone').text, contentType: 'application/sdp' }
    const [first, second] = servers.map(server => server.sip())
    const call = phone.request(team)
    phone.send(call, first ?? assert.fail())
    await until('the call comes', () => came.length > 0)
    const [from = '', callId = ''] = ['From', 'Call-ID'].map(name => call.headers.first(name) ?? '')
    const copy = (): void => phone.send(phone.request({ ...team, from, callId }), second ?? assert.fail())
    copy()
    await phone.nextResponse(482)
    const leg = came[0]?.answer(sdp('us'))
    phone.send(phone.inDialog('ACK', call, await phone.nextResponse(200, 'INVITE')), first ?? assert.fail())
    copy()
    await phone.nextResponse(482)
    assert.equal(came.length, 1)
    leg?.hangUp()
    phone.respond(await phone.nextRequest('BYE'), 200)
    await until('the call is over', () => engine.openLegs() === 0)
    copy()
    await until('a new call comes', () => came.length > 1)
    phone.stop()
  })
})
