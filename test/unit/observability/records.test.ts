import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { Calls } from '../../../src/calls/calls.js'
import { silentLog } from '../../../src/foundation/log.js'
import { Callers } from '../../../src/observability/callers.js'
import { LegNames } from '../../../src/observability/leg-names.js'
import { recordReader } from '../../../src/observability/records.js'
import { Report, type ReportRow } from '../../../src/observability/report.js'
import { createViews } from '../../../src/observability/views.js'
import { createWorld, type CallId, type PromptId } from '../../../src/routing/index.js'
import type { CallRecord } from '../../../src/store/port.js'
import { seconds, wallTime } from '../../../src/foundation/time.js'
import { FakeClock } from '../../fakes/clock.js'
import { FakeMedia } from '../../fakes/media.js'
import { FakeSignaling, sdp, type FakeInbound, type FakePhone } from '../../fakes/signaling.js'
import { callSettings } from '../calls/shell.js'
import { WorldBuilder } from '../routing/build.js'

const music = 'music' as PromptId
const routing = new WorldBuilder()
  .group('support', 'serial', ['alice', 'bob'])
  .queue('support', ['support'])
  .group('absent', 'serial', ['carol'], { participationPolicy: 'formal' })
  .queue('absent', ['absent'])
  .workflow('closed', 'support', { active: false })
  .workflow('music', 'absent', { musicOnHold: music })
  .settings()

/** Plays calls on a shell, and returns their records. */
function recordsOf(play: (site: Site) => void): CallRecord[] {
  const site = new Site()
  play(site)
  return site.records
}

/** Calls over a signaling port whose legs are recorded, as in the server. */
class Site {
  readonly clock = new FakeClock()
  readonly signaling = new FakeSignaling()
  readonly records: CallRecord[] = []
  readonly legs = new LegNames()
  readonly calls: Calls

  constructor() {
    const callers = new Callers(this.clock, this.legs)
    this.signaling.legNamed = (call, sipCallId) => this.legs.add(call, sipCallId)
    const views = createViews(this.clock)
    const story = (call: CallId) => views.story(call)
    const save = (record: CallRecord) => void this.records.push(record)
    this.calls = new Calls({
      ports: { signaling: this.signaling, media: new FakeMedia() },
      ...{ clock: this.clock, log: silentLog, random: randomBytes },
      world: createWorld(routing, { signIns: [], pointers: [] }, this.clock.now()),
      settings: callSettings(routing, {}, false, 'atOnce'),
      listeners: {
        readers: [views.reader, recordReader({ save, story, wall: wallTime, callers: callers.byCall, legs: this.legs })],
        callerNews: (call, news) => callers.hear(call, news),
        violated: rule => assert.fail(rule),
      },
    })
  }

  dial(user: string, from?: FakeInbound['options']['from']): FakeInbound {
    return this.signaling.call(`sip:${user}@example.com`, { body: sdp('caller'), ...(from && { from }) })
  }

  phone(agent: string): FakePhone {
    const found = this.signaling.ringing().find(({ target }) => target.uri === `sip:${agent}@example.com`)
    return found ?? assert.fail(`${agent}'s phone does not ring`)
  }
}

