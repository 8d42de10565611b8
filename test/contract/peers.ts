import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { systemClock } from '../../src/foundation/clock.js'
import { silentLog } from '../../src/foundation/log.js'
import type { InboundCall } from '../../src/legs/answering.js'
import type { Body } from '../../src/legs/body.js'
import type { OutboundCall } from '../../src/legs/invitation.js'
import type { AnsweredLeg, Leg } from '../../src/legs/leg.js'
import type { InboundRenegotiation } from '../../src/legs/renegotiation.js'
import { EmbeddedSignaling } from '../../src/signaling/embedded.js'
import type { Signaling } from '../../src/signaling/port.js'
import { Arrivals } from '../fakes/arrivals.js'
import { FakeSignaling, type FakeInbound, type FakeLeg, type FakePhone } from '../fakes/signaling.js'

/** The response to a request. */
export interface Answer {
  readonly status: number
  readonly body?: Body | undefined
}

/** Our re-INVITE, as the peer sees it. */
export interface Asked {
  readonly body?: Body | undefined
  /** Sends 200 with this SDP. Resolves with the body of our ACK. */
  accept(body: Body): Promise<Body | undefined>
  reject(status: number): void
}

/** The peer of the engine under test: one call with one dialog. */
export interface Peer {
  readonly ours: Signaling
  /** Starts both sides. Returns the peer's URI. */
  start(): Promise<string>
  /** The peer calls us. */
  call(body?: Body): Promise<InboundCall>
  /** The final response to the peer's INVITE. */
  final(): Promise<Answer>
  cancel(): void
  ack(answer?: Body): void
  /** Resolves when our INVITE has arrived. */
  invited(): Promise<void>
  ring(): void
  answer(body: Body): void
  refuse(status: number): void
  /** Resolves when the ACK for the peer's 200 has arrived. */
  acknowledged(): Promise<void>
  hangUp(): void
  /** Resolves when our BYE has arrived. */
  hungUp(): Promise<void>
  reinvite(body: Body): Promise<Answer>
  inform(body: Body): Promise<number>
  /** Resolves with our next re-INVITE. */
  asked(): Promise<Asked>
  stop(): Promise<void>
}

const engine = (): EmbeddedSignaling =>
  new EmbeddedSignaling({
    sip: { listen: [{ transport: 'udp', host: '127.0.0.1', port: 0 }], trustedPeers: ['127.0.0.1'] },
    clock: systemClock,
    log: silentLog,
    random: randomBytes,
  })

const uriOf = (address = ''): string => `sip:someone@${address.replace(/^\w+:\/\//, '')}`

/** An engine under test, which has not started yet. */
export interface UnderTest {
  readonly signaling: EmbeddedSignaling
  stop(): Promise<void>
}

/** Carillon's own engine. */
export function embedded(): UnderTest {
  const signaling = engine()
  return { signaling, stop: () => signaling.stop() }
}

/** An engine, with an embedded one as its peer. */
export class EnginePeer implements Peer {
  readonly #theirs = engine()
  readonly #finals = new Arrivals<Answer>()
  readonly #asked = new Arrivals<InboundRenegotiation>()
  readonly #confirmed = new Arrivals<true>()
  readonly #ended = new Arrivals<true>()
  readonly #invited = new Arrivals<InboundCall>()
  #target = ''
  #outbound: OutboundCall | undefined
  #inbound: InboundCall | undefined
  #leg: Leg | AnsweredLeg | undefined
  #ours: UnderTest | undefined

  constructor(private readonly make: () => UnderTest | Promise<UnderTest>) {}

