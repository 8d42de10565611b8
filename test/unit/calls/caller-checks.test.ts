import assert from 'node:assert/strict'
import fc from 'fast-check'
import { millis } from '../../../src/foundation/time.js'
import type { PeerAnswer } from '../../../src/legs/answering.js'
import { CallerChecks, type CheckedCaller } from '../../../src/calls/caller-checks.js'
import type { CallId, PromptId } from '../../../src/routing/world/ids.js'
import { FakeClock } from '../../fakes/clock.js'
import { sdp, type FakeInbound } from '../../fakes/signaling.js'
import { world } from '../routing/build.js'
import { callSettings, Shell } from './shell.js'

/** Waits between the transmissions of a request over UDP (RFC 3261 §17.1.2.2, timer E), in ms. */
const gaps = [500, 1_000, 2_000, 4_000]

/** A caller who answers questions while `alive` is true. */
class FakeCaller implements CheckedCaller {
  isAlone = true
  isQuiet = false
  heardAt: number
  alive: boolean | 'unreachable' = true
  asked = 0
  /** The times of the questions, in ms. */
  readonly asks: number[] = []

  constructor(
    readonly id: CallId,
    private readonly clock: FakeClock,
    readonly isAnswered: boolean,
    readonly inbound: CheckedCaller['inbound'],
  ) {
    this.heardAt = clock.monotonic()
  }

  ask(told: (answer: PeerAnswer) => void): void {
    this.asked += 1
    this.asks.push(this.clock.monotonic())
    if (this.alive === 'unreachable') return told('unreachable')
    this.#sent(told)
  }

  #sent(told: (answer: 'answered') => void, [next, ...later] = gaps): void {
    this.clock.after(millis(1), () => {
      if (this.alive !== true) {
        if (next !== undefined) this.clock.after(millis(next - 1), () => this.#sent(told, later))
      } else if (this.isAnswered) this.heardAt = this.clock.monotonic()
      else told('answered')
    })
  }

  gone(): void {
    this.isAlone = false
  }
}

class Stand {
  readonly clock = new FakeClock()
  readonly first = new Set<CallId>()
  readonly checks = new CallerChecks({ clock: this.clock, isFirst: call => this.first.has(call) })
  readonly callers: FakeCaller[] = []

  add({ answered = true, peer = 'udp 192.0.2.1:5060', trusted = true, severalWays = false } = {}): FakeCaller {
    const inbound = { origin: { peer, trusted, ...(severalWays && { severalWays }) } }
    const caller = new FakeCaller(`c${this.callers.length}` as CallId, this.clock, answered, inbound)
    this.callers.push(caller)
    this.checks.add(caller)
    return caller
  }

  get asked(): number {
    return this.callers.reduce((sum, { asked }) => sum + asked, 0)
  }

  /** The times of all questions to all callers, in order. */
  get asks(): number[] {
    return this.callers.flatMap(({ asks }) => asks).sort((a, b) => a - b)
  }

  get left(): number {
    return this.callers.filter(({ isAlone }) => isAlone).length
  }
}

