import assert from 'node:assert/strict'
import fc from 'fast-check'
import { checkInvariants } from '../../src/routing/index.js'
import { FakeClock } from '../fakes/clock.js'
import { FakeSignaling, sdp, type FakeInbound, type FakeLeg, type FakePhone } from '../fakes/signaling.js'
import { FakeLiveStore, Shell } from '../unit/calls/shell.js'
import { picked } from './drive.js'
import { presenceStates, settings } from './random-world.js'

/** An action of a caller, phone, agent or admin. `pick` chooses the one that acts. */
type Move =
  | { readonly kind: 'call'; readonly pick: number; readonly delayed: boolean }
  | {
      readonly kind:
        'cancel' | 'confirm' | 'callerBye' | 'agentBye' | 'bothBye' | 'callerHold' | 'agentHold' | 'glare' | 'answerHold'
      readonly pick: number
    }
  | { readonly kind: 'ring' | 'answer' | 'lateAnswer' | 'bothAnswer' | 'answerAndCancel' | 'lostAck'; readonly pick: number }
  | {
      readonly kind: 'agentRefers' | 'callerRefers' | 'takeOver' | 'cancelTakeOver'
      readonly pick: number
      readonly agent: number
    }
  | { readonly kind: 'refuse'; readonly pick: number; readonly status: number }
  | { readonly kind: 'presence'; readonly pick: number; readonly state: number }
  | { readonly kind: 'signIn' | 'signOut' | 'endWrapUp' | 'decline'; readonly pick: number }
  | { readonly kind: 'reconfigure'; readonly pick: number }
  | { readonly kind: 'pass'; readonly ms: number }
  /** `dies`: the peer of every leg whose number it divides is gone after the crash. 0: no peer is gone. */
  | { readonly kind: 'crash'; readonly dies: number }

const pick = fc.nat({ max: 20 })
const of = <K extends string>(...kinds: K[]): fc.Arbitrary<{ kind: K; pick: number }> =>
  fc.record({ kind: fc.constantFrom(...kinds), pick })
const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('call' as const), pick, delayed: fc.boolean() }) },
  { weight: 6, arbitrary: of('answer', 'confirm', 'ring') },
  {
    weight: 3,
    arbitrary: of('cancel', 'callerBye', 'agentBye', 'bothBye', 'bothAnswer', 'answerAndCancel', 'lateAnswer', 'lostAck'),
  },
  { weight: 2, arbitrary: of('callerHold', 'agentHold', 'glare', 'answerHold') },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('refuse' as const),
      pick,
      status: fc.constantFrom(302, 404, 408, 480, 486, 500, 503, 603),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('presence' as const), pick, state: fc.nat({ max: presenceStates.length - 1 }) }),
  },
  { weight: 2, arbitrary: of('signIn', 'signOut', 'endWrapUp', 'decline') },
  { weight: 1, arbitrary: of('reconfigure') },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(1, 50, 4_000, 20_000, 60_000, 400_000) }),
  },
)

const transfer: fc.Arbitrary<Move> = fc.record({
  kind: fc.constantFrom(
    'agentRefers' as const,
    'agentRefers' as const,
    'callerRefers' as const,
    'takeOver' as const,
    'cancelTakeOver' as const,
  ),
  pick,
  agent: pick,
})
/** Our re-INVITEs are answered in most cases, because otherwise no transfer completes. */
const moveOrTransfer = fc.oneof(
  { weight: 5, arbitrary: move },
  { weight: 2, arbitrary: transfer },
  { weight: 2, arbitrary: of('answerHold') },
)

const moveOrCrash = fc.oneof(
  { weight: 25, arbitrary: move },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash' as const), dies: fc.nat({ max: 3 }) }) },
)

/** Plays the moves against one shell, and keeps what every side saw. */
class Play {
  shell: Shell
  /** The shells of killed processes. */
  readonly before: Shell[] = []
  readonly callers: FakeInbound[] = []
  /** Calls that replace a leg. */
  readonly takers: FakeInbound[] = []

