import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { InboundCall } from '../../../src/legs/answering.js'
import type { Body } from '../../../src/legs/body.js'
import type { Gateways, LegOwner } from '../../../src/legs/gateway.js'
import type { OutboundCall } from '../../../src/legs/invitation.js'
import type { AnsweredLeg } from '../../../src/legs/leg.js'
import type { RenegotiationOutcome } from '../../../src/legs/renegotiation.js'
import { BrowserLegs } from '../../../src/signaling/browser-legs.js'
import { FakeClock } from '../../fakes/clock.js'
import { FakeSignaling, type FakeInbound, type FakeLeg, type FakePhone } from '../../fakes/signaling.js'

const described = (text: string): Body => ({ type: 'application/sdp', text })
const [web, plain, odd] = [described('web'), described('plain'), described('odd')]
const address = '192.0.2.1'
const group = 'sip:support@example.com'

/** Gateways that translate `web` to `plain` and back, and can use nothing else. */
class FakeGateways implements Gateways {
  /** For each open gateway: reports its loss. */
  readonly losses = new Set<() => void>()
  full = false
  /** The accounts that requested gateways. */
  readonly owners: LegOwner[] = []

  isBrowsers({ text }: Body): boolean {
    return text.startsWith('web')
  }

  open(owner: LegOwner, listener: { lost(): void }): ReturnType<Gateways['open']> {
    this.owners.push(owner)
    if (this.full) return { kind: 'refused', because: 'full' }
    const lost = (): void => listener.lost()
    this.losses.add(lost)
    const turn = (from: Body, to: Body) => (body: Body) => (body.text === from.text ? to : undefined)
    const gateway = {
      ...{ offeredByBrowser: turn(web, plain), answerToPlain: turn(web, plain) },
      ...{ answerToBrowser: turn(plain, web), offeredByPlain: turn(plain, web) },
      close: () => void this.losses.delete(lost),
    }
    return { kind: 'opened', gateway }
  }
}

class Setting {
  readonly signaling = new FakeSignaling()
  readonly gateways = new FakeGateways()
  readonly legs = new BrowserLegs(this.gateways, uri => ({ kind: 'guest', account: uri }))
  readonly clock = new FakeClock()
  readonly told: string[] = []
  leg: AnsweredLeg | undefined

  calledBy(
    body: Body | undefined,
    replaces?: FakeLeg,
  ): { readonly inbound: FakeInbound; readonly call: InboundCall | undefined } {
    const inbound = this.signaling.call(group, { body, ...(replaces && { replaces }) })
    return { inbound, call: this.legs.inbound(inbound, address) }
  }

  /** A caller in a browser who was answered. */
  joined(): { readonly engine: FakeLeg; readonly leg: ReturnType<InboundCall['answer']>; readonly inbound: FakeInbound } {
    const { inbound, call } = this.calledBy(web)
    const leg = call?.answer(plain)
    assert(leg && inbound.leg)
    leg.listen({
      renegotiation: request => {
        this.told.push(`offered ${request.body?.text ?? 'nothing'}`)
        request.accept(plain, answer => this.told.push(`confirmed ${answer?.text ?? ''}`))
      },
      ended: end => this.told.push(end.kind),
    })
    inbound.leg.confirm()
    return { engine: inbound.leg, leg, inbound }
  }

  calls(offer: Body | undefined = plain): OutboundCall {
    const bare = (body: Body | undefined) => (told: Parameters<FakeSignaling['invite']>[2]) =>
      this.signaling.invite({ uri: group }, { from: { uri: group }, headers: [], ...(body && { body }) }, told)
    return this.legs.outbound(
      offer,
      bare,
      this.clock,
    )({
      ringing: status => this.told.push(`ringing ${status}`),
      refused: ({ status }) => this.told.push(`refused ${status}`),
      answered: leg => {
        this.leg = leg
        leg.listen({ ended: end => this.told.push(end.kind) })
        this.told.push(`answered ${leg.body?.text ?? ''}`)
      },
    })
  }

  get phone(): FakePhone {
    const [phone] = this.signaling.phones
    assert(phone)
    return phone
  }
}

