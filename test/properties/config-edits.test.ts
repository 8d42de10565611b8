import assert from 'node:assert/strict'
import fc from 'fast-check'
import { parse } from 'yaml'
import { editedText, type ConfigEdit, type Fields } from '../../src/config/edit/edit-text.js'

/** How a random file writes its groups. */
interface Hand {
  readonly isFlow: boolean
  readonly isFlowList: boolean
  readonly comments: boolean
  readonly quote: '' | "'" | '"'
  readonly eol: '\n' | '\r\n'
  readonly indent: number
}

const hand: fc.Arbitrary<Hand> = fc.record({
  isFlow: fc.boolean(),
  isFlowList: fc.boolean(),
  comments: fc.boolean(),
  quote: fc.constantFrom('', "'", '"'),
  eol: fc.constantFrom('\n', '\r\n'),
  indent: fc.constantFrom(0, 2, 4),
})
const person = fc.constantFrom('alice', 'bob', 'carol', 'dave', 'erin').map(name => `sip:${name}@example.com`)
const people = fc.uniqueArray(person, { minLength: 1, maxLength: 5 })
const words = fc.oneof(
  fc.constantFrom(
    'plain',
    'a: b',
    "it's",
    '# no comment',
    '[x]',
    '- y',
    'true',
    '007',
    '{',
    'a, b',
    '*',
    '&a',
    'tab\there',
    'two\nlines',
    'ends ',
    '"',
  ),
  fc.string({ minLength: 1, maxLength: 30 }).filter(text => !text.includes('${')),
)
const fields: fc.Arbitrary<Fields> = fc.record(
  {
    description: words,
    agentAlertTime: fc.constantFrom('10s', '20s', '1m'),
    routingMethod: fc.constantFrom('serial', 'parallel', 'longestIdle'),
    agents: people,
    wrapUp: fc.constantFrom('0s', '5s'),
  },
  { requiredKeys: ['agents'] },
)
const group = fc.record({ fields, hand })
const names = ['support', 'sales', 'lab'] as const
const file = fc.record({ hand, groups: fc.tuple(group, group, group) })

/** A value as a careful person writes it. */
function scalar(value: unknown, quote: Hand['quote']): string {
  const text = String(value)
  if (quote === '' && /^[a-z][\w:@. -]*\w$/i.test(text) && !/: |^true$/.test(text)) return text
  return quote === "'" && !text.includes('\n') ? `'${text.replaceAll("'", "''")}'` : JSON.stringify(text)
}

function written({
  hand: by,
  groups,
}: {
  readonly hand: Hand
  readonly groups: readonly { readonly fields: Fields; readonly hand: Hand }[]
}): string {
  const margin = ' '.repeat(by.indent)
  const lines = ['# who answers', 'groups: # in order']
  for (const [index, each] of groups.entries()) {
    const own = { name: names[index], ...each.fields }
    const { isFlow, isFlowList, comments, quote } = each.hand
    if (comments) lines.push(`${margin}# above ${names[index] ?? ''}`)
    const list = (value: unknown): string => `[${(value as string[]).map(item => scalar(item, quote)).join(', ')}]`
    if (isFlow) {
      const pairs = Object.entries(own).map(
        ([key, value]) => `${key}: ${Array.isArray(value) ? list(value) : scalar(value, quote)}`,
      )
      lines.push(`${margin}- { ${pairs.join(', ')} }${comments ? ' # behind' : ''}`)
      continue
    }
    for (const [at, [key, value]] of Object.entries(own).entries()) {
      const before = at === 0 ? `${margin}- ` : `${margin}  `
      if (comments && at > 0) lines.push(`${margin}  # about ${key} of ${names[index] ?? ''}`)
      if (!Array.isArray(value)) lines.push(`${before}${key}:   ${scalar(value, quote)}${comments ? '   # behind' : ''}`)
      else if (isFlowList) lines.push(`${before}${key}: ${list(value)}`)
      else lines.push(`${before}${key}:`, ...(value as string[]).map(item => `${margin}    - ${scalar(item, quote)}`))
    }
  }
  return `${lines.join(by.eol)}${by.eol}${by.eol}# the end${by.eol}other: { a: 1 }${by.eol}`
}

const groupsIn = (text: string): Fields[] => (parse(text) as { groups: Fields[] }).groups

function edited(text: string, edit: ConfigEdit): string {
  const outcome = editedText(text, edit)
  assert.equal(outcome.kind, 'edited', `${JSON.stringify(edit)}\n${text}`)
  return outcome.kind === 'edited' ? outcome.text : ''
}

const ownLines = (text: string): string[] => text.split(/\r?\n/).filter(line => /^\s*#/.test(line))

/** The change that makes `wanted` of what the text has, and the one that takes it back. */
function bothWays(text: string, name: string, wanted: Fields): readonly [ConfigEdit, ConfigEdit] {
  const before = groupsIn(text).find(each => each['name'] === name) ?? {}
  const keys = (from: Fields, other: Fields): string[] => Object.keys(from).filter(key => key !== 'name' && !(key in other))
  const set = (from: Fields): Fields => Object.fromEntries(Object.entries(from).filter(([key]) => key !== 'name'))
  return [
    { kind: 'change', of: 'group', name, set: set(wanted), unset: keys(before, wanted) },
    { kind: 'change', of: 'group', name, set: set(before), unset: keys(wanted, before) },
  ]
}

describe('edits of a config file', () => {
  it('makes exactly the wanted change, and leaves every other object and comment as it was', () => {
    fc.assert(
      fc.property(file, fields, fc.constantFrom(...names), (given, wanted, name) => {
        const text = written(given)
        const [change] = bothWays(text, name, wanted)
        const after = edited(text, change)
        for (const each of groupsIn(text))
          assert.deepEqual(
            groupsIn(after).find(other => other['name'] === each['name']),
            each['name'] === name ? { name, ...wanted } : each,
          )
        assert.deepEqual(ownLines(after), ownLines(text))
        assert.equal(after.includes('\r\n'), given.hand.eol === '\r\n')
      }),
      { numRuns: 120 },
    )
  })

  it('gives the same bytes again when values are changed and changed back', () => {
    const others = fc.record({
      agentAlertTime: fc.constantFrom('10s', '20s', '1m'),
      routingMethod: fc.constantFrom('serial', 'parallel'),
    })
    fc.assert(
      fc.property(file, others, fc.constantFrom(...names), (given, other, name) => {
        const text = written(given)
        const before = groupsIn(text).find(each => each['name'] === name) ?? {}
        // Quotes that a value does not need are kept while the value is text.
        const [change, back] = bothWays(text, name, { ...before, ...other })
        assert.equal(edited(edited(text, change), back), text)
      }),
      { numRuns: 80 },
    )
  })

  it('gives the same bytes again when an object is added and removed', () => {
    fc.assert(
      fc.property(file, fields, (given, wanted) => {
        const text = written(given)
        const added = edited(text, { kind: 'add', of: 'group', name: 'new', fields: { name: 'new', ...wanted } })
        assert.deepEqual(groupsIn(added).at(-1), { name: 'new', ...wanted })
        assert.equal(edited(added, { kind: 'remove', of: 'group', name: 'new' }), text)
      }),
      { numRuns: 80 },
    )
  })
})