describe('checks of silent callers', () => {
  let stand: Stand
  beforeEach(() => (stand = new Stand()))

  it('ask a silent caller every 15 s, ask the first in the queue every 5 s, and keep callers who answer', () => {
    const [first, second] = [stand.add(), stand.add()]
    stand.first.add(first.id)
    stand.clock.pass(61_000)
    assert.ok(first.asked >= 10 && first.asked <= 12, `${first.asked}`)
    assert.ok(second.asked === 3 || second.asked === 4, `${second.asked}`)
    assert.equal(stand.left, 2)
  })

  it('do not ask a caller who sends media', () => {
    const caller = stand.add()
    for (let n = 0; n < 60; n += 1) {
      caller.heardAt = stand.clock.monotonic()
      stand.clock.pass(1_000)
    }
    assert.equal(caller.asked, 0)
  })

  it('ask once within 4 s when a caller’s media stop, and then at the usual pace', () => {
    const caller = stand.add()
    caller.isQuiet = true
    stand.clock.pass(4_000)
    assert.equal(caller.asked, 1)
    stand.clock.pass(12_000)
    assert.equal(caller.asked, 1)
  })

  it('ask a silent caller at once when they are offered, and end the call after 8 s of silence', () => {
    const caller = stand.add()
    stand.clock.pass(3_100)
    stand.checks.offered(caller.id)
    assert.equal(caller.asked, 1)
    stand.clock.pass(100)
    caller.alive = false
    stand.clock.pass(4_000)
    stand.checks.offered(caller.id)
    stand.clock.pass(7_900)
    assert.equal(stand.left, 1)
    stand.clock.pass(200)
    assert.equal(stand.left, 0)
  })

  it('ask all other callers of a PBX when one of them is silent, and nobody of another PBX', () => {
    for (let n = 0; n < 4; n += 1) stand.add()
    const other = stand.add({ peer: 'udp 192.0.2.2:5060' })
    stand.clock.pass(3_500)
    for (const caller of stand.callers) caller.alive = caller === other
    stand.checks.offered(stand.callers[0]?.id as CallId)
    stand.clock.pass(11_000)
    assert.equal(stand.left, 1)
    assert.equal(other.asked, 0)
  })

  it('ask the PBX once for all its unanswered callers, and end their calls when it is silent', () => {
    const callers = [stand.add({ answered: false }), stand.add({ answered: false }), stand.add({ answered: false })]
    stand.clock.pass(20_000)
    assert.ok(stand.asked >= 1 && stand.asked <= 3, `${stand.asked}`)
    assert.equal(stand.left, 3)
    for (const caller of callers) caller.alive = false
    stand.clock.pass(26_000)
    assert.equal(stand.left, 0)
  })

  it('end only the calls that are silent themselves when a PBX has several connections', () => {
    const callers = Array.from({ length: 6 }, () => stand.add({ answered: false, peer: 'tcp 192.0.2.1', severalWays: true }))
    stand.clock.pass(20_000)
    for (const [index, caller] of callers.entries()) caller.alive = index >= 3
    stand.checks.offered(callers[0]?.id as CallId)
    stand.clock.pass(20_000)
    assert.deepEqual(
      callers.map(({ isAlone }) => isAlone),
      [false, false, false, true, true, true],
    )
    const left = callers.slice(3)
    for (const caller of left) caller.alive = false
    stand.clock.pass(60_000)
    assert.equal(stand.left, 0)
  })

  it('end all calls of a dead PBX over TCP with at most 100 questions a second', () => {
    for (let n = 0; n < 500; n += 1) stand.add({ answered: false, peer: 'tcp 192.0.2.1', severalWays: true })
    stand.clock.pass(20_000)
    for (const caller of stand.callers) caller.alive = false
    stand.clock.pass(60_000)
    assert.equal(stand.left, 0)
    const { asks } = stand
    const most = Math.max(...asks.map((at, index) => asks.slice(index).filter(other => other < at + 1_000).length))
    assert.ok(most <= 100, `${most} in a second`)
  })

  it('conclude nothing from the silence of a PBX that has never answered', () => {
    stand.add({ answered: false }).alive = false
    stand.clock.pass(120_000)
    assert.equal(stand.left, 1)
  })

  it('end all calls of an authenticated phone that leaves three questions in a row unanswered', () => {
    for (let n = 0; n < 10; n += 1) stand.add({ answered: false, trusted: false }).alive = false
    const [pbx, phone] = [
      stand.add({ answered: false, peer: 'udp 192.0.2.2:5060' }),
      stand.add({ answered: false, peer: 'udp 192.0.2.3:5060', trusted: false }),
    ]
    pbx.alive = false
    stand.clock.pass(15_000 + 2 * 8_000)
    assert.equal(stand.left, 12, 'two unanswered requests are not enough to give a caller up')
    stand.clock.pass(10_000)
    assert.deepEqual([stand.left, pbx.isAlone, phone.isAlone], [2, true, true])
  })

  it('keep a phone that answers for the first time at the third question', () => {
    const caller = stand.add({ answered: false, trusted: false })
    caller.alive = false
    stand.clock.pass(15_000 + 2 * 8_000 + 2_000)
    caller.alive = true
    stand.clock.pass(120_000)
    assert.equal(stand.left, 1)
  })

  it('keep an unanswered caller for half an hour when the PBX has never answered', () => {
    stand.add({ answered: false }).alive = false
    stand.clock.pass(30 * 60_000 - 1)
    assert.equal(stand.left, 1)
    stand.clock.pass(30_000)
    assert.equal(stand.left, 0)
  })

  it('ask 4 s after a connection is lost, unless the caller was heard on another connection', () => {
    const [lost, back] = [stand.add(), stand.add()]
    stand.checks.cutOff(lost.id)
    stand.checks.cutOff(back.id)
    stand.clock.pass(2_000)
    back.heardAt = stand.clock.monotonic()
    stand.clock.pass(2_000)
    assert.deepEqual([lost.asked, back.asked], [1, 0])
  })

  it('believe a caller who came back on another connection, and need a second silence before they count as gone', () => {
    const back = stand.add({ answered: false, peer: 'ws 192.0.2.7:40000' })
    stand.checks.cutOff(back.id)
    stand.clock.pass(4_000)
    assert.equal(back.asked, 1)
    back.heardAt = stand.clock.monotonic()
    back.alive = 'unreachable'
    back.isQuiet = true
    while (back.asked < 2) stand.clock.pass(100)
    assert.equal(back.isAlone, true)
  })

  it('ask a thousand waiting callers at no more than a hundred questions a second', () => {
    for (let n = 0; n < 1_000; n += 1) stand.add().isQuiet = true
    let before = 0
    let most = 0
    for (let second = 0; second < 40; second += 1) {
      stand.clock.pass(1_000)
      most = Math.max(most, stand.asked - before)
      before = stand.asked
    }
    assert.ok(most <= 100, `${most}`)
    assert.equal(stand.left, 1_000)
    for (const caller of stand.callers) caller.alive = false
    stand.clock.pass(40_000)
    assert.equal(stand.left, 0)
  })

  it('send at most a hundred questions in any second, for any mix of rounds, offers, lost connections and suspicions', () => {
    const deed = fc.record({
      kind: fc.constantFrom('offered' as const, 'cutOff' as const, 'dies' as const, 'quiet' as const),
      from: fc.nat({ max: 999 }),
      count: fc.constantFrom(1, 30, 1_000),
      then: fc.constantFrom(0, 10, 260, 1_900, 4_000, 9_000),
    })
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 12 }), fc.boolean(), (deeds, answered) => {
        const crowd = new Stand()
        for (let n = 0; n < 1_000; n += 1) crowd.add({ answered, peer: `ws 192.0.2.1:${n % 250}` })
        crowd.clock.pass(3_100)
        for (const { kind, from, count, then } of deeds) {
          for (const caller of crowd.callers.slice(from, from + count)) {
            if (kind === 'dies') caller.alive = false
            else if (kind === 'quiet') caller.isQuiet = true
            else crowd.checks[kind](caller.id)
          }
          crowd.clock.pass(then)
        }
        crowd.clock.pass(20_000)
        const times = crowd.asks
        times.forEach((at, n) => {
          const hundredth = times[n + 100]
          assert.ok(hundredth === undefined || hundredth - at >= 1_000, `101 questions in ${(hundredth ?? 0) - at} ms`)
        })
      }),
      { numRuns: 30 },
    )
  })

  it('callers-are-there: find an authenticated caller who is gone within a minute, and keep callers who are there', () => {
    const kind = fc.record({
      answered: fc.boolean(),
      trusted: fc.boolean(),
      peer: fc.constantFrom('a', 'b', 'c'),
      comesAfter: fc.constantFrom(0, 10, 1_000, 7_000),
    })
    const dies = fc.record({ a: fc.boolean(), b: fc.boolean(), c: fc.boolean(), after: fc.nat({ max: 40_000 }) })
    fc.assert(
      fc.property(fc.array(kind, { minLength: 1, maxLength: 12 }), dies, (kinds, { after, ...dead }) => {
        const crowd = new Stand()
        const callers = kinds.map(({ comesAfter, peer, ...rest }) => {
          crowd.clock.pass(comesAfter)
          // Peers with a trusted and an untrusted caller count as two, even at one address.
          return { caller: crowd.add({ ...rest, peer: `${peer} ${rest.trusted}` }), dead: dead[peer], ...rest }
        })
        crowd.clock.pass(after)
        for (const { caller, dead: isDead } of callers) caller.alive = !isDead
        crowd.clock.pass(60_000)
        for (const { caller, dead: isDead, trusted, answered } of callers)
          if (!isDead || !trusted || answered) assert.equal(caller.isAlone, !isDead)
      }),
      { numRuns: 200 },
    )
  })

  it('ask all of a thousand callers who lose their connections at once, and end those who can’t be reached', () => {
    for (let n = 0; n < 1_000; n += 1) stand.add({ answered: false, peer: `ws 192.0.2.1:${n}` }).alive = 'unreachable'
    for (const { id } of stand.callers) stand.checks.cutOff(id)
    stand.clock.pass(4_000 + 1_000 * 13)
    assert.equal(stand.left, 0)
  })

  it('keep the calls of a PBX that is silent for five seconds and comes back', () => {
    for (const answered of [true, false]) for (let n = 0; n < 20; n += 1) stand.add({ answered })
    for (let turn = 0; turn < 20; turn += 1) {
      stand.clock.pass(9_300)
      for (const caller of stand.callers) caller.alive = false
      stand.clock.pass(5_000)
      for (const caller of stand.callers) caller.alive = true
    }
    stand.clock.pass(20_000)
    assert.equal(stand.left, 40)
  })

  it('leave no timer after the last call', () => {
    const [answered, early] = [stand.add(), stand.add({ answered: false })]
    stand.clock.pass(3_500)
    for (const { id } of [answered, early]) stand.checks.offered(id)
    for (const { id } of [answered, early]) stand.checks.remove(id)
    stand.clock.pass(10)
    assert.equal(stand.clock.size, 0)
  })
})

