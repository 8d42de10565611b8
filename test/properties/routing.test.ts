import assert from 'node:assert/strict'
import fc from 'fast-check'
import { millis } from '../../src/foundation/time.js'
import {
  checkInvariants,
  createWorld,
  restoreWorld,
  snapshotWorld,
  step,
  type CallId,
  type Fact,
  type OfferId,
  type RoutingSettings,
  type World,
} from '../../src/routing/index.js'
import { routingMethodNames } from '../../src/routing/world/words.js'
import { start } from '../unit/routing/build.js'
import { picked, strays } from './drive.js'
import { happenings, presenceStates, settings } from './random-world.js'
import { allFacts, always, driven, eachStep, factsOf, quieten, runs } from './routing-rules.js'

const idsOf = <K extends Fact['kind']>(
  facts: readonly Fact[],
  kind: K,
  id: (fact: Extract<Fact, { kind: K }>) => string,
): string[] => facts.flatMap(fact => (fact.kind === kind ? [id(fact as Extract<Fact, { kind: K }>)] : [])).sort()

describe('routing keeps the rules of docs/invariants.md', () => {
  always('one-winner', seen => {
    const winner = new Map<CallId, OfferId>()
    for (const { event, effects } of seen) {
      for (const effect of effects) {
        if (effect.kind === 'connect') {
          assert(!winner.has(effect.call), `${effect.call} has two winners`)
          winner.set(effect.call, effect.offer)
        }
        for (const fact of factsOf([effect]))
          if (fact.kind === 'offerEnded' && winner.get(fact.call) === fact.offer) winner.delete(fact.call)
      }
      const won = effects.some(effect => effect.kind === 'connect')
      const ignored = factsOf(effects).some(fact => fact.kind === 'ignored' && fact.because === 'it was accepted before')
      const told = effects.some(effect => effect.kind === 'withdraw')
      if (event.kind === 'offerAccepted' && !ignored) assert(won || told, 'a phone that answers too late is withdrawn')
    }
  })

  eachStep(
    'one-leg-an-agent: whatever is transferred, Carillon rings nobody who rings or talks already',
    (_before, _seen, { world, seen, first }) => {
      const configs = [first, ...seen.flatMap(({ event }) => (event.kind === 'configReplaced' ? [event.settings] : []))]
      const desks = new Set(
        configs.flatMap(({ groups }) =>
          groups.flatMap(({ routingMethod, agents }) => (routingMethod === 'attendant' ? agents : [])),
        ),
      )
      const calls = [...world.calls.values()]
      for (const agent of world.agents.values()) {
        // Several calls may ring and wait at an attendant's desk.
        if (desks.has(agent.settings.uri)) continue
        const talks = calls.filter(({ phase }) => phase.kind === 'connected' && phase.agent === agent).length
        const joins = calls.filter(({ phase }) => phase.kind === 'joining' && phase.offer.agent === agent).length
        const rings = calls.filter(({ transfer }) => transfer?.agent === agent && !transfer.moves).length
        const legs = talks + joins + rings + agent.offers.length
        assert(legs <= 1, `${agent.settings.uri} has ${legs} legs that ring or talk`)
        const own = calls.filter(({ caller }) => caller === agent).length
        assert(own === 0 || agent.offers.length === 0, `${agent.settings.uri} calls, and is offered a call`)
      }
    },
  )

  always('losers-late', seen => {
    for (const { event, effects } of seen)
      for (const effect of effects)
        if (effect.kind === 'withdraw' && effect.because === 'lostRace') assert.equal(event.kind, 'offerAccepted')
  })

  eachStep('losers-late: when the winner vanishes the call keeps its place', (before, seen) => {
    for (const { event, effects } of seen) {
      if (event.kind !== 'joinFailed') continue
      const call = before.calls.find(({ id }) => id === event.call)
      const waited = factsOf(effects).find(fact => fact.kind === 'waitEnded' && fact.call === event.call)
      if (call?.phase.kind === 'joining' && waited?.kind === 'waitEnded')
        assert.equal(waited.waited, event.at - (call.wait?.since ?? 0))
    }
  })

  always('lease-ends', (_seen, world) => {
    quieten(world)
    for (const agent of world.world.agents.values())
      assert.deepEqual([agent.offers.length, agent.calls.length, agent.wrapUp, agent.unreachable], [0, 0, undefined, undefined])
  })

  always('no-zombie-call', seen => {
    const over = new Set<string>()
    for (const { event, effects } of seen) {
      for (const effect of effects) {
        const late = effect.kind === 'withdraw' && event.kind === 'offerAccepted'
        if ('call' in effect && !late) assert(!over.has(effect.call), `${effect.kind} for ${effect.call}, which is over`)
      }
      for (const fact of factsOf(effects)) if (fact.kind === 'callFinished') over.add(fact.call)
    }
  })

  it('no-blocking-agent', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.constantFrom('longestIdle', 'serial', 'roundRobin'), (dead, method) => {
        const world = driven(bigGroup(dead + 1, method))
        world.tell({ kind: 'callArrived', call: 'c1' as CallId, workflow: 'w1' as never })
        for (let n = 1; n <= dead; n += 1) world.tell({ kind: 'offerRefused', offer: `c1.${n}` as OfferId, code: 503 })
        assert.equal(world.now, start, 'the working phone rings at once')
        assert.deepEqual([...world.world.offers.keys()], [`c1.${dead + 1}`])
      }),
      runs,
    )
  })

  always('no-ring-loop', seen => {
    const withdrawn = new Set<OfferId>()
    for (const { event, effects } of seen)
      for (const effect of effects) {
        if (effect.kind === 'withdraw' && event.kind !== 'offerAccepted') {
          assert(!withdrawn.has(effect.offer), `${effect.offer} is cancelled twice`)
          withdrawn.add(effect.offer)
        }
        if (effect.kind !== 'offer' || event.kind !== 'presenceChanged' || effect.agent !== event.agent) continue
        const gone = effects.some(other => other.kind === 'withdraw' && other.because === 'withdrawn')
        assert(!gone || event.presence.state !== 'offline', 'an agent who went offline gets no new offer')
      }
  })

  always('no-late-invite', seen => {
    const made = new Set<OfferId>()
    const decided = new Set<CallId>()
    for (const { effects } of seen)
      for (const effect of effects) {
        if (effect.kind === 'offer') {
          assert(!made.has(effect.offer), 'each offer has its own id')
          assert(!decided.has(effect.call), `${effect.offer} leaves after its call was decided`)
          made.add(effect.offer)
        }
        if (effect.kind === 'connect' || effect.kind === 'reject' || effect.kind === 'forward') decided.add(effect.call)
        for (const fact of factsOf([effect]))
          if (fact.kind === 'offerEnded' && (fact.why === 'unreachable' || fact.why === 'declined')) decided.delete(fact.call)
      }
  })

  always('counted-once', (seen, world) => {
    quieten(world)
    const facts = allFacts(seen)
    assert.deepEqual(
      idsOf(facts, 'callFinished', fact => fact.call),
      idsOf(facts, 'callArrived', fact => fact.call),
    )
    assert.deepEqual(
      idsOf(facts, 'waitEnded', fact => fact.call + fact.queue),
      idsOf(facts, 'callWaiting', fact => fact.call + fact.queue),
    )
    assert.deepEqual(
      idsOf(facts, 'offerEnded', fact => fact.offer),
      idsOf(facts, 'offerMade', fact => fact.offer),
    )
  })

  always("wrap-up-is-the-agent's", (seen, world) => {
    const until = new Map<string, number>()
    const talking = new Set<string>()
    let inForce = world.first
    for (const { event, effects } of seen) {
      if (event.kind === 'configReplaced') {
        until.clear()
        inForce = event.settings
      }
      if (event.kind === 'agentReleased') until.delete(event.agent)
      for (const effect of effects)
        if (effect.kind === 'offer') assert((until.get(effect.agent) ?? 0) <= event.at, `${effect.agent} is wrapping up`)
      for (const fact of factsOf(effects)) {
        if (fact.kind === 'agentLeg' && fact.state === 'talks' && fact.side === 'agent') talking.add(`${fact.call} ${fact.agent}`)
        if (fact.kind !== 'agentLeg' || fact.state !== 'over' || fact.side !== 'agent' || event.kind === 'configReplaced')
          continue
        if (!talking.delete(`${fact.call} ${fact.agent}`)) continue
        const { agents, groups } = inForce
        const group = groups.find(({ name }) => name === fact.group)
        const own = agents.find(({ uri }) => uri === fact.agent)?.wrapUp ?? 0
        // A transfer may have moved the call to an agent of another group, whose own rule applies.
        const span = group?.agents.includes(fact.agent) === true ? (group.wrapUp ?? own) : Math.min(group?.wrapUp ?? own, own)
        until.set(fact.agent, Math.max(until.get(fact.agent) ?? 0, fact.at + span))
      }
    }
  })

  always('no-idle-beside-waiting', (_seen, { world }) => {
    // The simple search over all agents and calls finds no pair that the incremental search missed, also in a restored world.
    assert.deepEqual(checkInvariants(restoreWorld(snapshotWorld(world))), [])
  })

  always('agent-fault-spares-caller', seen => {
    for (const { event, effects } of seen) {
      if (event.kind !== 'offerRefused' && event.kind !== 'offerDeclined' && event.kind !== 'joinFailed') continue
      // The queue's own rules may apply: too many calls wait now, or the call has waited too long.
      for (const effect of effects)
        if (effect.kind === 'reject') assert.match(effect.why, /^(overflowed|timedOut|noAgents|looped|unconfigured)$/)
    }
  })

  it('cost-follows-the-agent', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 39 }), fc.constantFrom(...presenceStates), (n, state) => {
        const world = createWorld(manyGroups(40), { signIns: [], pointers: [] }, start)
        const agent = [...world.agents.keys()][n]
        assert(agent)
        const own = new Set(world.agents.get(agent)?.memberships.map(({ group }) => group))
        for (const group of world.groups.values()) if (!own.has(group)) forbid(group)
        step(world, { kind: 'presenceChanged', agent, presence: { state, since: start, because: 'test' }, at: start })
      }),
      runs,
    )
  })

  always('time-out-on-time', (seen, world) => {
    quieten(world)
    let replaced = false
    const joinFailed = new Set<string>()
    for (const { event, effects } of seen) {
      replaced ||= event.kind === 'configReplaced'
      if (event.kind === 'joinFailed' || event.kind === 'callEnded') joinFailed.add(event.call)
      for (const fact of factsOf(effects)) {
        if (fact.kind !== 'waitEnded' || fact.outcome !== 'timedOut' || replaced || joinFailed.has(fact.call)) continue
        const timeout = world.first.queues.find(({ name }) => name === fact.queue)?.timeout
        assert.equal(fact.waited, timeout?.after)
      }
    }
  })

  eachStep('fair-after-a-break', (before, seen, world) => {
    for (const { event, effects } of seen) {
      if (event.kind !== 'presenceChanged') continue
      if (!effects.some(effect => effect.kind === 'offer')) assert.deepEqual(snapshotWorld(world.world).kept, before.kept)
      for (const { uri, idleSince } of before.agents)
        if (uri !== event.agent) assert.equal(world.world.agents.get(uri)?.idleSince, idleSince)
    }
  })

  eachStep('idle-counts-every-call', (before, seen, world) => {
    for (const { event } of seen) {
      if (event.kind !== 'presenceChanged') continue
      const was = before.agents.find(({ uri }) => uri === event.agent)
      const now = world.world.agents.get(event.agent)
      if (!was || !now) continue
      const idle = (state: string): boolean => state === 'available' || state === 'inactive'
      const begins = !idle(was.presence.state) && idle(event.presence.state)
      assert.equal(now.idleSince, begins ? event.at : was.idleSince)
    }
  })

  it('stated-order', () => {
    fc.assert(
      fc.property(settings, happenings, fc.nat({ max: 1000 }), (from, what, cut) => {
        const world = driven(from)
        for (const happening of what) world.happen(happening)
        const { seen } = world
        let again: World = createWorld(from, { signIns: [], pointers: [] }, start)
        const restoreAt = cut % Math.max(1, seen.length)
        for (const [n, { event, effects }] of seen.entries()) {
          if (n === restoreAt)
            again = restoreWorld(JSON.parse(JSON.stringify(snapshotWorld(again))) as ReturnType<typeof snapshotWorld>)
          assert.deepEqual(step(again, event), effects)
        }
        assert.deepEqual(snapshotWorld(again), snapshotWorld(world.world))
      }),
      runs,
    )
  })

  it('paced-ringing', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 130 }), fc.constantFrom('parallel', 'attendant'), (agents, method) => {
        const world = driven(bigGroup(agents, method))
        world.tell({ kind: 'callArrived', call: 'c1' as CallId, workflow: 'w1' as never })
        world.after(50 * Math.ceil(agents / 20))
        let rung = 0
        let last = -Infinity
        for (const { event, effects } of world.seen) {
          const burst = effects.filter(effect => effect.kind === 'offer').length
          if (burst === 0) continue
          assert(burst <= 20, `${burst} phones at once`)
          assert(event.at - last >= 50)
          last = event.at
          rung += burst
        }
        assert.equal(rung, agents)
      }),
      runs,
    )
  })

  eachStep('config-or-nothing', (before, seen, world) => {
    for (const { event } of seen) {
      if (event.kind !== 'configReplaced') continue
      for (const { id, phase } of before.calls)
        if (phase.kind === 'connected' || phase.kind === 'joining' || phase.kind === 'forwarding')
          assert.equal(world.world.calls.get(id)?.phase.kind, phase.kind)
      const calls = [...snapshotWorld(world.world).calls]
      const effects = world.tell({ kind: 'configReplaced', settings: event.settings })
      assert.deepEqual(
        effects.filter(effect => effect.kind !== 'record'),
        [],
        'the same config again asks for nothing',
      )
      assert.deepEqual(
        calls.map(({ id, phase }) => ({ id, phase })),
        snapshotWorld(world.world).calls.map(({ id, phase }) => ({ id, phase })),
      )
    }
  })

  always('no-slow-leak', (_seen, { world }) => {
    assert(world.timers.size <= 4 * (world.calls.size + world.agents.size) + world.offers.size)
    for (const call of world.calls.values()) assert(call.marks.size <= 8, 'expired marks are removed')
  })

  it('no-slow-leak: after thousands of calls the world is as small as before', () => {
    const world = driven(manyGroups(6))
    const sizes = (): number[] => {
      const { agents, calls, offers, timers } = world.world
      return [agents.size, calls.size, offers.size, timers.size, JSON.stringify(snapshotWorld(world.world)).length]
    }
    const some = (calls: number): void => {
      for (let n = 0; n < calls; n += 1) {
        world.happen({ kind: 'arrive', workflow: 'w1', hears: false })
        world.happen({ kind: 'offer', pick: n * 8 + 1, what: n % 3 === 0 ? 'refuse' : 'accept', code: n % 2 === 0 ? 486 : 503 })
        world.happen({ kind: 'call', pick: n * 8 + 1, what: 'joined', cause: 0 })
        if (n % 2 === 0) world.happen({ kind: 'wait', span: 1_000 })
        if (n % 5 === 0) quieten(world)
      }
      quieten(world)
      world.seen.length = 0
    }
    some(100)
    const before = sizes()
    some(3_000)
    const after = sizes()
    assert.deepEqual(after.slice(0, 4), before.slice(0, 4))
    assert((after[4] ?? 0) - (before[4] ?? 0) < 64, 'only counters may have more digits')
  })

  it('an event for something that is over, or that the rules refuse, changes nothing', () => {
    fc.assert(
      fc.property(settings, happenings, (from, what) => {
        const world = driven(from)
        for (const happening of what) {
          world.happen(happening)
          const before = snapshotWorld(world.world)
          for (const stray of strays.filter(({ kind }) => kind !== 'callArrived')) {
            const effects = world.tell(stray)
            assert.equal(factsOf(effects).filter(fact => fact.kind === 'ignored').length, 1)
          }
          assert.deepEqual({ ...snapshotWorld(world.world), now: 0 }, { ...before, now: 0 })
          world.seen.splice(-strays.length + 1)
        }
      }),
      { numRuns: Math.ceil(runs.numRuns / 5) },
    )
  })

  eachStep('an ignored event changes nothing', (before, seen, world) => {
    const [only] = seen
    if (!only || seen.length > 1 || !factsOf(only.effects).some(fact => fact.kind === 'ignored')) return
    assert.deepEqual({ ...snapshotWorld(world.world), now: 0 }, { ...before, now: 0 })
  })
})

