import assert from 'node:assert/strict'
import {
  flagOf,
  identityOf,
  listOf,
  minutesOf,
  momentOf,
  numberOf,
  readJson,
  textOf,
  type Tree,
} from '../../../src/import/tree.js'

function json(value: unknown): Tree {
  const tree = readJson(JSON.stringify(value))
  assert.ok(tree.ok)
  return tree.value
}

describe('a value of an export', () => {
  for (const [what, value, text] of [
    ['text', ' a ', 'a'],
    ['a number', 7, '7'],
    ['a URI', { OriginalString: 'sip:a@example.com', Host: 'example.com' }, 'sip:a@example.com'],
    ['an enumeration', { value: 3, Value: 'Formal' }, 'Formal'],
    ['an empty text', ' ', undefined],
    ['nothing', null, undefined],
    ['a list', ['a'], undefined],
  ] as const)
    it(`is read as text: ${what}`, () => assert.equal(textOf(json(value)), text))

  it('is read as a number or a truth value in any form', () => {
    assert.deepEqual(
      ['7', 7, 'x', null].map(each => numberOf(json(each))),
      [7, 7, undefined, undefined],
    )
    assert.deepEqual(
      [true, 'False', 1, 'yes'].map(each => flagOf(json(each))),
      [true, false, true, undefined],
    )
  })

  it('is read as a list, also if PowerShell wrote its only entry alone', () => {
    assert.deepEqual(listOf(json([1, 2])), [1, 2])
    assert.deepEqual(listOf(json({ value: [1], Count: 1 })), [1])
    assert.deepEqual(listOf(json('one')), ['one'])
    assert.deepEqual(listOf(json(null)), [])
    assert.deepEqual(listOf(undefined), [])
  })

  it('is read as an identity, by its GUID', () => {
    const guid = '08B3FFEC-0000-0000-0000-000000000001'
    for (const each of [
      { InstanceId: guid },
      { InstanceId: { Guid: guid } },
      { NonNormalized: `service:1/${guid}` },
      `service:1/${guid}`,
    ])
      assert.equal(identityOf(json(each)), guid.toLowerCase())
    assert.equal(identityOf(json('Sales')), 'sales')
    assert.equal(identityOf(json(null)), undefined)
  })

  for (const [value, minutes] of [
    ['PT9H30M', 570],
    ['P1D', 1_440],
    ['PT0S', 0],
    ['PT45M', 45],
    ['09:30:00', 570],
    ['1.00:00:00', 1_440],
    ['24:00', 1_440],
    [{ Ticks: 342_000_000_000, Hours: 9 }, 570],
    [{ TotalMinutes: 570.5 }, 570],
    ['nine', undefined],
    ['P', undefined],
    ['', undefined],
  ] as const)
    it(`${JSON.stringify(value)} is ${minutes ?? 'no'} minutes`, () => assert.equal(minutesOf(json(value)), minutes))

  for (const [value, moment] of [
    ['2027-12-24T13:00:00', '2027-12-24T13:00'],
    ['2027-12-24T13:00:00.0000000-08:00', '2027-12-24T13:00'],
    ['2027-12-24', '2027-12-24T00:00'],
    ['/Date(1829653200000)/', '2027-12-24T13:00'],
    [{ value: '/Date(1829624400000)/', DateTime: 'Friday, December 24, 2027 1:00:00 PM' }, '2027-12-24T13:00'],
    ['/Date(99999999999999999)/', undefined],
    ['soon', undefined],
  ] as const)
    it(`${JSON.stringify(value)} is ${moment ?? 'no moment'}`, () => assert.equal(momentOf(json(value)), moment))
})

describe('reading JSON', () => {
  it('accepts a byte order mark, and refuses other text', () => {
    assert.deepEqual(readJson('\uFEFF[1]'), { ok: true, value: [1] })
    assert.deepEqual(readJson('{'), { ok: false, fault: 'is not JSON' })
  })

  it('refuses values that are too many or nested too deeply', () => {
    assert.equal(readJson(`[${'0,'.repeat(1_600_000)}0]`).ok, false)
    assert.equal(readJson(`[${'0,'.repeat(510_000)}0]`).ok, false)
    assert.equal(readJson('['.repeat(5_000) + ']'.repeat(5_000)).ok, false)
  })
})
