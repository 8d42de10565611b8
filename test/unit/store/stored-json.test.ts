import assert from 'node:assert/strict'
import fc from 'fast-check'
import { entryIn, recordIn } from '../../../src/store/stored-json.js'

const wait = { queue: 'support', from: 1_000, waited: 500, outcome: 'answered' }
const offer = { agent: 'sip:alice@example.com', group: 'support', method: 'serial', outcome: 'answered', rang: 500 }
/** As version 0.1 wrote it. */
const record = {
  ...{ call: 'a', workflow: 'support', caller: 'sip:ann@example.com', arrivedAt: 1_000, endedAt: 9_000, talked: 7_000 },
  ...{ waits: [wait], offers: [offer], answers: [{ digit: '1', name: 'sales' }], outcome: 'answered' },
}
const entry = { at: 1_000, who: 'ann', kind: 'user', from: '192.0.2.1', what: 'signed in', done: true }

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
    'whose Call-IDs are no list': { sipCallIds: 'x' },
  }
  for (const [name, change] of Object.entries(faults))
    it(`is no record ${name}`, () => assert.equal(recordIn(JSON.stringify({ ...record, ...change })), undefined))

  it('is an entry of the audit log if it can be shown', () => {
    assert.deepEqual(entryIn(JSON.stringify(entry)), entry)
    for (const change of [{ at: undefined }, { at: 'x' }, { who: null }, { done: 1 }])
      assert.equal(entryIn(JSON.stringify({ ...entry, ...change })), undefined)
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
