import assert from 'node:assert/strict'
import fc from 'fast-check'
import { wallTime } from '../../src/foundation/time.js'
import {
  restoreWorld,
  snapshotWorld,
  type CallId,
  type Effect,
  type RoutingSettings,
  type WorkflowSettings,
} from '../../src/routing/index.js'
import { openingAt } from '../../src/routing/call/hours.js'
import type { Seen } from './drive.js'
import { happenings, settings } from './random-world.js'
import { driven, factsOf, runs } from './routing-rules.js'

/** By how much somebody changes the wall clock, in ms: seconds to days, forward or back. */
const offset = fc.integer({ min: -200 * 3_600_000, max: 200 * 3_600_000 })

const withoutHours = (from: RoutingSettings): RoutingSettings => ({
  ...from,
  workflows: from.workflows.map(({ hours: _hours, holidays: _holidays, ...rest }) => rest),
})

/** A workflow whose calls end at once, depending on its hours and holidays. */
const hoursAlone = ({ name, timeZone, hours, holidays }: WorkflowSettings): WorkflowSettings => ({
  name,
  active: true,
  entry: { kind: 'disconnect' },
  ...(timeZone !== undefined && { timeZone }),
  ...(hours && { hours }),
  ...(holidays && { holidays }),
})

/** All effects and facts except the change of the clock. */
const deeds = (seen: readonly Seen[]): readonly Effect[] =>
  seen.flatMap(({ event, effects }) => (event.kind === 'clockStepped' ? [] : effects))

describe('a change of the wall clock', () => {
  it('two-clocks: changes no order, no timer and no idle time', () => {
    fc.assert(
      fc.property(settings, happenings, fc.array(fc.option(offset, { freq: 2 })), (from, what, offsets) => {
        const [still, set] = [driven(withoutHours(from)), driven(withoutHours(from))]
        for (const [index, happening] of what.entries()) {
          const wallOffset = offsets[index]
          if (wallOffset !== undefined && wallOffset !== null) set.tell({ kind: 'clockStepped', wallOffset })
          still.happen(happening.kind === 'replace' ? { ...happening, settings: withoutHours(happening.settings) } : happening)
          set.happen(happening.kind === 'replace' ? { ...happening, settings: withoutHours(happening.settings) } : happening)
        }
        assert.deepEqual(deeds(set.seen), deeds(still.seen))
        assert.deepEqual({ ...snapshotWorld(set.world), wallOffset: 0, now: 0 }, { ...snapshotWorld(still.world), now: 0 })
      }),
      runs,
    )
  })

  it('two-clocks: decides at once whether a workflow is open, also in a world restored from a journal', () => {
    fc.assert(
      fc.property(settings, fc.array(offset, { minLength: 1, maxLength: 5 }), (from, offsets) => {
        const workflows = from.workflows.map(hoursAlone)
        const world = driven({ ...from, workflows })
        for (const [index, wallOffset] of offsets.entries()) {
          world.tell({ kind: 'clockStepped', wallOffset })
          if (index % 2 === 1)
            world.world = restoreWorld(JSON.parse(JSON.stringify(snapshotWorld(world.world))) as ReturnType<typeof snapshotWorld>)
          for (const workflow of workflows) {
            const call = `${workflow.name} ${index}` as CallId
            const effects = world.tell({ kind: 'callArrived', call, workflow: workflow.name })
            const expected = openingAt(workflow, wallTime(world.now + wallOffset)).state
            assert.equal(endOf(effects), expected === 'open' ? 'disconnected' : expected)
          }
        }
      }),
      runs,
    )
  })
})

const endOf = (effects: readonly Effect[]): string | undefined =>
  factsOf(effects).flatMap(fact => (fact.kind === 'callFinished' ? [fact.why] : []))[0]