describe('call records', () => {
  it('tell who called, who rang and who answered', () => {
    const [record, ...more] = recordsOf(shell => {
      const caller = shell.dial('support', { uri: 'sip:carol@example.com', displayName: 'Carol' })
      shell.phone('alice').refuse(486)
      shell.clock.pass(2_000)
      shell.phone('bob').answer(sdp('bob'))
      caller.leg?.confirm()
      shell.clock.pass(60_000)
      caller.leg?.end({ kind: 'hungUp' })
    })
    assert.equal(more.length, 0)
    assert.ok(record)
    assert.deepEqual(
      [record.caller, record.callerName, record.agent, record.group, record.outcome, record.cause, record.status],
      ['sip:carol@example.com', 'Carol', 'sip:bob@example.com', 'support', 'answered', 'callerHungUp', 200],
    )
    assert.deepEqual(
      record.offers.map(({ agent, outcome, code }) => [agent, outcome, code]),
      [
        ['sip:alice@example.com', 'declined', 486],
        ['sip:bob@example.com', 'answered', undefined],
      ],
    )
    assert.deepEqual(
      record.waits.map(({ queue, waited, outcome }) => [queue, waited, outcome]),
      [['support', 2_000, 'answered']],
    )
    assert.equal(record.endedAt - (record.joinedAt ?? 0), 60_000)
    assert.equal(record.answeredAt, record.joinedAt)
    assert.equal(record.talked, 60_000)
  })

  it('keep the SIP Call-IDs of the caller and of every phone that rang', () => {
    const site = new Site()
    const caller = site.dial('support')
    const [alice] = site.signaling.ringing()
    site.phone('alice').refuse(486)
    const bob = site.phone('bob')
    const call = site.legs.callsBySipCallId(caller.sipCallId)
    assert.equal(call.length, 1)
    assert.deepEqual(site.legs.callsBySipCallId(bob.sipCallId), call, 'a call in progress is found by its legs')
    caller.cancel()
    assert.deepEqual(site.records[0]?.sipCallIds, [caller.sipCallId, alice?.sipCallId, bob.sipCallId])
    assert.deepEqual(site.legs.callsBySipCallId(caller.sipCallId), [], 'a finished call is found only by its record')
  })

  it('say who ended the call, also if nobody answered', () => {
    const records = recordsOf(site => {
      site.dial('closed')
      site.dial('support').cancel()
      site.dial('support')
      site.calls.stop()
    })
    assert.deepEqual(
      records.map(({ outcome, cause }) => [outcome, cause]),
      [
        ['inactive', 'serverHungUp'],
        ['abandoned', 'callerHungUp'],
        ['failed', 'failed'],
      ],
    )
  })

  it('counted-once: each call has exactly one record, also if nobody answered', () => {
    const records = recordsOf(shell => {
      shell.dial('support').cancel()
      shell.dial('support')
      shell.calls.stop()
    })
    assert.deepEqual(
      records.map(({ outcome, status }) => [outcome, status]),
      [
        ['abandoned', 487],
        ['failed', 503],
      ],
    )
  })

  it('name the caller even if the call was refused at once', () => {
    const [record] = recordsOf(site => void site.dial('closed', { uri: 'sip:carol@example.com' }))
    assert.deepEqual([record?.caller, record?.outcome, record?.status], ['sip:carol@example.com', 'inactive', 480])
  })

  it('show the URI of a caller without escapes', () => {
    const [record] = recordsOf(site => void site.dial('closed', { uri: 'sip:sales%20te%61m@example.com' }))
    assert.equal(record?.caller, 'sip:sales team@example.com')
  })

  it('cut a name or URI at 256 characters without splitting a character', () => {
    const long = { uri: `sip:${'x'.repeat(1_000)}@example.com`, displayName: `${'n'.repeat(254)}😀${'n'.repeat(1_000)}` }
    const [record] = recordsOf(site => void site.dial('closed', long))
    assert.equal(record?.caller, `sip:${'x'.repeat(251)}…`)
    assert.equal(record?.callerName, `${'n'.repeat(254)}…`)
    const whole = { uri: `sip:${'x'.repeat(240)}@example.com`, displayName: 'n'.repeat(256) }
    const [other] = recordsOf(site => void site.dial('closed', whole))
    assert.deepEqual([other?.caller, other?.callerName], [whole.uri, whole.displayName])
  })

  it('show the status that the caller really got: 200 for a caller who heard music and hung up', () => {
    const [record] = recordsOf(site => {
      const caller = site.dial('music')
      caller.leg?.confirm()
      site.clock.pass(5_000)
      caller.leg?.end({ kind: 'hungUp' })
    })
    assert.deepEqual([record?.outcome, record?.status], ['abandoned', 200])
    assert.equal(record?.answeredAt, record?.arrivedAt)
    assert.equal(record?.joinedAt, undefined)
  })
})

