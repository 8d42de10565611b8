import fc from 'fast-check'
import { createWorld, snapshotWorld, type Effect, type Fact, type RoutingSettings } from '../../src/routing/index.js'
import { start } from '../unit/routing/build.js'
import { Driven, type Seen } from './drive.js'
import { happenings, settings, type Happening } from './random-world.js'

/** Runs of each property in verify. ROUTING_RUNS sets a higher number for nightly runs. A failure names its seed and the shortest sequence. */
export const runs = { numRuns: Number(process.env['ROUTING_RUNS'] ?? 250) }

export const driven = (from: RoutingSettings): Driven => new Driven(createWorld(from, { signIns: [], pointers: [] }, start))

/** Checks a rule on the results of random worlds and happenings. The rules of checkInvariants are checked after each step anyway. */
export function always(rule: string, check: (seen: readonly Seen[], driven: Driven) => void): void {
  it(rule, () => {
    fc.assert(
      fc.property(settings, happenings, (from, what) => {
        const world = driven(from)
        for (const happening of what) world.happen(happening)
        check(world.seen, world)
      }),
      runs,
    )
  })
}

/** The same, with the world before and after each happening. */
export function eachStep(
  rule: string,
  check: (before: ReturnType<typeof snapshotWorld>, seen: readonly Seen[], driven: Driven, happening: Happening) => void,
): void {
  it(rule, () => {
    fc.assert(
      fc.property(settings, happenings, (from, what) => {
        const world = driven(from)
        for (const happening of what) {
          const before = snapshotWorld(world.world)
          const known = world.seen.length
          world.happen(happening)
          check(before, world.seen.slice(known), world, happening)
        }
      }),
      runs,
    )
  })
}

export const factsOf = (effects: readonly Effect[]): Fact[] =>
  effects.flatMap(effect => (effect.kind === 'record' ? [effect.fact] : []))
export const allFacts = (seen: readonly Seen[]): Fact[] => seen.flatMap(({ effects }) => factsOf(effects))
/** Everybody hangs up and an hour passes. */
export function quieten(world: Driven): void {
  for (const call of [...world.world.calls.keys()]) world.tell({ kind: 'callEnded', call, cause: 'callerHungUp' })
  world.after(3_600_000)
}
