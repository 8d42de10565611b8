import assert from 'node:assert/strict'
import fc from 'fast-check'
import { iso } from '../../../src/foundation/time.js'
import { short } from '../../../src/http/audited-texts.js'
import { recordDocument } from '../../../src/http/records.js'
import { callCsv, reportCsv } from '../../../src/observability/csv.js'
import { Report } from '../../../src/observability/report.js'
import { callerText, entryFits, fits } from '../../../src/store/filter.js'
import type { CallRecord } from '../../../src/store/port.js'
import { entryIn, recordIn } from '../../../src/store/stored-json.js'

const wait = { queue: 'support', from: 1_000, waited: 500, outcome: 'answered' }
const offer = { agent: 'sip:alice@example.com', group: 'support', method: 'serial', outcome: 'answered', rang: 500 }
const talk = { agent: 'sip:alice@example.com', side: 'agent', from: 1_000, to: 2_000 }
const transfer = { at: 1_000, by: 'agent', asker: 'sip:a@b.c', to: 'sip:d@e.f', consult: true, outcome: 'through' }
/** As version 0.1 wrote it. */
const record = {
  ...{ call: 'a', workflow: 'support', caller: 'sip:ann@example.com', arrivedAt: 1_000, endedAt: 9_000, talked: 7_000 },
  ...{ waits: [wait], offers: [offer], answers: [{ digit: '1', name: 'sales' }], outcome: 'answered' },
}
const entry = { at: 1_000, who: 'ann', kind: 'user', from: '192.0.2.1', what: 'signed in', done: true }

/** The fields that only some records have. */
const partsOfRecord = {
  ...{ callerName: 'Ann', agent: 'sip:alice@example.com', group: 'support', cause: 'callerHungUp', status: 200 },
  ...{ talks: [talk], transfers: [transfer], forwardedTo: 'sip:x@y.z', forwardFailed: { to: 'sip:x@y.z', code: 404 } },
  ...{
    transferredBy: 'agent',
    sipCallIds: ['a'],
    anchored: true,
    recorded: 'whole',
    supervised: [{ name: 'max', agent: 'sip:bob@example.com', modes: ['listen'], from: 1_000, to: 2_000 }],
    outbound: true,
    answeredAt: 1_000,
    joinedAt: 1_000,
  },
}
/** Values that JSON can have. Lists and objects that can't become a text are among them. */
const value = fc.oneof(
  fc.json().map(text => JSON.parse(text) as unknown),
  fc.constantFrom(5, -1, 1e300, null, true, '"', [','], [], {}, { toString: 1 }, [{ toString: 1 }], undefined),
)

/** What the API, reports and the search do with a record. */
function useRecord(record: CallRecord): void {
  callCsv(record, 'UTC')
  JSON.stringify(recordDocument(record, { withDialogNames: true, withSupervisors: true }))
  callerText(record)
  for (const filter of [{ caller: 'x' }, { agent: 'x' }, { queue: 'x' }, { sipCallId: 'x' }, { direction: 'inbound' as const }])
    fits(record, { ...filter, limit: 1 })
  for (const by of ['workflow', 'queue', 'group', 'agent'] as const) {
    const report = new Report(by, 'hour', 'UTC')
    report.add(record)
    reportCsv(report.rows())
  }
}

describe('what a store returns', () => {
  it('is a record if it has what every version writes', () => {
    assert.deepEqual(recordIn(JSON.stringify(record)), record)
    assert.deepEqual(recordIn(JSON.stringify({ ...record, fromTheFuture: 1 })), { ...record, fromTheFuture: 1 })
  })

  const faults: Readonly<Record<string, object>> = {
    'without waits': { waits: undefined },
    'whose wait is nothing': { waits: [null] },
    'whose time is a text': { arrivedAt: 'x' },
    'whose time is no date': { endedAt: 1e300 },
    'whose joining is no time': { joinedAt: 'x' },
    'whose caller is a number': { caller: 5 },
    'whose talk has no end': { talks: [{ agent: 'sip:a@b.c', from: 1 }] },
    'whose transfer has no target': { transfers: [{ at: 1, asker: 'x', outcome: 'through' }] },
    'with too many levels': { more: JSON.parse('['.repeat(20) + ']'.repeat(20)) as unknown },
  }
  for (const [name, change] of Object.entries(faults))
    it(`is no record ${name}`, () => assert.equal(recordIn(JSON.stringify({ ...record, ...change })), undefined))

  it('is an entry of the audit log if it can be shown', () => {
    assert.deepEqual(entryIn(JSON.stringify(entry)), entry)
    for (const change of [{ at: undefined }, { at: 'x' }, { who: null }, { done: 1 }])
      assert.equal(entryIn(JSON.stringify({ ...entry, ...change })), undefined)
  })

  it('is a record without its other fields that are wrong', () => {
    for (const wrong of [
      { callerName: [','] },
      { agent: {}, group: 5, cause: null, forwardedTo: true },
      { sipCallIds: 'x' },
      { sipCallIds: [5] },
      { forwardFailed: { to: 5, code: 404 } },
      { status: '200', outbound: 1, anchored: 'x', recorded: 5, transferredBy: [] },
    ])
      assert.deepEqual(recordIn(JSON.stringify({ ...record, ...wrong })), record)
    assert.deepEqual(entryIn(JSON.stringify({ ...entry, because: 5, agent: [], group: {} })), entry)
  })

  it('can be shown, found and summed whatever a field has', () => {
    const all = { ...record, ...partsOfRecord }
    const names = fc.constantFrom(...Object.keys(all))
    const inside = fc.constantFrom('', ...Object.keys({ ...wait, ...offer, ...talk, ...transfer }))
    fc.assert(
      fc.property(names, inside, value, (name, inner, put) => {
        const old: unknown = all[name as keyof typeof all]
        const within = inner !== '' && Array.isArray(old) ? [{ ...(old[0] as object), [inner]: put }] : put
        const read = recordIn(JSON.stringify({ ...all, [name]: within }))
        if (read) useRecord(read)
      }),
      { numRuns: 2_000 },
    )
  })

  it('can be shown as an entry whatever a field has', () => {
    const names = fc.constantFrom(...Object.keys({ ...entry, agent: '', group: '', because: '' }))
    fc.assert(
      fc.property(names, value, (name, put) => {
        const read = entryIn(JSON.stringify({ ...entry, [name]: put }))
        if (!read) return
        iso(read.at)
        for (const text of [read.who, read.what, read.from, read.agent, read.group, read.because])
          if (text !== undefined) short(text, 300)
        for (const filter of [{ agent: 'x' }, { agents: [] }, { who: 'x' }])
          entryFits({ ...read, id: 1 }, { ...filter, limit: 1 })
      }),
    )
  })

  it('may be any text', () => {
    const text = fc.oneof(fc.string(), fc.json(), fc.constantFrom('[', '{', 'null', undefined))
    fc.assert(
      fc.property(text, any => {
        recordIn(any)
        entryIn(any)
      }),
    )
  })
})
