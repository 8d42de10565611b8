import assert from 'node:assert/strict'
import fc from 'fast-check'
import { millis } from '../../src/foundation/time.js'
import { buildResponse } from '../../src/sip/message/build.js'
import type { ServerTransaction } from '../../src/sip/transaction/user.js'
import { request } from '../unit/sip/transaction/messages.js'
import { Network, seededBytes, type Host } from '../unit/sip/transaction/pair.js'

/** The fate of a message: lost, or the delays of its copies. None comes after timer J, because the last is sent at 31.5 s. */
const fate = fc.oneof(
  { arbitrary: fc.constant<readonly number[]>([]), weight: 3 },
  { arbitrary: fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 3 }), weight: 5 },
)

const call = fc.record({
  method: fc.constantFrom('INVITE', 'OPTIONS', 'BYE'),
  at: fc.integer({ min: 0, max: 20_000 }),
  provisional: fc.boolean(),
  status: fc.constantFrom(200, 302, 486, 503),
  /** How long the user takes. After 64*T1 the client has given up. */
  answerAfter: fc.integer({ min: 0, max: 40_000 }),
  /** A user does not wait forever: it cancels a ringing INVITE at last, because its answer may be lost. */
  cancelAfter: fc.oneof(fc.integer({ min: 0, max: 40_000 }), fc.constant(60_000)),
  acknowledged: fc.boolean(),
})
type Call = typeof call extends fc.Arbitrary<infer C> ? C : never

/** Everything ends within this time: the last start, the last CANCEL, twice 64*T1 on both sides, T4, and delays. */
const longEnough = 20_000 + 60_000 + 4 * 32_000 + 5_000 + 10_000

interface Outcome {
  readonly told: string[]
  finals: number
  failures: number
}

function serve(bob: Host, clock: Network['clock'], calls: readonly Call[]): (readonly ServerTransaction[])[] {
  const served: ServerTransaction[][] = calls.map(() => [])
  bob.user.answer = transaction => {
    const index = Number(transaction.request.headers.first('Call-ID'))
    const plan = calls[index]
    assert.ok(plan)
    served[index]?.push(transaction)
    const respond = (status: number) => transaction.respond(buildResponse(transaction.request, status, { toTag: 'bob' }))
    transaction.listen({ cancelled: () => respond(487) })
    if (plan.provisional) respond(180)
    clock.after(millis(plan.answerAfter), () => {
      respond(plan.status)
      if (plan.acknowledged) transaction.acknowledged()
    })
  }
  return served
}

function start(alice: Host, clock: Network['clock'], plan: Call, index: number): Outcome {
  const outcome: Outcome = { told: [], finals: 0, failures: 0 }
  clock.after(millis(plan.at), () => {
    const sent = request({ method: plan.method, via: '', callId: String(index) })
    const client = alice.layer.request(sent, 'sip:192.0.2.9', {
      provisional: response => void outcome.told.push(`${response.status}`),
      final: response => {
        outcome.told.push(`final ${response.status}`)
        outcome.finals += 1
      },
      failed: why => {
        outcome.told.push(`failed ${why}`)
        outcome.failures += 1
      },
    })
    clock.after(millis(plan.cancelAfter), () => client.cancel([]))
  })
  return outcome
}

function check(plan: Call, { told, finals, failures }: Outcome, served: readonly ServerTransaction[]): void {
  const story = `${JSON.stringify(plan)}: ${told.join(', ')}`
  const accepted = told.includes('final 200')
  assert.ok(failures + Math.min(finals, 1) === 1, `ends in exactly one way: ${story}`)
  assert.ok(finals <= 1 || (plan.method === 'INVITE' && accepted), `only a 2xx of an INVITE comes again: ${story}`)
  assert.ok(accepted || !told.slice(0, -1).some(text => /final|failed/.test(text)), `nothing follows the end: ${story}`)
  assert.ok(served.length <= 1, `the user is told once: ${story}`)
}

describe('transactions over a network that loses, duplicates, delays and reorders messages', () => {
  it('all end, each with one result, and leave nothing behind', () => {
    fc.assert(
      fc.property(
        fc.array(call, { minLength: 1, maxLength: 6 }),
        fc.array(fate, { minLength: 1, maxLength: 60 }),
        (calls, fates) => {
          const network = new Network()
          let carried = 0
          network.fate = () => fates[carried++ % fates.length] ?? []
          const [alice, bob] = [network.host('192.0.2.1'), network.host('192.0.2.9')]
          const served = serve(bob, network.clock, calls)
          const outcomes = calls.map((plan, index) => start(alice, network.clock, plan, index))
          network.clock.pass(longEnough)
          calls.forEach((plan, index) => check(plan, outcomes[index] ?? assert.fail(), served[index] ?? []))
          assert.deepEqual([alice.layer.size, bob.layer.size, network.clock.size], [0, 0, 0])
        },
      ),
      { numRuns: 300 },
    )
  })

  it('succeed on both sides when one message in four is lost and the answer is quick', () => {
    fc.assert(
      fc.property(fc.constantFrom('INVITE', 'OPTIONS'), fc.nat(), (method, seed) => {
        const network = new Network()
        const random = seededBytes(seed)
        // At most six in a row, fewer than the transmissions within 64*T1.
        let lost = 0
        network.fate = () => {
          lost = (random(1)[0] ?? 0) % 4 === 0 && lost < 6 ? lost + 1 : 0
          return lost > 0 ? [] : [20]
        }
        const [alice, bob] = [network.host('192.0.2.1'), network.host('192.0.2.9')]
        bob.user.answer = transaction => transaction.respond(buildResponse(transaction.request, 486, { toTag: 'bob' }))
        const statuses: (number | string)[] = []
        alice.layer.request(request({ method, via: '' }), 'sip:192.0.2.9', {
          final: response => void statuses.push(response.status),
          failed: why => void statuses.push(why),
        })
        network.clock.pass(longEnough)
        assert.deepEqual(statuses, [486])
        assert.equal(alice.layer.size + bob.layer.size, 0)
      }),
      { numRuns: 200 },
    )
  })
})
