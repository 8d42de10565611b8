import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once, EventEmitter } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../src/foundation/clock.js'
import { silentLog } from '../../src/foundation/log.js'
import type { InboundCall } from '../../src/legs/answering.js'
import type { Body } from '../../src/legs/body.js'
import type { InviteOptions } from '../../src/legs/invitation.js'
import type { LegEnd } from '../../src/legs/leg-end.js'
import type { AnsweredLeg, Leg } from '../../src/legs/leg.js'
import type { InboundRenegotiation } from '../../src/legs/renegotiation.js'
import { EmbeddedSignaling } from '../../src/signaling/embedded.js'
import type { Signaling } from '../../src/signaling/port.js'
import type { TlsSettings } from '../../src/sip/index.js'
import { issue, makeAuthority } from '../fakes/certificates.js'
import { DrachtioServer } from '../fakes/drachtio-server/server.js'
import { sdp } from '../fakes/signaling.js'

type Transport = 'udp' | 'tcp' | 'tls'

/** One side of a call, and its surroundings. */
interface Side {
  readonly signaling: Signaling
  stop(): Promise<void>
}

/** The engines behind the port. They must all behave alike. */
interface Engine {
  readonly ways: readonly (readonly [transport: Transport, host: string])[]
  readonly make: (transport: Transport, host: string, tls: TlsSettings) => Promise<Side>
}

const trustedPeers = ['127.0.0.1', '::1']
const given = { clock: systemClock, log: silentLog, random: randomBytes }

const engines: Readonly<Record<string, Engine>> = {
  embedded: {
    ways: [
      ['udp', '127.0.0.1'],
      ['tcp', '127.0.0.1'],
      ['udp', '::1'],
      ['tcp', '::1'],
      ['tls', '127.0.0.1'],
    ],
    make: async (transport, host, tls) => {
      const signaling = new EmbeddedSignaling({ sip: { listen: [{ transport, host, port: 0 }], tls, trustedPeers }, ...given })
      return { signaling, stop: () => signaling.stop() }
    },
  },
  // Each side has its own drachtio-server, because a server does not send to itself.
  drachtio: {
    ways: [
      ['udp', '127.0.0.1'],
      ['tcp', '127.0.0.1'],
      ['udp', '::1'],
    ],
    make: async (transport, host) => {
      const server = new DrachtioServer({ listen: [{ transport, host, port: 0 }] })
      await server.start()
      const { port, secret } = server
      const signaling = new EmbeddedSignaling({
        sip: { listen: [], drachtio: [{ host: '127.0.0.1', port, secret }], trustedPeers },
        ...given,
      })
      const stop = async (): Promise<void> => {
        await signaling.stop()
        await server.stop()
      }
      return { signaling, stop }
    },
  },
}

/** Certificates of an authority that both sides trust. */
async function certificatesFor(address: string): Promise<TlsSettings> {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-signaling-'))
  const authority = makeAuthority(folder, 'authority')
  const { certificate, key } = issue(folder, 'ours', authority, [`IP:${address}`])
  await rm(folder, { recursive: true })
  return { certificate, key, ca: authority.certificate }
}

const identity: InviteOptions = { from: { uri: 'sip:carol@example.com', displayName: 'Carol Ω' }, headers: [] }

/** Two engines on loopback: a caller's and a callee's. */
class Pair {
  readonly told = new EventEmitter()
  readonly legs: Leg[] = []
  target = { uri: '' }

  private constructor(
    private readonly callerSide: Side,
    private readonly calleeSide: Side,
  ) {}

  get caller(): Signaling {
    return this.callerSide.signaling
  }

  get callee(): Signaling {
    return this.calleeSide.signaling
  }

  static async start(make: () => Promise<Side>, transport: string): Promise<Pair> {
    const pair = new Pair(await make(), await make())
    await pair.caller.start()
    const [address = ''] = await pair.callee.start()
    pair.target = { uri: `sip:bob@${address.replace(/^\w+:\/\//, '')};transport=${transport}` }
    return pair
  }

  /** Calls, and returns the callee's side. */
  async call(
    options: Partial<InviteOptions> = { body: sdp('caller') },
  ): Promise<{ inbound: InboundCall; outbound: ReturnType<Signaling['invite']> }> {
    const arrived = new Promise<InboundCall>(resolve => this.callee.onInvite(resolve))
    const outbound = this.caller.invite(
      this.target,
      { ...identity, ...options },
      {
        ringing: status => this.told.emit('ringing', status),
        answered: leg => {
          this.watch(leg, 'outbound')
          this.told.emit('answered', leg)
        },
        refused: failure => this.told.emit('refused', failure),
      },
    )
    return { inbound: await arrived, outbound }
  }