/** Reading the group's agents or calls fails the test. */
function forbid(group: object): void {
  for (const key of ['members', 'available', 'ringing', 'states'])
    Object.defineProperty(group, key, {
      get() {
        throw new Error(`${key} of a group that is not the agent's was looked at`)
      },
    })
}

function bigGroup(size: number, method: string): RoutingSettings {
  const agents = Array.from({ length: size }, (_, n) => `sip:a${n}@example.com` as never)
  return {
    generation: 1,
    ringbackGracePeriod: millis(60_000),
    agents: agents.map(uri => ({ uri, homed: 'local', wrapUp: millis(0), alwaysAvailable: true })),
    groups: [
      {
        name: 'g1' as never,
        participationPolicy: 'informal',
        agentAlertTime: millis(20_000),
        routingMethod: method as never,
        agents,
        attendantOffers: 3,
      },
    ],
    queues: [
      { name: 'q1' as never, groups: ['g1' as never], noAgents: { when: 'noneConfigured', action: { kind: 'disconnect' } } },
    ],
    workflows: [{ name: 'w1' as never, active: true, entry: { kind: 'queue', queue: 'q1' as never } }],
  }
}

/** As many agents as groups, each agent in two groups; one queue over the first group. */
function manyGroups(count: number): RoutingSettings {
  const base = bigGroup(count, 'longestIdle')
  const uris = base.agents.map(({ uri }) => uri)
  const groups = uris.map((uri, n) => ({
    name: `g${n + 1}` as never,
    participationPolicy: 'informal' as const,
    agentAlertTime: millis(20_000),
    routingMethod: picked(routingMethodNames, n) ?? ('serial' as const),
    agents: [uri, picked(uris, n + 1) ?? uri],
    attendantOffers: 3,
  }))
  return { ...base, groups }
}