  get ours(): EmbeddedSignaling {
    assert.ok(this.#ours, 'the engine has not started')
    return this.#ours.signaling
  }

  async start(): Promise<string> {
    this.#ours = await this.make()
    const [address] = await this.ours.start()
    const [peerAddress] = await this.#theirs.start()
    this.#target = uriOf(address)
    this.#theirs.onInvite(this.#invited.push)
    return uriOf(peerAddress)
  }

  call(body?: Body): Promise<InboundCall> {
    const arrived = new Promise<InboundCall>(resolve => this.ours.onInvite(resolve))
    this.#outbound = this.#theirs.invite(
      { uri: this.#target },
      { from: { uri: 'sip:carol@example.com' }, headers: [], ...(body && { body }) },
      {
        answered: leg => {
          this.#watch(leg)
          this.#finals.push({ status: 200, body: leg.body })
        },
        refused: ({ status }) => this.#finals.push({ status }),
      },
    )
    return arrived
  }

  final = (): Promise<Answer> => this.#finals.next()
  cancel = (): void => this.#outbound?.cancel()

  ack(answer?: Body): void {
    assert.ok(this.#leg && 'acknowledge' in this.#leg)
    this.#leg.acknowledge(answer)
  }

  async invited(): Promise<void> {
    this.#inbound = await this.#invited.next()
    this.#inbound.listen({ cancelled: () => this.#ended.push(true) })
  }

  ring = (): void => this.#inbound?.progress(180)

  answer(body: Body): void {
    assert.ok(this.#inbound)
    this.#watch(this.#inbound.answer(body))
  }

  refuse = (status: number): void => this.#inbound?.reject(status)

  async acknowledged(): Promise<void> {
    await this.#confirmed.next()
  }

  hangUp = (): void => this.#leg?.hangUp()

  async hungUp(): Promise<void> {
    await this.#ended.next()
  }

  reinvite(body: Body): Promise<Answer> {
    return new Promise(resolve =>
      this.#leg?.renegotiate(body, outcome => {
        if (outcome.kind === 'accepted') outcome.acknowledge()
        resolve(outcome.kind === 'accepted' ? { status: 200, body: outcome.body } : { status: outcome.status })
      }),
    )
  }

  inform(body: Body): Promise<number> {
    return new Promise(resolve => this.#leg?.info(body, [], resolve))
  }

  async asked(): Promise<Asked> {
    const request = await this.#asked.next()
    return {
      body: request.body,
      accept: ours => new Promise(resolve => request.accept(ours, resolve)),
      reject: status => request.reject(status),
    }
  }

  /** Each turn of the event loop delivers messages that are on their way. */
  async stop(): Promise<void> {
    this.#leg?.hangUp()
    for (let turn = 0; this.ours.openLegs() + this.#theirs.openLegs() > 0; turn += 1) {
      assert.ok(turn < 20_000, 'legs are left')
      await new Promise(resolve => setImmediate(resolve))
    }
    await Promise.all([this.#ours?.stop(), this.#theirs.stop()])
  }

  #watch(leg: Leg | AnsweredLeg): void {
    this.#leg = leg
    leg.listen({
      confirmed: () => this.#confirmed.push(true),
      renegotiation: this.#asked.push,
      ended: () => this.#ended.push(true),
    })
  }
}

/** The fake that the tests of calls and HTTP use. Everything happens at once. */
export class FakePeer implements Peer {
  readonly ours = new FakeSignaling()
  #inbound: FakeInbound | undefined
  #phone: FakePhone | undefined

  start = (): Promise<string> => Promise.resolve('sip:someone@example.com')

  call(body?: Body): Promise<InboundCall> {
    this.ours.onInvite(() => undefined)
    this.#inbound = this.ours.call('sip:support@example.com', { body })
    return Promise.resolve(this.#inbound)
  }

  final(): Promise<Answer> {
    const { rejected, leg, answeredWith } = this.#inbound ?? assert.fail('no call')
    assert.ok(rejected !== undefined || leg, 'no final response')
    return Promise.resolve(rejected === undefined ? { status: 200, body: answeredWith } : { status: rejected })
  }

  cancel = (): void => this.#inbound?.cancel()
  ack = (answer?: Body): void => this.#leg.confirm(answer)

  invited(): Promise<void> {
    this.#phone = this.ours.phones.at(-1)
    assert.equal(this.#phone?.state, 'calling')
    return Promise.resolve()
  }

  ring = (): void => this.#phone?.ring()
  answer = (body: Body): void => void this.#phone?.answer(body)
  refuse = (status: number): void => this.#phone?.refuse(status)

  acknowledged(): Promise<void> {
    assert.ok(this.#leg.acknowledged)
    return Promise.resolve()
  }

  hangUp = (): void => this.#leg.end({ kind: 'hungUp' })

  hungUp(): Promise<void> {
    assert.ok(this.#phone?.state === 'cancelled' || this.#leg.ended)
    return Promise.resolve()
  }

  reinvite(body: Body): Promise<Answer> {
    const { accepted, rejected } = this.#leg.reinvite(body)
    return Promise.resolve({ status: rejected ?? 200, body: accepted })
  }

  inform(body: Body): Promise<number> {
    return this.#leg.inform(body)
  }

  asked(): Promise<Asked> {
    const { body, outcome } = this.#leg.renegotiations.at(-1) ?? assert.fail('no re-INVITE is open')
    return Promise.resolve({
      body,
      accept: theirs => new Promise(resolve => outcome({ kind: 'accepted', body: theirs, acknowledge: resolve })),
      reject: status => outcome({ kind: 'rejected', status, headers: [] }),
    })
  }

  stop = (): Promise<void> => Promise.resolve()

  get #leg(): FakeLeg {
    return this.#inbound?.leg ?? this.#phone?.leg ?? assert.fail('no leg')
  }
}