describe('a leg of a browser', () => {
  let setting: Setting
  beforeEach(() => (setting = new Setting()))
  const open = (): number => setting.gateways.losses.size

  it('from a caller has plain SDP for us, and the answer has the browser’s form', () => {
    const { inbound, call } = setting.calledBy(web)
    assert.equal(call?.invite.body, plain)
    call.answer(plain)
    assert.equal(inbound.answeredWith, web)
    inbound.leg?.end({ kind: 'hungUp' })
    assert.equal(open(), 0)
  })

  it('is not made for other calls, which stay unchanged', () => {
    const { inbound, call } = setting.calledBy(plain)
    assert.equal(call, inbound)
    assert.equal(setting.calledBy(undefined).call?.invite.body, undefined)
    assert.equal(open(), 0)
  })

  it('keeps the other parts of a browser’s body', () => {
    const attachments = [{ type: 'application/pidf+xml', text: '<presence/>' }]
    const call = setting.legs.inbound(setting.signaling.call(group, { body: web, attachments }), address)
    assert.deepEqual(call?.invite.attachments, attachments)
    call?.reject(486)
  })

  it('frees its gateway when the caller leaves or is refused', () => {
    for (const body of [web, web]) {
      const { inbound, call } = setting.calledBy(body)
      call?.listen({ cancelled: () => setting.told.push('cancelled') })
      assert.equal(open(), 1)
      if (setting.told.length === 0) inbound.cancel()
      else call?.reject(486)
      assert.equal(open(), 0)
    }
    assert.deepEqual(setting.told, ['cancelled'])
  })

  it('is refused when no gateway can handle the caller’s SDP', () => {
    assert.equal(setting.calledBy(described('web, odd')).inbound.rejected, 488)
    setting.gateways.full = true
    assert.equal(setting.calledBy(web).inbound.rejected, 503)
    assert.equal(open(), 0)
  })

  it('is ended when the answer can’t be used by a browser', () => {
    const { inbound, call } = setting.calledBy(web)
    call?.answer(odd).listen({ ended: end => setting.told.push(end.kind) })
    inbound.leg?.confirm()
    assert.deepEqual(setting.told, ['hungUpByUs'])
    assert.equal(open(), 0)
  })

  it('to a phone has an offer in the browser’s form, and its answer is plain for us', () => {
    setting.calls()
    setting.phone.ring()
    assert.equal(setting.phone.options.body, web)
    const engine = setting.phone.answer(web)
    assert.deepEqual(setting.told, ['ringing 180', 'answered plain'])
    setting.leg?.hangUp()
    assert(engine?.ended)
    assert.equal(open(), 0)
  })

  it('to a phone without an offer gets the answer in the browser’s form', () => {
    setting.calls(undefined)
    const engine = setting.phone.answer(web)
    assert.equal(setting.leg?.body, plain)
    setting.leg.acknowledge(plain)
    assert.deepEqual(engine?.acknowledged, { answer: web })
  })

  it('leaves no gateway when the phone refuses, is cancelled, answers with unusable SDP or can’t be served', () => {
    setting.calls()
    setting.phone.refuse(486)
    setting.calls().cancel()
    assert.equal(setting.signaling.ringing().length, 0)
    setting.calls()
    assert(setting.signaling.ringing()[0]?.answer(odd)?.ended)
    setting.calls(odd)
    setting.gateways.full = true
    setting.calls()
    setting.clock.pass(1)
    assert.deepEqual(setting.told, ['refused 486', 'refused 488', 'refused 488', 'refused 503'])
    assert.equal(open(), 0)
  })

  it('leaves no gateway when its phone answers too late and is hung up', () => {
    setting.calls()
    const told = setting.phone.answer(web)
    setting.leg?.listen({ ended: () => undefined })
    told?.hangUp()
    assert.equal(open(), 0)
  })

  it('translates re-INVITEs of both sides', () => {
    const { engine, leg } = setting.joined()
    const answer = engine.reinvite(web)
    assert.equal(answer.accepted, web)
    const outcomes: RenegotiationOutcome[] = []
    leg.renegotiate(plain, outcome => outcomes.push(outcome))
    assert.equal(engine.renegotiations[0]?.body, web)
    engine.renegotiations[0].outcome({ kind: 'accepted', body: web, acknowledge: () => undefined })
    assert.deepEqual(
      outcomes.map(outcome => outcome.kind === 'accepted' && outcome.body),
      [plain],
    )
    assert.deepEqual(setting.told, ['offered plain'])
  })

  it('translates re-INVITEs without an offer', () => {
    const { engine, leg } = setting.joined()
    const asked = engine.reinvite(undefined)
    assert.equal(asked.accepted, web)
    asked.confirm?.(web)
    assert.deepEqual(setting.told, ['offered nothing', 'confirmed plain'])
    let acknowledged: Body | undefined
    leg.renegotiate(undefined, outcome => {
      assert(outcome.kind === 'accepted')
      assert.equal(outcome.body, plain)
      outcome.acknowledge(plain)
    })
    engine.renegotiations[0]?.outcome({ kind: 'accepted', body: web, acknowledge: answer => (acknowledged = answer) })
    assert.equal(acknowledged, web)
  })

  it('refuses a re-INVITE that can’t be carried, and the call continues', () => {
    const { engine, leg } = setting.joined()
    assert.equal(engine.reinvite(odd).rejected, 488)
    const statuses: (number | undefined)[] = []
    const told = (outcome: RenegotiationOutcome): unknown =>
      statuses.push(outcome.kind === 'rejected' ? outcome.status : undefined)
    leg.renegotiate(odd, told)
    leg.renegotiate(plain, told)
    let acknowledged = 0
    engine.renegotiations[0]?.outcome({ kind: 'accepted', body: odd, acknowledge: () => (acknowledged += 1) })
    assert.deepEqual([statuses, acknowledged, setting.told], [[488, 488], 1, []])
    assert.equal(open(), 1)
  })

  it('ends when its browser is lost, and this is reported once', () => {
    const { engine } = setting.joined()
    for (const lost of setting.gateways.losses) lost()
    assert.deepEqual(setting.told, ['lost'])
    assert.equal(engine.hungUpWith?.cause, 41)
    engine.end({ kind: 'hungUp' })
    assert.deepEqual([setting.told, open()], [['lost'], 0])
  })

  it('is cancelled when its browser is lost while it rings, and the call goes elsewhere; an answer that crosses is hung up', () => {
    setting.calls()
    const [ringing] = setting.signaling.ringing()
    for (const lost of setting.gateways.losses) lost()
    assert.deepEqual([setting.told, setting.signaling.ringing().length], [['refused 503'], 0])
    ringing?.answer(web)
    assert.deepEqual([setting.told, open()], [['refused 503'], 0])
  })

  it('is refused when the caller’s media are lost before the answer, and the caller counts as gone', () => {
    const { inbound, call } = setting.calledBy(web)
    call?.listen({ cancelled: () => setting.told.push('cancelled') })
    for (const lost of setting.gateways.losses) lost()
    assert.deepEqual([inbound.rejected, setting.told, open()], [503, ['cancelled'], 0])
  })

  it('is opened for the caller’s account, or for nobody when we call', () => {
    const { inbound } = setting.calledBy(web)
    setting.calls()
    assert.deepEqual(setting.gateways.owners, [{ kind: 'guest', account: inbound.from.uri, address }, { kind: 'called' }])
  })

  it('names the leg that we know when it replaces a browser’s leg', () => {
    const { engine, leg } = setting.joined()
    const { inbound, call } = setting.calledBy(plain, engine)
    assert.equal(call?.replaces, leg)
    assert.deepEqual(call.invite, { ...inbound.invite, body: plain })
    call.progress(180)
    call.answer(plain)
    assert.deepEqual([inbound.progressed.length, inbound.answeredWith], [1, plain])
    assert.equal(setting.calledBy(web, engine).call?.replaces, leg)
  })

  it('leaves no gateway, for any events in any order', () => {
    const moves = [
      'ring',
      'answer',
      'answerOddly',
      'refuse',
      'cancel',
      'hangUp',
      'bye',
      'lost',
      'renegotiate',
      'reinvite',
    ] as const
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...moves), { maxLength: 12 }), fc.boolean(), (order, delayed) => {
        setting = new Setting()
        const call = setting.calls(delayed ? undefined : plain)
        const { phone } = setting
        const does: Record<(typeof moves)[number], () => unknown> = {
          ring: () => phone.ring(),
          answer: () => phone.answer(web),
          answerOddly: () => phone.answer(odd),
          refuse: () => phone.refuse(480),
          cancel: () => call.cancel(),
          hangUp: () => setting.leg?.hangUp(),
          bye: () => phone.leg?.end({ kind: 'hungUp' }),
          lost: () => setting.gateways.losses.forEach(lost => lost()),
          renegotiate: () => setting.leg?.renegotiate(plain, () => undefined),
          reinvite: () => phone.leg?.reinvite(web),
        }
        for (const move of order) does[move]()
        const isOver = phone.state === 'refused' || phone.state === 'cancelled' || phone.leg?.ended !== undefined
        assert.equal(open(), isOver ? 0 : 1)
        call.cancel()
        phone.leg?.end({ kind: 'hungUp' })
        assert.equal(open(), 0)
      }),
    )
  })
})
