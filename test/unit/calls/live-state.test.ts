import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { LiveStateWriter, readLiveState, type KeptLegs, type KeptSide, type LiveState } from '../../../src/calls/live/stored.js'
import { Participant } from '../../../src/calls/live/participant.js'
import type { LivePhase } from '../../../src/calls/live/phases.js'
import { fromState, restoredSides, toState, type RestoredLegs } from '../../../src/calls/live/state.js'
import type { Leg, LegState } from '../../../src/legs/leg.js'
import { FakeClock } from '../../fakes/clock.js'
import { FakeLeg } from '../../fakes/signaling.js'
import { agentOf } from '../routing/build.js'

/** Rows that were recorded before the union of phases, one for each kind of call. */
const rows = JSON.parse(readFileSync(new URL('../../data/live-rows.json', import.meta.url), 'utf8')) as Readonly<
  Record<'early' | 'partner' | 'talking' | 'anonymous' | 'transferred', KeptLegs>
>

const context = { clock: new FakeClock(), random: (size: number) => new Uint8Array(size), changed: () => undefined }
const called = { uri: 'sip:alice@example.com', agent: agentOf('alice') }

/** Makes legs that return the state from which they were restored. */
class Line {
  readonly legs: FakeLeg[] = []
  /** The state of the leg that can't be restored. */
  lost = ''

  readonly restoreLeg = (state: LegState): Leg | undefined => {
    if (JSON.stringify(state) === this.lost) return undefined
    const leg = new FakeLeg(`leg-${this.legs.length}`, () => undefined)
    leg.state = () => state
    this.legs.push(leg)
    return leg
  }
}

function takenUp<Kind extends RestoredLegs['kind']>(
  kind: Kind,
  row: KeptLegs,
  line = new Line(),
): Extract<RestoredLegs, { kind: Kind }> {
  const restored = fromState(row, line.restoreLeg)
  assert.equal(restored?.kind, kind)
  return restored as Extract<RestoredLegs, { kind: Kind }>
}

const talkingAgain = (row: KeptLegs): LivePhase & { readonly kind: 'talking' } => ({
  kind: 'talking',
  sides: restoredSides(takenUp('talking', row), { uri: 'sip:carol@example.com' }, called, context),
  asked: 0,
})

const sidesOfRow = (row: KeptLegs): readonly [KeptSide, KeptSide] => {
  assert(row.kind === 'talking')
  return row.sides
}

describe('the row of a live call', () => {
  for (const name of ['talking', 'anonymous', 'transferred'] as const)
    it(`is the same after a restart: ${name}`, () => {
      const row = rows[name]
      const { inbound } = takenUp('talking', row)
      assert.deepEqual(toState(talkingAgain(row), inbound), row)
    })

  it('says who both sides are and what each was shown', () => {
    const [caller, agent] = talkingAgain(rows.anonymous).sides
    assert.deepEqual([caller.who.role, caller.who.trusted, caller.hidden], ['caller', true, false])
    assert.deepEqual([agent.who.agent, agent.hidden], [agentOf('alice'), true])
    assert.match(caller.shown.state()?.body.text ?? '', /^o=- /m)
    assert.equal(caller.shown.state()?.counts, true)
  })

  it('keeps both legs of a caller who was on the way to a partner, and what the caller described and was shown', () => {
    const { inbound, leg, media, partner } = takenUp('answered', rows.partner)
    assert.deepEqual(leg.state(), { leg: 'leg-4' })
    assert.deepEqual(partner?.state(), { leg: 'leg-3' })
    assert.match(media.description?.text ?? '', /^s=caller /m)
    assert.match(media.shown.state()?.body.text ?? '', /^s=alice /m)
    assert.deepEqual(
      [inbound.invite.from.displayName, inbound.invite.requestUri, inbound.origin.trusted],
      ['Carol', 'sip:support@example.com', true],
    )
  })

  it('of an unanswered caller is restored as an INVITE, not as legs', () => {
    assert.deepEqual(rows.early, { kind: 'early', invite: { invite: 'in-1' } })
    assert.equal(fromState(rows.early, new Line().restoreLeg), undefined)
  })

  it('releases the other leg when one leg can’t be restored', () => {
    const line = new Line()
    line.lost = '{"leg":"leg-4"}'
    assert.equal(fromState(rows.talking, line.restoreLeg), undefined)
    const [left] = line.legs
    assert.ok(left)
    assert.equal(left.hungUpWith, undefined)
  })

  it('does not exist for a call that has just arrived or is over', () => {
    const { inbound } = takenUp('talking', rows.talking)
    for (const kind of ['arriving', 'over'] as const) assert.equal(toState({ kind }, inbound), undefined)
  })

  it('of release 0.1.0, which has no details of both sides, is completed from the core and the INVITE', () => {
    const [one, other] = sidesOfRow(rows.talking)
    const old = [one, other].map(({ role, hidden, leg, description, shown }) => ({ role, hidden, leg, description, shown }))
    assert(rows.talking.kind === 'talking')
    const { sipCallId, from, to, requestUri, headers } = rows.talking.inbound
    const inbound = { sipCallId, from, to, requestUri, headers }
    const row = { ...rows.talking, inbound, sides: old } as unknown as KeptLegs
    const [caller, agent] = talkingAgain(row).sides
    assert.deepEqual(caller.who, { role: 'caller', uri: 'sip:carol@example.com', agent: undefined, trusted: false })
    assert.deepEqual(agent.who, { role: 'agent', ...called, trusted: false })
    assert.equal(takenUp('talking', row).inbound.origin.trusted, false)
    assert.ok(caller instanceof Participant)
  })

  for (const name of ['talking', 'anonymous', 'transferred'] as const)
    // prettier-ignore
    it(`has each session description once, and reads back the same: ${name}`, () => {
      const writer = new LiveStateWriter({ wallOffset: () => 0 })
      const state = { version: 2, core: {}, workflow: {}, legs: rows[name], past: {} } as unknown as LiveState
      const text = writer.text(state)
      const descriptions = new Set<unknown>()
      JSON.stringify(state, (_key, value: unknown) => {
        if (typeof value === 'string' && value.startsWith('v=0')) descriptions.add(value)
        return value
      })
      assert.equal(text.split('v=0').length - 1, descriptions.size)
      assert.deepEqual(readLiveState(text), state)
      assert.deepEqual(readLiveState(JSON.stringify({ ...state, version: 1 })), state, 'a row of an earlier version')
    })

  it('of release 0.1.0, as recorded, restores a waiting caller', () => {
    const sql = readFileSync(new URL('../../data/release-0.1.0/store.sql', import.meta.url), 'utf8')
    const text = /'(\{(?:[^']|'')*"legs":(?:[^']|'')*\})'/.exec(sql)?.[1]?.replaceAll("''", "'")
    const state = readLiveState(text ?? '')
    assert(state)
    const { inbound, media } = takenUp('answered', state.legs)
    assert.equal(inbound.invite.from.displayName, 'Ann Caller')
    assert.match(media.description?.text ?? '', /^m=audio /m)
  })
})