describe('a report', () => {
  const at = Date.parse('2026-03-29T00:30:00Z')
  const call = (name: string, arrivedAt: number, more: object): CallRecord =>
    ({
      ...{
        call: name,
        workflow: 'support',
        caller: '',
        arrivedAt,
        endedAt: arrivedAt + 10_000,
        waits: [],
        offers: [],
        answers: [],
      },
      ...{ outcome: 'abandoned', status: 487, talked: 0 },
      ...more,
    }) as unknown as CallRecord
  const wait = (waited: number, outcome: string): object => ({ waits: [{ queue: 'support', from: at, waited, outcome }] })
  const answered = (agent: string, arrivedAt: number, waited: number, talked: number): object => ({
    ...{ ...wait(waited, 'answered'), agent, group: 'support', outcome: 'answered', status: 200 },
    // The agent transferred the call, and it continued without them.
    ...{ joinedAt: arrivedAt + waited, endedAt: arrivedAt + waited + talked + 600_000, talked },
    offers: [{ agent, group: 'support', method: 'serial', outcome: 'answered', rang: 1 }],
  })
  const report = (...given: ConstructorParameters<typeof Report>): ReportRow[] => {
    const made = new Report(...given)
    made.add(call('1', at, answered('alice', at, 5_000, 120_000)))
    made.add(call('2', at + 1, answered('bob', at, 30_000, 240_000)))
    made.add(call('3', at + 2, wait(60_000, 'abandoned')))
    made.add(
      call('4', at + 3, { ...wait(10_000, 'noAgents'), outcome: 'forwarded', forwardedTo: 'sip:vm@example.com', joinedAt: at }),
    )
    made.add(call('5', at + 4, { outcome: 'closed' }))
    return made.rows()
  }

  it('counts as Lync did, and beside that the callers who really hung up', () => {
    assert.deepEqual(report('workflow', 'all', 'UTC'), [
      {
        ...{ from: '', name: 'support', received: 5, successful: 4, offered: 2, answered: 2, transferred: 1 },
        ...{
          abandonedByLync: 0.6,
          abandoned: 0.2,
          serviceLevel: 0.25,
          serviceLevelWaits: 4,
          averageWait: 21,
          longestWait: 60,
          minutesPerAgent: 3,
          ...{ outbound: 0, outboundAnswered: 0, outboundMinutes: 0 },
        },
      },
    ])
  })

  it('counts outbound calls apart, for their workflow and their agent', () => {
    const rows = (by: 'workflow' | 'agent' | 'group' | 'queue'): unknown[] => {
      const made = new Report(by, 'all', 'UTC')
      made.add(call('1', at, { outbound: true, agent: 'alice', outcome: 'answered', talked: 90_000, forwardedTo: 'sip:1@pbx' }))
      made.add(call('2', at, { outbound: true, agent: 'alice', outcome: 'forwardFailed' }))
      made.add(call('3', at, answered('alice', at, 5_000, 60_000)))
      return made
        .rows()
        .map(row => [row.name, row.received, row.transferred, row.outbound, row.outboundAnswered, row.outboundMinutes])
    }
    assert.deepEqual(rows('workflow'), [['support', 1, 0, 2, 1, 1.5]])
    assert.deepEqual(rows('agent'), [['alice', 1, 0, 2, 1, 1.5]])
    assert.deepEqual(rows('group'), [['support', 1, 0, 0, 0, 0]])
    assert.deepEqual(rows('queue'), [['support', 1, 0, 0, 0, 0]])
  })

  it('counts the outcome of the wait in each queue', () => {
    const made = new Report('queue', 'all', 'UTC')
    const waits = [
      { queue: 'support', from: at, waited: 60_000, outcome: 'moved' },
      { queue: 'sales', from: at + 60_000, waited: 5_000, outcome: 'answered' },
    ]
    made.add(call('1', at, { waits, agent: 'alice', group: 'sales', outcome: 'answered', talked: 60_000 }))
    made.add(call('2', at, { waits: [waits[0]] }))
    assert.deepEqual(
      made
        .rows()
        .map(row => [row.name, row.received, row.answered, row.transferred, row.abandoned, row.serviceLevel, row.longestWait]),
      [
        ['sales', 1, 1, 0, 0, 1, 5],
        ['support', 2, 0, 1, 0.5, null, 60],
      ],
    )
  })

  it('leaves a caller who hung up within the threshold out of the service level, and counts one who waited longer', () => {
    const made = new Report('workflow', 'all', 'UTC')
    made.add(call('1', at, answered('alice', at, 5_000, 1_000)))
    made.add(call('2', at, wait(20_000, 'abandoned')))
    assert.deepEqual([made.rows()[0]?.serviceLevel, made.rows()[0]?.serviceLevelWaits], [1, 1])
    made.add(call('3', at, wait(20_001, 'abandoned')))
    assert.deepEqual([made.rows()[0]?.serviceLevel, made.rows()[0]?.serviceLevelWaits], [0.5, 2])
  })

  it('compares each wait with the threshold of its queue', () => {
    const made = new Report('workflow', 'all', 'UTC', queue => seconds(queue === 'support' ? 60 : 20))
    made.add(call('1', at, answered('alice', at, 45_000, 1_000)))
    const slow = {
      ...answered('bob', at, 45_000, 1_000),
      waits: [{ queue: 'sales', from: at, waited: 45_000, outcome: 'answered' }],
    }
    made.add(call('2', at, slow))
    assert.equal(made.rows()[0]?.serviceLevel, 0.5)
  })

  it('counts an answered wait only in the row of the agent who answered', () => {
    const made = new Report('agent', 'all', 'UTC')
    const missed = { agent: 'bob', group: 'support', method: 'serial', outcome: 'missed', rang: 20_000 }
    const whole = answered('alice', at, 15_000, 1_000) as { offers: object[] }
    made.add(call('1', at, { ...whole, offers: [missed, ...whole.offers] }))
    assert.deepEqual(
      made.rows().map(row => [row.name, row.serviceLevel]),
      [
        ['alice', 1],
        ['bob', null],
      ],
    )
  })

  it('counts an offer for each agent who rang, and an answer only for the one who answered', () => {
    const rows = report('agent', 'all', 'UTC')
    assert.deepEqual(
      rows.map(({ name, received, answered: took, minutesPerAgent }) => [name, received, took, minutesPerAgent]),
      [
        ['alice', 1, 1, 2],
        ['bob', 1, 1, 4],
      ],
    )
  })

  it('counts the minutes that each agent talked, also of an agent who got the call by a transfer', () => {
    const talk = (agent: string, from: number, to: number, side = 'agent') => ({ agent, side, from: at + from, to: at + to })
    const whole = { ...answered('alice', at, 1_000, 600_000), talks: [] as object[] }
    const sentOn = {
      ...whole,
      talks: [talk('alice', 0, 60_000), talk('bob', 60_000, 240_000), talk('carol', 0, 600_000, 'caller')],
    }
    const rowsOf = (by: 'agent' | 'workflow' | 'group'): unknown[] => {
      const made = new Report(by, 'all', 'UTC')
      made.add(call('1', at, sentOn))
      made.add(call('2', at, { ...answered('alice', at, 1_000, 120_000) }))
      return made.rows().map(row => [row.name, row.received, row.answered, row.minutesPerAgent])
    }
    assert.deepEqual(rowsOf('agent'), [
      ['alice', 2, 2, 3],
      ['bob', 1, 1, 3],
    ])
    assert.deepEqual(rowsOf('workflow'), [['support', 2, 2, 3]])
    assert.deepEqual(rowsOf('group'), [['support', 2, 2, 3]])
  })

  it('starts days at midnight of the time zone, also when clocks change', () => {
    const made = new Report('workflow', 'day', 'America/New_York')
    made.add(call('1', at, {}))
    made.add(call('2', at + 12 * 3_600_000, {}))
    assert.deepEqual(
      made.rows().map(({ from, received }) => [from, received]),
      [
        ['2026-03-28', 1],
        ['2026-03-29', 1],
      ],
    )
  })
})
