import assert from 'node:assert/strict'
import fc from 'fast-check'
import { millis, seconds, type Millis } from '../../src/foundation/time.js'
import type { Leg, LegListener } from '../../src/legs/leg.js'
import type { ClientInvite } from '../../src/sip/dialog/invite-client.js'
import type { ServerInvite } from '../../src/sip/dialog/invite-server.js'
import { sdp, toPhone, Wire } from '../unit/sip/dialog/wire.js'

const caller = '192.0.2.1'
const callee = '192.0.2.2'

const action = fc.record({
  /** Close in time, so that they cross. */
  at: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 0, max: 60_000 })),
  what: fc.constantFrom(
    'ring',
    'queue',
    'answer',
    'answer',
    'answer',
    'reject',
    'cancel',
    'callerReinvites',
    'calleeReinvites',
    'callerInforms',
    'calleeInforms',
    'callerHangsUp',
    'calleeHangsUp',
  ),
})
type What = (typeof action extends fc.Arbitrary<infer A> ? A : never)['what']

const plan = fc.record({
  actions: fc.array(action, { minLength: 1, maxLength: 14 }),
  delayedOffer: fc.boolean(),
  acknowledgeAfter: fc.constantFrom<number[]>(0, 0, 5, 700, 20_000),
  /** How long, in ms, an owner takes to answer a re-INVITE or an INFO. */
  thinks: fc.constantFrom<number[]>(0, 0, 3, 800, 35_000),
  refuses: fc.boolean(),
  /** The caller requires reliable provisional responses (RFC 3262). */
  reliably: fc.boolean(),
  /** Short enough that refreshes cross other requests (RFC 4028). */
  sessionExpires: fc.constantFrom<Millis[]>(seconds(1_800), seconds(20), seconds(6)),
})
type Plan = typeof plan extends fc.Arbitrary<infer P> ? P : never

/** A message is lost, or copies arrive after these delays in ms. */
const fate = fc.oneof(
  { arbitrary: fc.constant<readonly number[]>([]), weight: 2 },
  { arbitrary: fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 2 }), weight: 6 },
)
/** All owners hang up at this time. The rest must end within the longest INVITE, several times 64*T1, and delays. */
const sweepAt = 70_000
const longEnough = sweepAt + 200_000 + 6 * 32_000

/** A call between two endpoints whose owners do what the plan says. */
class Call {
  readonly wire = new Wire()
  readonly left
  readonly right
  readonly told: string[] = []
  #outbound: ClientInvite | undefined
  #inbound: ServerInvite | undefined
  readonly #legs: { caller?: Leg; callee?: Leg } = {}

  constructor(private readonly plan: Plan) {
    const { sessionExpires } = plan
    this.left = this.wire.site(caller, { calls: { sessionExpires } })
    this.right = this.wire.site(callee, { calls: { sessionExpires } })
    this.right.onInvite(invite => {
      this.told.push('arrived')
      this.#inbound = invite
      invite.listen({ cancelled: () => this.told.push('cancelled') })
    })
  }

  run(): void {
    const { clock } = this.wire
    this.#outbound = this.left.invite(
      {
        ...toPhone(callee),
        ...(!this.plan.delayedOffer && { body: sdp('carol') }),
        ...(this.plan.reliably && { headers: [['Require', '100rel']] }),
      },
      {
        answered: leg => {
          this.told.push('answered')
          this.#watch('caller', leg)
          clock.after(millis(this.plan.acknowledgeAfter), () =>
            leg.acknowledge(this.plan.delayedOffer ? sdp('carol') : undefined),
          )
        },
        refused: ({ status }) => this.told.push(`refused ${status}`),
      },
    )
    for (const { at, what } of this.plan.actions) clock.after(millis(at), () => this.#act(what))
    clock.after(millis(sweepAt), () => this.#sweep())
    clock.pass(longEnough)
  }

  #watch(side: 'caller' | 'callee', leg: Leg): void {
    this.#legs[side] = leg
    const later = (run: () => void) => void this.wire.clock.after(millis(this.plan.thinks), run)
    const listener: LegListener = {
      confirmed: () => this.told.push(`${side} confirmed`),
      renegotiation: request =>
        later(() => {
          if (this.plan.refuses) request.reject(488)
          else request.accept(sdp('held'), () => this.told.push(`${side} reconfirmed`))
        }),
      info: request => later(() => request.respond(200)),
      ended: end => this.told.push(`${side} ended ${end.kind === 'lost' ? `lost ${end.why}` : end.kind}`),
    }
    leg.listen(listener)
  }