  constructor(
    readonly configs: readonly Parameters<Shell['reconfigure']>[0][],
    readonly store?: FakeLiveStore,
  ) {
    const [first] = configs
    if (!first) throw new Error('no config')
    const around = { clock: new FakeClock(), signaling: new FakeSignaling(), ...(store && { store }) }
    this.shell = new Shell(first, undefined, around)
  }

  make(each: Move): void {
    const { shell } = this
    const agents = [...shell.world.agents.values()]
    const memberships = agents.flatMap(({ memberships: all }) => all)
    switch (each.kind) {
      case 'call': {
        const workflow = picked([...shell.world.workflows.values()], each.pick)
        // One in five callers is an agent.
        const uri = each.pick % 5 === 0 ? picked(agents, each.pick)?.settings.uri : undefined
        const from = uri === undefined ? {} : { from: { uri }, trusted: false }
        if (workflow) this.callers.push(shell.dial(workflow.name, { ...(each.delayed ? {} : { body: sdp('caller') }), ...from }))
        return
      }
      case 'presence': {
        const agent = picked(agents, each.pick)
        const state = presenceStates[each.state] ?? 'offline'
        if (agent)
          shell.calls.engine.post({
            kind: 'presenceChanged',
            agent: agent.settings.uri,
            presence: { state, since: shell.clock.now(), because: 'test' },
          })
        return
      }
      case 'signIn':
      case 'signOut': {
        const found = picked(memberships, each.pick)
        if (found) shell.calls[each.kind](found.agent.settings.uri, found.group.settings.name)
        return
      }
      case 'endWrapUp': {
        const agent = picked(agents, each.pick)
        if (agent) shell.calls.endWrapUp(agent.settings.uri)
        return
      }
      case 'decline': {
        const offer = picked([...shell.world.offers.keys()], each.pick)
        if (offer) shell.calls.decline(offer)
        return
      }
      case 'reconfigure': {
        const config = picked(this.configs, each.pick)
        if (config) shell.reconfigure(config)
        return
      }
      case 'pass':
        return shell.clock.pass(each.ms)
      case 'agentRefers':
      case 'callerRefers': {
        const by = each.kind === 'agentRefers' ? this.partnerOf(each.pick) : picked(this.#there(), each.pick)?.leg
        const agent = picked(agents, each.agent)?.settings.uri
        by?.refer({ to: each.agent % 5 === 0 || agent === undefined ? 'sip:stranger@example.com' : agent })
        return
      }
      case 'takeOver': {
        const leg = each.pick % 2 === 0 ? this.partnerOf(each.pick) : picked(this.#there(), each.pick)?.leg
        const uri = picked(agents, each.agent)?.settings.uri
        if (leg && uri !== undefined)
          this.takers.push(shell.dial('w1', { body: sdp('taker'), replaces: leg, trusted: each.agent % 3 === 0, from: { uri } }))
        return
      }
      case 'cancelTakeOver':
        return picked(this.takers, each.pick)?.cancel()
      case 'crash':
        return this.#crash(each.dies)
      default:
        return this.#wire(each)
    }
  }

  #there(): FakeInbound[] {
    return this.callers.filter(({ over }) => !over)
  }

  #wire(each: Extract<Move, { pick: number }> & { kind: string; status?: number }): void {
    const phone = picked(this.shell.signaling.ringing(), each.pick)
    const caller = picked(this.#there(), each.pick)
    const leg = caller?.leg
    const partner = leg && this.partnerOf(each.pick)
    switch (each.kind) {
      case 'ring':
        return phone?.ring()
      case 'answer':
        return void phone?.answer()
      case 'refuse':
        return phone?.refuse(each.status ?? 480)
      case 'bothAnswer':
        return this.shell.signaling
          .ringing()
          .slice(0, 2)
          .forEach(both => both.answer())
      case 'answerAndCancel':
        phone?.answer()
        return caller?.cancel()
      case 'lateAnswer':
        return void picked(this.cancelled(), each.pick)?.answer()
      case 'cancel':
        return caller?.cancel()
      case 'confirm':
        return leg?.confirm(caller?.invite.body ? undefined : sdp('caller'))
      case 'lostAck':
        return leg?.end({ kind: 'lost', why: 'noAck' })
      case 'callerBye':
        return leg?.end({ kind: 'hungUp' })
      case 'agentBye':
        return partner?.end({ kind: 'hungUp' })
      case 'bothBye':
        leg?.end({ kind: 'hungUp' })
        return partner?.end({ kind: 'hungUp' })
      case 'callerHold':
        return void leg?.reinvite(sdp('hold'))
      case 'agentHold':
        return void partner?.reinvite(sdp('hold'))
      case 'glare':
        leg?.reinvite(sdp('hold'))
        return void partner?.reinvite(sdp('hold'))
      default:
        for (const open of [leg, partner])
          open?.renegotiations[0]?.outcome({ kind: 'accepted', body: sdp('held'), acknowledge: () => undefined })
    }
  }

  /** Crashes once all changes are written. The next process finds dead legs by asking them. */
  #crash(dies: number): void {
    this.shell.clock.pass(300)
    this.before.push(this.shell)
    this.shell = this.shell.restarted()
    const legs = this.shell.signaling.openOnes()
    for (const [index, leg] of legs.entries()) if (dies > 0 && index % 4 === dies) leg.desert()
    this.shell.clock.pass(2_000)
  }

