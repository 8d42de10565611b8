import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import type { Caller } from '../../../src/calls/live/caller.js'
import type { Change } from '../../../src/calls/live/change.js'
import { Outgoing } from '../../../src/calls/live/outgoing.js'
import type { Participant } from '../../../src/calls/live/participant.js'
import type { Partner } from '../../../src/calls/live/partner.js'
import * as phases from '../../../src/calls/live/phases.js'
import type { Live, LivePhase, PhaseKind, Sides } from '../../../src/calls/live/phases.js'
import { OurBug } from '../../../src/foundation/result.js'

// The functions under test do not look into these.
const stubs: readonly unknown[] = [{}, {}, {}, {}, {}]
const caller = stubs[0] as Caller
const partner = stubs[1] as Partner
const [one, other, third] = stubs.slice(2) as [Participant, Participant, Participant]
const sides: Sides = [one, other]
const change = { by: other, stays: one } as Change
const outgoing = new Outgoing()
const talking = { kind: 'talking', sides, asked: 1 } as const
const transferring = { kind: 'transferring', sides, asked: 1, change } as const
const alone = { kind: 'alone', caller, forwardFailure: 0 } as const

const all: Readonly<Record<PhaseKind, LivePhase>> = {
  arriving: { kind: 'arriving' },
  alone,
  forwarding: { kind: 'forwarding', caller, outgoing },
  handingOver: { kind: 'handingOver', caller, partner },
  talking,
  transferring,
  oneLeft: { ...transferring, kind: 'oneLeft' },
  over: { kind: 'over' },
}

/** Each function that changes a phase, the phases in which it is legal, and the phase that follows. */
const becomes: readonly [name: string, run: (live: Live) => void, from: readonly PhaseKind[], then: PhaseKind][] = [
  ['becomeAlone', live => phases.becomeAlone(live, caller), ['arriving', 'forwarding', 'handingOver'], 'alone'],
  ['becomeForwarding', live => phases.becomeForwarding(live, outgoing), ['alone'], 'forwarding'],
  ['becomeHandingOver', live => phases.becomeHandingOver(live, partner), ['alone', 'forwarding'], 'handingOver'],
  ['becomeTalking', live => phases.becomeTalking(live, sides), ['arriving', 'handingOver'], 'talking'],
  ['countRequest', live => void phases.countRequest(live), ['talking'], 'talking'],
  ['becomeTransferring', live => phases.becomeTransferring(live, change), ['talking'], 'transferring'],
  ['becomeOneLeft', live => phases.becomeOneLeft(live), ['transferring'], 'oneLeft'],
  ['becomeTalkingOn', live => phases.becomeTalkingOn(live), ['transferring'], 'talking'],
  ['becomeTalkingTo', live => void phases.becomeTalkingTo(live, third), ['transferring', 'oneLeft'], 'talking'],
  [
    'becomeOver',
    live => phases.becomeOver(live),
    ['alone', 'forwarding', 'handingOver', 'talking', 'transferring', 'oneLeft'],
    'over',
  ],
]

const at = (phase: LivePhase): Live => ({ id: 'c1', phase }) as unknown as Live

describe('the phases of a live call', () => {
  for (const [name, run, from, then] of becomes)
    for (const [kind, phase] of Object.entries(all) as [PhaseKind, LivePhase][]) {
      const isLegal = from.includes(kind)
      it(`${kind}: ${name} ${isLegal ? `makes it ${then}` : 'is an internal error and changes nothing'}`, () => {
        const live = at(phase)
        if (isLegal) run(live)
        else assert.throws(() => run(live), OurBug)
        assert.equal(live.phase.kind, isLegal ? then : kind)
        if (!isLegal) assert.equal(live.phase, phase)
      })
    }

  it('match the diagram in docs/lifecycle.md, with all moves and no others', () => {
    const page = readFileSync(new URL('../../../docs/lifecycle.md', import.meta.url), 'utf8')
    const drawn = [...page.matchAll(/^ +(\w+) --> (\w+):/gm)].map(([, before, then]) => `${before} ${then}`)
    const made = becomes.flatMap(([, , from, then]) => from.filter(kind => kind !== then).map(kind => `${kind} ${then}`))
    assert.deepEqual([...new Set(made)].sort(), drawn.sort())
  })

  it('keep the caller’s side first when a side is replaced', () => {
    for (const [stays, after] of [
      [one, [one, third]],
      [other, [third, other]],
    ] as const) {
      const phase = { ...transferring, change: { ...change, stays } }
      const live = at(phase)
      phases.becomeTalkingTo(live, third)
      assert.deepEqual(phases.sidesOf(live.phase), after)
      assert.ok(live.phase.kind === 'talking' && live.phase.asked === 1)
    }
  })
})