  watch(leg: Leg, side: string): void {
    this.legs.push(leg)
    leg.listen({
      confirmed: answer => this.told.emit(`${side} confirmed`, answer),
      ended: end => this.told.emit(`${side} ended`, end),
      renegotiation: request => this.told.emit(`${side} renegotiation`, request),
      info: request => this.told.emit(`${side} info`, request),
    })
  }

  next<T>(event: string): Promise<T> {
    return once(this.told, event).then(([value]) => value as T)
  }

  /** A call that was answered and acknowledged. */
  async joined(): Promise<{ ours: AnsweredLeg; theirs: Leg }> {
    const { inbound } = await this.call()
    const answered = this.next<AnsweredLeg>('answered')
    const confirmed = this.next('inbound confirmed')
    const theirs = inbound.answer(sdp('callee'))
    this.watch(theirs, 'inbound')
    const ours = await answered
    ours.acknowledge()
    await confirmed
    return { ours, theirs }
  }

  async stop(): Promise<void> {
    await untilNoLegs(this)
    await Promise.all([this.callerSide.stop(), this.calleeSide.stop()])
  }
}

for (const [engine, { ways, make }] of Object.entries(engines)) {
  for (const [transport, host] of ways) {
    describe(`the signaling port: ${engine} over ${transport} at ${host}`, () => {
      let pair: Pair
      let tls: TlsSettings = {}
      before(async () => {
        if (transport === 'tls') tls = await certificatesFor(host)
      })
      beforeEach(async () => {
        pair = await Pair.start(() => make(transport, host, tls), transport)
      })
      afterEach(() => pair.stop())

      const bothEnd = async (legs: { ours: Leg }): Promise<void> => {
        const [ended, peerEnded] = [pair.next('outbound ended'), pair.next('inbound ended')]
        legs.ours.hangUp()
        await Promise.all([ended, peerEnded])
      }

      it('brings the caller’s SDP, name and headers, and the callee’s ringing and answer', async () => {
        const { inbound } = await pair.call({ body: sdp('caller'), headers: [['Diversion', '<sip:a@b>']] })
        assert.deepEqual(inbound.invite.body, sdp('caller'))
        assert.deepEqual(inbound.invite.from, { uri: 'sip:carol@example.com', displayName: 'Carol Ω' })
        assert.deepEqual(inbound.header('Diversion'), ['<sip:a@b>'])
        const ringing = pair.next('ringing')
        inbound.progress(180)
        assert.equal(await ringing, 180)
        const answered = pair.next<AnsweredLeg>('answered')
        pair.watch(inbound.answer(sdp('callee')), 'inbound')
        const ours = await answered
        assert.deepEqual(ours.body, sdp('callee'))
        const confirmed = pair.next('inbound confirmed')
        ours.acknowledge()
        await confirmed
        await bothEnd({ ours })
      })

      it('reports a refusal to the caller, with its status', async () => {
        const { inbound } = await pair.call()
        const refused = pair.next<{ status: number }>('refused')
        inbound.reject(486)
        assert.equal((await refused).status, 486)
      })

      it('carries a late offer: theirs in the 200, ours in the ACK', async () => {
        const { inbound } = await pair.call({})
        assert.equal(inbound.invite.body, undefined)
        const answered = pair.next<AnsweredLeg>('answered')
        const confirmed = pair.next<Body>('inbound confirmed')
        pair.watch(inbound.answer(sdp('callee')), 'inbound')
        const ours = await answered
        ours.acknowledge(sdp('caller'))
        assert.deepEqual(await confirmed, sdp('caller'))
        await bothEnd({ ours })
      })

      it('cancels an INVITE: the callee is told, and can no longer answer', async () => {
        const { inbound, outbound } = await pair.call()
        const cancelled = new Promise<void>(resolve => inbound.listen({ cancelled: resolve }))
        const ringing = pair.next('ringing')
        inbound.progress(180)
        await ringing
        outbound.cancel({ protocol: 'SIP', cause: 200, text: 'Call completed elsewhere' })
        await cancelled
        inbound.reject(486)
        await untilNoLegs(pair)
      })

      it('glare-is-defined: a 200 that crosses our CANCEL gets ACK and BYE', async () => {
        const { inbound, outbound } = await pair.call()
        const ended = pair.next<LegEnd>('inbound ended')
        outbound.cancel()
        pair.watch(inbound.answer(sdp('callee')), 'inbound')
        assert.equal((await ended).kind, 'hungUp')
        await untilNoLegs(pair)
      })

      it('re-INVITEs both ways, with and without an offer', async () => {
        const { ours, theirs } = await pair.joined()
        for (const [from, to] of [
          [ours, 'inbound'],
          [theirs, 'outbound'],
        ] as const) {
          for (const offer of [sdp('hold'), undefined]) {
            const asked = pair.next<Parameters<NonNullable<Parameters<Leg['listen']>[0]['renegotiation']>>[0]>(
              `${to} renegotiation`,
            )
            const outcome = new Promise<Parameters<Parameters<Leg['renegotiate']>[1]>[0]>(resolve =>
              from.renegotiate(offer, resolve),
            )
            const request = await asked
            assert.deepEqual(request.body, offer)
            const confirmed = new Promise(resolve => request.accept(sdp('held'), resolve))
            const settled = await outcome
            assert.equal(settled.kind, 'accepted')
            if (settled.kind !== 'accepted') return
            assert.deepEqual(settled.body, sdp('held'))
            settled.acknowledge(offer ? undefined : sdp('resumed'))
            assert.deepEqual(await confirmed, offer ? undefined : sdp('resumed'))
          }
        }
        await bothEnd({ ours })
      })

      it('glare-is-defined: at least one of two crossing re-INVITEs gets 491, and none stays pending', async () => {
        const { ours, theirs } = await pair.joined()
        // Over a stream the second may arrive after the first was refused. Then it is served.
        for (const side of ['inbound', 'outbound'])
          pair.told.on(`${side} renegotiation`, (request: InboundRenegotiation) => request.accept(sdp('held'), () => undefined))
        const status = (leg: Leg): Promise<number> =>
          new Promise(resolve =>
            leg.renegotiate(sdp('hold'), outcome => {
              if (outcome.kind === 'accepted') outcome.acknowledge()
              resolve(outcome.kind === 'rejected' ? outcome.status : 200)
            }),
          )
        assert.ok((await Promise.all([status(ours), status(theirs)])).includes(491))
        await bothEnd({ ours })
      })

      it('glare-is-defined: both sides may hang up at once', async () => {
        const { ours, theirs } = await pair.joined()
        const ends = Promise.all([pair.next('outbound ended'), pair.next('inbound ended')])
        ours.hangUp()
        theirs.hangUp()
        await ends
      })

      it('glare-is-defined: a BYE ends a pending re-INVITE', async () => {
        const { ours } = await pair.joined()
        const asked = pair.next('inbound renegotiation')
        const ends = Promise.all([pair.next('inbound ended'), pair.next('outbound ended')])
        let told = false
        ours.renegotiate(sdp('hold'), () => (told = true))
        await asked
        ours.hangUp()
        const [theirEnd, ourEnd] = await ends
        assert.deepEqual([theirEnd, ourEnd, told], [{ kind: 'hungUp' }, { kind: 'hungUpByUs' }, false])
      })

      it('reports ringing once for any number of 180s, and ignores 182', async () => {
        const { inbound } = await pair.call()
        const rung: number[] = []
        pair.told.on('ringing', (status: number) => rung.push(status))
        for (const status of [182, 180, 180, 182] as const) inbound.progress(status)
        const refused = pair.next('refused')
        inbound.reject(480)
        await refused
        assert.deepEqual(rung, [180])
      })

      it('ends everything when it stops: the peer gets BYE and CANCEL', async () => {
        await pair.joined()
        const ended = pair.next<LegEnd>('inbound ended')
        const { inbound } = await pair.call()
        const cancelled = new Promise<void>(resolve => inbound.listen({ cancelled: resolve }))
        await Promise.all([pair.caller.stop(), ended, cancelled])
        assert.equal((await ended).kind, 'hungUp')
      })

      it('carries INFO and its response', async () => {
        const { ours } = await pair.joined()
        const body = { type: 'application/dtmf-relay', text: 'Signal=5' }
        const asked = pair.next<{ body?: Body; respond(status: number): void }>('inbound info')
        const answered = new Promise<number>(resolve => ours.info(body, [], resolve))
        const request = await asked
        assert.deepEqual(request.body, body)
        request.respond(200)
        assert.equal(await answered, 200)
        await bothEnd({ ours })
      })
    })
  }
}

/** Waits until the engines have finished. Each turn of the event loop delivers their messages. */
async function untilNoLegs({ caller, callee }: Pair): Promise<void> {
  for (let turn = 0; caller.openLegs() + callee.openLegs() > 0; turn += 1) {
    assert.ok(turn < 20_000, 'legs are left')
    await new Promise(resolve => setImmediate(resolve))
  }
}
