import assert from 'node:assert/strict'
import { recordReader } from '../../../src/observability/records.js'
import { Report, type ReportRow } from '../../../src/observability/report.js'
import { createViews } from '../../../src/observability/views.js'
import type { CallRecord } from '../../../src/store/port.js'
import { sdp } from '../../fakes/signaling.js'
import { WorldBuilder } from '../routing/build.js'
import { Shell } from '../calls/shell.js'

const routing = new WorldBuilder().group('support', 'serial', ['alice', 'bob']).queue('support', ['support']).settings()

/** Plays calls on a shell, and gives their records. */
function recordsOf(play: (shell: Shell) => void): CallRecord[] {
  const shell = new Shell(routing)
  const views = createViews(shell.clock)
  const records: CallRecord[] = []
  play(shell)
  const read = recordReader({
    save: record => records.push(record),
    story: call => views.story(call),
    caller: () => ({ uri: 'sip:carol@example.com', displayName: 'Carol' }),
    status: why => (why === 'abandoned' ? 487 : 480),
  })
  for (const step of shell.steps) {
    views.reader(step)
    read(step)
  }
  return records
}

describe('call records', () => {
  it('tell who called, who rang and who answered', () => {
    const [record, ...more] = recordsOf(shell => {
      const caller = shell.dial('support')
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
  })

  it('counted-once: each call has one, also those that nobody answered', () => {
    const records = recordsOf(shell => {
      shell.dial('support').cancel()
      shell.dial('support')
      shell.calls.stop()
    })
    assert.deepEqual(
      records.map(({ outcome, status }) => [outcome, status]),
      [
        ['abandoned', 487],
        ['failed', 480],
      ],
    )
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
      ...{ outcome: 'abandoned', status: 487 },
      ...more,
    }) as unknown as CallRecord
  const wait = (waited: number): object => ({ waits: [{ queue: 'support', from: at, waited, outcome: 'answered' }] })
  const answered = (agent: string, arrivedAt: number, waited: number, talked: number): object => ({
    ...{ ...wait(waited), agent, group: 'support', outcome: 'answered', status: 200 },
    ...{ joinedAt: arrivedAt + waited, endedAt: arrivedAt + waited + talked },
    offers: [{ agent, group: 'support', method: 'serial', outcome: 'answered', rang: 1 }],
  })
  const report = (...given: ConstructorParameters<typeof Report>): ReportRow[] => {
    const made = new Report(...given)
    made.add(call('1', at, answered('alice', at, 5_000, 120_000)))
    made.add(call('2', at + 1, answered('bob', at, 30_000, 240_000)))
    made.add(call('3', at + 2, wait(60_000)))
    made.add(call('4', at + 3, { ...wait(10_000), outcome: 'forwarded', forwardedTo: 'sip:vm@example.com', joinedAt: at }))
    made.add(call('5', at + 4, { outcome: 'closed' }))
    return made.rows()
  }

  it('counts as Lync did, and honestly beside it', () => {
    assert.deepEqual(report('workflow', 'all', 'UTC'), [
      {
        ...{ from: '', name: 'support', received: 5, successful: 4, offered: 2, answered: 2, transferred: 1 },
        ...{ abandonedByLync: 0.6, abandoned: 0.2, serviceLevel: 0.2, averageWait: 21, longestWait: 60, minutesPerAgent: 3 },
      },
    ])
  })

  it('counts each agent that rang, and only the one who answered as answering', () => {
    const rows = report('agent', 'all', 'UTC')
    assert.deepEqual(
      rows.map(({ name, received, answered: took, minutesPerAgent }) => [name, received, took, minutesPerAgent]),
      [
        ['alice', 1, 1, 2],
        ['bob', 1, 1, 4],
      ],
    )
  })

  it('begins days where the zone does, also when clocks change', () => {
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