  factsOf(kind: 'callArrived' | 'callFinished'): number {
    return [...this.before, this.shell].reduce((sum, shell) => sum + shell.facts(kind).length, 0)
  }

  cancelled(): FakePhone[] {
    return this.shell.signaling.phones.filter(({ state }) => state === 'cancelled')
  }

  partnerOf(index: number): FakeLeg | undefined {
    return picked(
      this.shell.signaling.phones.flatMap(({ leg }) => (leg && !leg.ended ? [leg] : [])),
      index,
    )
  }

  /** Everybody hangs up, and time passes until everything else has ended by itself. */
  end(): void {
    for (const caller of this.callers) {
      caller.cancel()
      caller.leg?.end({ kind: 'hungUp' })
    }
    // Peers that were transferred, or that took over a leg, are not callers any more.
    for (const taker of this.takers) {
      taker.cancel()
      taker.leg?.end({ kind: 'hungUp' })
    }
    for (const leg of this.shell.signaling.openOnes()) leg.end({ kind: 'hungUp' })
    this.shell.clock.pass(3_600_000)
  }
}

const rules = [
  'lease-ends', 'no-zombie-call', 'cancel-leaves-nothing', 'counted-once', 'one-winner', 'agent-fault-spares-caller',
  'glare-is-defined', 'busy-means-dialog', 'stated-order',
] // prettier-ignore

describe('the shell with random callers, phones and configs', () => {
  it(`keeps ${rules.join(', ')}`, async function () {
    this.timeout(60_000)
    await fc.assert(
      fc.asyncProperty(
        fc.array(settings, { minLength: 1, maxLength: 3 }),
        fc.array(move, { maxLength: 60, size: 'max' }),
        async (configs, moves) => {
          const play = new Play(configs)
          const { shell, callers } = play
          for (const each of moves) {
            play.make(each)
            assert.deepEqual(checkInvariants(shell.world), [], each.kind)
            assertCallersKept(play)
          }
          play.end()
          assertNothingLeft(play)
          assert.equal(shell.facts('callFinished').length, shell.facts('callArrived').length, 'counted-once')
          assert.equal(shell.facts('callArrived').length, callers.length)
          if (shell.lines.length === 0) return
          const { firstDifference, notes } = await shell.replay()
          assert.deepEqual({ firstDifference, notes }, { firstDifference: undefined, notes: [] })
        },
      ),
      { numRuns: 250 },
    )
  })
})

describe('the shell, killed at random, with random callers, phones and configs', () => {
  it('keeps restart-keeps-callers, lease-ends, no-zombie-call, counted-once', async function () {
    this.timeout(60_000)
    await fc.assert(
      fc.asyncProperty(
        fc.array(settings, { minLength: 1, maxLength: 3 }),
        fc.array(moveOrCrash, { maxLength: 60, size: 'max' }),
        async (configs, moves) => {
          const store = new FakeLiveStore()
          const play = new Play(configs, store)
          for (const each of moves) {
            play.make(each)
            assert.deepEqual(checkInvariants(play.shell.world), [], each.kind)
            assertCallersKept(play)
          }
          play.end()
          assertNothingLeft(play)
          assert.equal(store.rows.size, 0, 'no row')
          assert.equal(play.factsOf('callArrived'), play.callers.length)
          assert.equal(play.factsOf('callFinished'), play.callers.length, 'counted-once')
          for (const shell of [...play.before, play.shell]) {
            if (shell.lines.length === 0) continue
            const { firstDifference, notes } = await shell.replay()
            assert.deepEqual({ firstDifference, notes }, { firstDifference: undefined, notes: [] })
          }
        },
      ),
      { numRuns: 250 },
    )
  })
})