describe('the checks of callers and their agents', () => {
  const routing = world()
    .agent('bob', { wrapUp: 60_000 as never })
    .group('support', 'serial', ['bob'])
    .queue('support', ['support'])
  const ends = (shell: Shell): unknown[] => shell.facts('callFinished').map(({ why, cause }) => [why, cause])
  const dead = (inbound: FakeInbound): FakeInbound => {
    if (inbound.leg) inbound.leg.heardAt = 0
    return inbound
  }

  it('free the agent after 4 s, without wrap-up, when the caller’s ACK never comes, and ring for the next call', () => {
    const shell = new Shell(routing.settings())
    const ghost = shell.dial('support')
    shell.phone('bob').answer()
    dead(ghost)
    shell.dial('support')
    shell.clock.pass(3_900)
    assert.deepEqual(shell.rings(), [])
    shell.clock.pass(200)
    assert.deepEqual(ends(shell), [['abandoned', 'callerGone']])
    assert.deepEqual(shell.rings(), ['bob'])
  })

  /** A caller who hears our sound while bob's phone rings. */
  function hearing(shell: Shell): FakeInbound {
    const inbound = shell.dial('support')
    inbound.leg?.confirm()
    shell.media.last.finish()
    return inbound
  }
  const withSound = (): Shell => {
    const settings = routing.workflow('support', 'support', { welcome: 'hello' as PromptId }).settings()
    return new Shell(settings, callSettings(settings, {}, false, 'atOnce'))
  }

  it('free the agent after 4 s, without wrap-up, when the caller ignores our re-INVITE; a 100 counts as an answer', () => {
    const shell = withSound()
    const alive = hearing(shell)
    shell.phone('bob').answer()
    if (alive.leg) alive.leg.heardAt = shell.clock.monotonic() + 1
    shell.clock.pass(4_100)
    assert.deepEqual(ends(shell), [])
    alive.leg?.end({ kind: 'lost', why: 'noDialog' })
    assert.deepEqual(ends(shell), [['abandoned', 'callerGone']])
    dead(hearing(shell))
    shell.phone('bob').answer()
    shell.clock.pass(4_100)
    assert.deepEqual(ends(shell).slice(1), [['abandoned', 'callerGone']])
    assert.ok([...shell.world.agents.values()].every(({ wrapUp, calls }) => !wrapUp && calls.length === 0))
  })

  it('keep a caller who sends sound, even if their side does not answer', () => {
    const shell = withSound()
    const alive = dead(hearing(shell))
    shell.phone('bob').answer()
    shell.clock.pass(2_000)
    shell.media.last.heard = shell.clock.monotonic()
    shell.clock.pass(2_100)
    assert.deepEqual([ends(shell), alive.over], [[], false])
  })

  it('end a dead caller once, by the media limit or by an unanswered question, whichever comes first', () => {
    for (const [limit, cause] of [
      [6_000, ['noMedia', 'serverHungUp']],
      [9_000, ['abandoned', 'callerGone']],
    ] as const) {
      const shell = withSound()
      const idle = shell.clock.size
      const ghost = dead(hearing(shell))
      const stream = shell.media.last
      shell.clock.pass(5_500)
      assert.equal(ghost.leg?.probes, 1)
      // The checks wait until 13.4 s for an answer to the question.
      shell.clock.pass(limit === 9_000 ? 9_000 : 500)
      if (stream.open) stream.lose()
      shell.clock.pass(60_000)
      assert.deepEqual(ends(shell), [cause])
      assert.equal(shell.clock.size, idle)
      assert.deepEqual([shell.rings(), shell.violations], [[], []])
    }
  })

  it('keep asking a caller who answers but sends no sound, until the media limit ends the call', () => {
    const shell = withSound()
    const idle = shell.clock.size
    const { leg } = hearing(shell)
    assert.ok(leg)
    leg.heardAt = shell.clock.monotonic()
    for (let second = 0, asked = 0; second < 30; second += 1) {
      shell.clock.pass(1_000)
      if (leg.probes > asked) leg.heardAt = shell.clock.monotonic() + 1
      asked = leg.probes
    }
    assert.deepEqual(ends(shell), [])
    assert.ok(leg.probes >= 2)
    shell.media.last.lose()
    assert.deepEqual(ends(shell).length, 1)
    shell.clock.pass(60_000)
    assert.deepEqual([ends(shell).length, shell.clock.size, shell.violations], [1, idle, []])
  })

  it('stop the phone that rings for a caller who is gone', () => {
    const shell = withSound()
    const ghost = dead(hearing(shell))
    shell.clock.pass(5_500)
    assert.equal(ghost.leg?.probes, 1)
    shell.clock.pass(8_000)
    assert.deepEqual(shell.rings(), [])
    assert.equal(ghost.leg.hungUpWith?.cause, 408)
    assert.deepEqual(ends(shell), [['abandoned', 'callerGone']])
  })

  it('end an unanswered caller whose connection is lost and who can’t be reached any more', () => {
    const shell = new Shell(routing.settings())
    const ghost = shell.dial('support', { body: sdp('caller'), peer: 'ws 192.0.2.9:40000' })
    ghost.listener?.cutOff?.()
    shell.clock.pass(4_100)
    assert.equal(ghost.asked.length, 1)
    ghost.asked[0]?.('unreachable')
    assert.deepEqual(ends(shell), [['abandoned', 'callerGone']])
    assert.equal(ghost.rejected, 408)
  })
})