  #act(what: What): void {
    switch (what) {
      case 'ring':
        return this.#inbound?.progress(180)
      case 'queue':
        return this.#inbound?.progress(182, 'Queued')
      case 'answer':
        return this.#answer()
      case 'reject':
        return this.#inbound?.reject(486)
      case 'cancel':
        this.told.push('cancels')
        return this.#outbound?.cancel()
      case 'callerReinvites':
        return this.#reinvite('caller')
      case 'calleeReinvites':
        return this.#reinvite('callee')
      case 'callerInforms':
        return this.#inform('caller')
      case 'calleeInforms':
        return this.#inform('callee')
      case 'callerHangsUp':
        return this.#legs.caller?.hangUp()
      case 'calleeHangsUp':
        return this.#legs.callee?.hangUp()
    }
  }

  #answer(): void {
    const invite = this.#inbound
    this.#inbound = undefined
    if (invite) this.#watch('callee', invite.answer(sdp('bob')))
  }

  #reinvite(side: 'caller' | 'callee'): void {
    let settled = false
    this.#legs[side]?.renegotiate(sdp('hold'), outcome => {
      assert.ok(!settled, 'a re-INVITE has one outcome')
      settled = true
      if (outcome.kind === 'accepted') this.wire.clock.after(millis(this.plan.acknowledgeAfter), () => outcome.acknowledge())
    })
  }

  #inform(side: 'caller' | 'callee'): void {
    this.#legs[side]?.info({ type: 'text/plain', text: 'x' }, [], status => this.told.push(`${side} informed ${status}`))
  }

  #sweep(): void {
    this.#outbound?.cancel()
    this.#inbound?.reject(480)
    this.#legs.caller?.hangUp()
    this.#legs.callee?.hangUp()
  }

  check(): void {
    const { left, right, wire, told } = this
    const story = told.join(', ')
    assert.deepEqual(
      [left.openLegs, right.openLegs, left.transactions, right.transactions, wire.clock.size],
      [0, 0, 0, 0, 0],
      `something is left: ${story}`,
    )
    const count = (pattern: RegExp) => told.filter(line => pattern.test(line)).length
    assert.ok(count(/^(answered|refused)/) <= 1, `an INVITE has one outcome: ${story}`)
    assert.ok(count(/^arrived|^cancelled/) <= 2 && count(/^cancelled/) <= 1, story)
    for (const side of ['caller', 'callee'] as const) {
      const begun = this.#legs[side] ? 1 : 0
      assert.equal(count(new RegExp(`^${side} ended`)), begun, `a leg ends once: ${story}`)
      const end = told.findIndex(line => line.startsWith(`${side} ended`))
      assert.ok(!told.slice(end + 1).some(line => begun && line.startsWith(`${side} confirmed`)), `nothing follows: ${story}`)
    }
    const cancels = told.indexOf('cancels')
    assert.ok(cancels < 0 || !told.slice(cancels).includes('answered'), `nothing is told after cancel(): ${story}`)
  }
}

describe('dialogs between two endpoints', () => {
  it('leave no dialog, transaction or timer, whatever crosses or is lost, duplicated or late', () => {
    fc.assert(
      fc.property(plan, fc.array(fate, { minLength: 1, maxLength: 80 }), (each, fates) => {
        const call = new Call(each)
        let carried = 0
        call.wire.fate = () => fates[carried++ % fates.length] ?? []
        call.run()
        call.check()
      }),
      { numRuns: 150 },
    )
  })

  it('agree on the end when nothing is lost: cancel-leaves-nothing, glare-is-defined', () => {
    fc.assert(
      fc.property(plan, each => {
        // Longer than 64*T1 would count as silence at the peer.
        const call = new Call({ ...each, thinks: Math.min(each.thinks, 800) })
        call.run()
        call.check()
        const story = call.told.join(', ')
        const lost = call.told.filter(line => line.includes('ended lost'))
        assert.deepEqual(lost, [], story)
        const ended = (side: string) => call.told.find(line => line.startsWith(`${side} ended`))?.split(' ')[2]
        const ends = [ended('caller'), ended('callee')]
        assert.ok(ends[0] === undefined || ends[1] !== undefined, `an answered call has two legs: ${story}`)
        assert.ok(!ends.every(end => end === 'hungUp'), `somebody hung up: ${story}`)
      }),
      { numRuns: 150 },
    )
  })

  it('connect a call on both sides even if each message is lost up to twice', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 12 }), losses => {
        const call = new Call({
          actions: [
            { at: 3_000, what: 'ring' },
            { at: 30_000, what: 'answer' },
          ],
          delayedOffer: false,
          acknowledgeAfter: 0,
          thinks: 0,
          refuses: false,
          reliably: false,
          sessionExpires: seconds(1_800),
        })
        const left = new Map<string, number>()
        call.wire.fate = text => {
          const message = `${text.split(' ', 2).join(' ')} ${/CSeq: .*/.exec(text)?.[0] ?? ''}`
          const losing = left.get(message) ?? losses[left.size % losses.length] ?? 0
          left.set(message, losing - 1)
          return losing > 0 ? [] : [20]
        }
        call.run()
        call.check()
        assert.ok(call.told.includes('answered') && call.told.includes('callee confirmed'), call.told.join(', '))
      }),
      { numRuns: 150 },
    )
  })
})