describe('the shell with random transfers', () => {
  it('keeps one-leg-an-agent, lease-ends, busy-means-dialog, no-zombie-call, counted-once', async function () {
    this.timeout(60_000)
    await fc.assert(
      fc.asyncProperty(
        fc.array(settings, { minLength: 1, maxLength: 2 }),
        fc.array(moveOrTransfer, { maxLength: 70, size: 'max' }),
        fc.boolean(),
        async (configs, moves, crashes) => {
          const play = new Play(configs, crashes ? new FakeLiveStore() : undefined)
          for (const each of crashes ? [...moves, { kind: 'crash' as const, dies: 0 }] : moves) {
            play.make(each)
            assert.deepEqual(checkInvariants(play.shell.world), [], each.kind)
            assert.deepEqual(play.shell.violations, [])
            if (each.kind !== 'crash') assertOneLeg(play.shell, configs)
          }
          play.end()
          assertNothingLeft(play)
          assert.equal(play.factsOf('callArrived'), play.callers.length)
          assert.equal(play.factsOf('callFinished'), play.callers.length, 'counted-once')
          const { firstDifference, notes } =
            play.shell.lines.length === 0 ? { firstDifference: undefined, notes: [] } : await play.shell.replay()
          assert.deepEqual({ firstDifference, notes }, { firstDifference: undefined, notes: [] })
        },
      ),
      { numRuns: 250 },
    )
  })
})

/** At the phones: no phone that Carillon called rings or talks twice, except an attendant's. */
function assertOneLeg({ signaling, world }: Shell, configs: Play['configs']): void {
  const desks = new Set(
    configs.flatMap(({ groups }) => groups.flatMap(({ routingMethod, agents }) => (routingMethod === 'attendant' ? agents : []))),
  )
  for (const agent of world.agents.keys()) {
    if (desks.has(agent)) continue
    const theirs = signaling.phones.filter(({ target }) => target.uri === agent)
    const legs = theirs.filter(({ state, leg }) => state === 'calling' || (leg && !leg.ended))
    assert.ok(legs.length <= 1, `${agent} has ${legs.length} legs`)
  }
}

/** one-winner, busy-means-dialog: the core's calls are exactly the present callers, and each has at most one agent's leg. */
function assertCallersKept({ shell, callers }: Play): void {
  const there = callers.filter(({ over }) => !over).length
  assert.equal(shell.world.calls.size, there, 'the core has one call for each caller who is there')
  assert.equal(shell.calls.size, there)
  const agentLegs = shell.signaling.phones.filter(({ leg }) => leg && !leg.ended).length
  assert.ok(agentLegs <= there, `${agentLegs} agents’ legs for ${there} callers`)
  assert.deepEqual(shell.violations, [])
}

function assertNothingLeft({ shell }: Play): void {
  assert.equal(shell.signaling.openLegs(), 0, 'no leg')
  assert.equal(shell.calls.size, 0, 'no live call')
  assert.equal(shell.world.calls.size, 0, 'no call in the core')
  assert.equal(shell.world.offers.size, 0, 'no offer')
  assert.equal(shell.world.timers.size, 0, 'no timer of the core')
  for (const { waiting } of shell.world.queues.values()) assert.equal(waiting.size, 0, 'no queue entry')
  for (const agent of shell.world.agents.values())
    assert.deepEqual([agent.offers.length, agent.calls.length, agent.wrapUp], [0, 0, undefined], 'no lease')
  // The audit's timer.
  assert.equal(shell.clock.size, 1, 'only the timer of the audit is left')
}
