import assert from 'node:assert/strict'
import type { Agent, Call, Group, Queue } from '../../../console/src/api/documents.js'
import { standings, waitingFor, withEvent, worldOf, type LiveWorld } from '../../../console/src/live/world.js'
import { hoursOf, sumOf, talkingIn } from '../../../console/src/pages/wallboard/day.js'
import type { ReportRow } from '../../../console/src/api/documents.js'

const at = Date.parse('2026-11-27T10:00:00Z')
const queue = (name: string, waitingCalls: number, oldestWait: number, groups: string[] = [name]): Queue => ({
  ...{ name, groups, waitingCalls, oldestWait, estimatedWait: null, serviceLevel: { within: 20, target: 0.8 } },
})
const agent = (name: string, more: Partial<Agent> = {}): Agent =>
  ({ uri: name, name, activity: 'free', groups: [], offers: [], ...more }) as unknown as Agent
const group = (name: string, agents: string[]): Group => ({ name, agents }) as unknown as Group
const inGroup = (name: string, excluded: Agent['groups'][number]['excluded']): Agent['groups'][number] => ({
  ...{ name, participationPolicy: 'formal', signedIn: excluded !== 'notSignedIn', excluded },
})
const world = (more: Partial<Record<'agents' | 'groups' | 'queues' | 'calls', unknown[]>> = {}): LiveWorld =>
  worldOf({ agents: [], groups: [], queues: [], calls: [], ...more } as never, at)

describe('the console’s live view', () => {
  it('knows how long the oldest call of a queue has waited, and clears the time when no call waits', () => {
    const waits = world({ queues: [queue('support', 2, 30)] })
    assert.equal(waits.queues.get('support')?.oldestSince, at - 30_000)
    const calm = withEvent(waits, { kind: 'queue', document: queue('support', 0, 0) }, at + 1)
    assert.equal(calm.queues.get('support')?.oldestSince, undefined)
    assert.equal(waits.queues.get('support')?.waitingCalls, 2, 'the old world is unchanged')
  })

  it('adds new entries and drops removed ones', () => {
    const call = { callId: 'c1' } as unknown as Call
    const with1 = withEvent(world(), { kind: 'call', document: call }, at)
    assert.deepEqual([...with1.calls.keys()], ['c1'])
    assert.equal(withEvent(with1, { kind: 'gone', document: { kind: 'call', id: 'c1' } }, at).calls.size, 0)
  })

  it('adds up the waiting calls of all queues of a group', () => {
    const { queues } = world({ queues: [queue('a', 1, 10, ['x']), queue('b', 2, 40, ['y', 'x']), queue('c', 5, 99, ['y'])] })
    assert.deepEqual(waitingFor('x', queues.values()), { calls: 3, oldestSince: at - 40_000 })
    assert.deepEqual(waitingFor('z', queues.values()), { calls: 0 })
  })

  it('counts each agent of a queue once, by activity', () => {
    const live = world({
      groups: [group('x', ['a', 'b', 'c']), group('y', ['c', 'd', 'e'])],
      agents: [
        agent('a', { groups: [inGroup('x', null)] }),
        agent('b', { groups: [inGroup('x', 'notSignedIn')] }),
        agent('c', { activity: 'talking', groups: [inGroup('x', 'onACall'), inGroup('y', 'onACall')] }),
        agent('d', { groups: [inGroup('y', 'notAvailable')] }),
        // Signed out of this group, but available to another group that this queue does not use.
        agent('e', { groups: [inGroup('y', 'notSignedIn'), inGroup('z', null)] }),
      ],
    })
    assert.deepEqual(standings(queue('q', 0, 0, ['x', 'y']), live), {
      ...{ free: 1, ringing: 0, talking: 1, wrappingUp: 0, notAvailable: 1, signedOut: 2 },
    })
  })
})

describe('the statistics of a queue for one day', () => {
  const row = (from: string, more: Partial<ReportRow>): ReportRow =>
    ({
      ...{
        from,
        name: 'q',
        received: 0,
        answered: 0,
        abandoned: 0,
        serviceLevel: null,
        serviceLevelWaits: 0,
        averageWait: 0,
        longestWait: 0,
      },
      ...more,
    }) as ReportRow
  const rows = [
    row('2026-11-27T01:00+01:00', {
      received: 4,
      answered: 3,
      abandoned: 0.25,
      serviceLevel: 0.5,
      serviceLevelWaits: 2,
      averageWait: 10,
      longestWait: 20,
    }),
    row('2026-11-27T02:00+01:00', {
      received: 1,
      answered: 1,
      serviceLevel: 1,
      serviceLevelWaits: 1,
      averageWait: 2,
      longestWait: 2,
    }),
  ]

  it('weight each hour by its calls', () => {
    assert.deepEqual(sumOf(rows), { received: 5, answered: 4, abandoned: 1, serviceLevel: 2 / 3 })
    assert.equal(sumOf([]).serviceLevel, null)
  })

  it('have one entry for each hour since midnight, also for hours without calls', () => {
    const hours = hoursOf(rows, '2026-11-26T23:00:00Z', '2026-11-27T03:00:00Z')
    assert.deepEqual(
      hours.map(({ answered, longestWait }) => [answered, longestWait]),
      [
        [0, undefined],
        [3, 20],
        [1, 2],
        [0, undefined],
      ],
    )
  })

  it('has 25 or 23 hours on the days when the clocks change', () => {
    const twoAgain = row('2026-10-25T02:00+01:00', { received: 1, answered: 1 })
    const autumn = hoursOf([twoAgain], '2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z')
    assert.deepEqual([autumn.length, autumn.findIndex(({ answered }) => answered === 1)], [25, 3])
    assert.equal(autumn.at(-1)?.begin, Date.parse('2026-10-25T22:00:00Z'))
    assert.equal(hoursOf([], '2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z').length, 23)
  })

  it('counts a call as answered while it still talks', () => {
    const call = (state: string, inGroup: string | null, workflow = 'w'): Call => ({ state, group: inGroup, workflow }) as Call
    const queues = [queue('q', 0, 0, ['x']), queue('r', 0, 0, ['y', 'z']), queue('s', 0, 0, ['y'])]
    const calls = [
      ...[call('connected', 'x'), call('connected', 'x'), call('ringing', 'x'), call('connected', null)],
      ...[call('connected', 'z'), call('connected', 'y', 's'), call('connected', 'y')],
    ]
    assert.deepEqual(
      ['q', 'r', 's'].map(name => talkingIn(name, queues, calls)),
      [2, 1, 1],
    )
  })
})
