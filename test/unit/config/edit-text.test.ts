import assert from 'node:assert/strict'
import { editedText, fieldsBy, namesIn, objectIn, type ConfigEdit, type Fields } from '../../../src/config/edit/edit-text.js'

const change = (of: ConfigEdit['of'], name: string, set: Fields, unset: readonly string[] = []): ConfigEdit => ({
  ...{ kind: 'change', of, name, set, unset },
})

function edited(text: string, edit: ConfigEdit): string {
  const outcome = editedText(text, edit)
  return outcome.kind === 'edited' ? outcome.text : assert.fail(JSON.stringify(outcome))
}

const groups = `# who answers
groups:
  # the first line
  - name: support   # its name
    agentAlertTime: '15s'   # short
    agents:
      - sip:alice@example.com # Alice
      # Bob is new
      - sip:bob@example.com
  - { name: sales, agents: [sip:dave@example.com] }
`

describe('an edit of a YAML text', () => {
  it('changes one value, with its quotes and the comment behind it', () => {
    assert.equal(
      edited(groups, change('group', 'support', { agentAlertTime: '20s' })),
      groups.replace("'15s'   # short", "'20s'   # short"),
    )
  })

  it('adds, removes and moves entries of a list with the comments above and behind them', () => {
    const list = (agents: readonly string[]): string =>
      edited(groups, change('group', 'support', { agents: agents.map(name => `sip:${name}@example.com`) }))
    assert.match(
      list(['alice', 'bob', 'carol']),
      /@example.com # Alice\n {6}# Bob is new\n {6}- sip:bob.*\n {6}- sip:carol@example.com\n {2}- \{/,
    )
    assert.match(list(['alice']), /# Alice\n {6}# Bob is new\n {2}- \{/)
    assert.match(
      list(['bob', 'alice']),
      /agents:\n {6}- sip:bob@example.com\n {6}# Bob is new\n {6}- sip:alice@example.com # Alice\n/,
    )
  })

  it('puts a new field where the schema has it', () => {
    assert.match(
      edited(groups, change('group', 'support', { participationPolicy: 'formal' })),
      /- name: support {3}# its name\n {4}participationPolicy: formal\n {4}agentAlertTime/,
    )
    assert.match(
      edited(groups, change('group', 'sales', { wrapUp: '5s' })),
      /\{ name: sales, agents: \[sip:dave@example.com\], wrapUp: 5s \}/,
    )
  })

  it('writes a long new value on several lines', () => {
    const workflows = 'workflows:\n  - name: main\n    uri: sip:main@example.com\n'
    const answers = [1, 2, 3].map(digit => ({ digit, queue: `a queue with a long name ${digit}` }))
    assert.equal(
      edited(workflows, change('workflow', 'main', { question: { prompt: { say: 'One:\ntwo' }, answers } })),
      `${workflows}    question:\n      prompt:\n        say: |-\n          One:\n          two\n      answers:\n${answers.map(({ digit, queue }) => `        - digit: ${digit}\n          queue: ${queue}\n`).join('')}`,
    )
  })

  it('replaces a value that an alias names only where the edit is', () => {
    const shared = `workflows:\n  - { name: a, uri: sip:a@example.com, hours: &week { mon: ['08:00-12:00'] } }\n  - { name: b, uri: sip:b@example.com, hours: *week }\n`
    assert.match(
      edited(shared, change('workflow', 'b', { hours: { tue: ['08:00-12:00'] } })),
      /hours: &week \{ mon.*\n.*hours: \{ tue: \[08:00-12:00\] \} \}/,
    )
    assert.deepEqual(editedText(shared, change('workflow', 'a', { hours: { tue: ['08:00-12:00'] } })), { kind: 'form' })
    assert.deepEqual(editedText(shared, change('workflow', 'a', {}, ['hours'])), { kind: 'form' })
  })

  it('neither shows nor changes a secret, a value from the environment or the name', () => {
    const agents = `agents:\n  - { uri: sip:Alice@EXAMPLE.com, name: '\${NAME}', password: 'md5:1', homed: local }\n`
    const name = 'sip:Alice@example.com'
    assert.deepEqual(objectIn(agents, 'agent', name), {
      ...{ fields: { uri: 'sip:Alice@EXAMPLE.com', homed: 'local' }, hidden: ['name', 'password'] },
    })
    assert.match(
      edited(agents, change('agent', name, { homed: 'online' })),
      /name: '\$\{NAME\}', password: 'md5:1', homed: online/,
    )
    for (const set of [{ name: 'Eve' }, { password: 'md5:2' }, { uri: 'sip:eve@example.com' }, { wrapUp: '${SECRET}' }])
      assert.deepEqual(editedText(agents, change('agent', name, set)), { kind: 'hidden', field: Object.keys(set)[0] })
    assert.deepEqual(editedText(agents, change('agent', name, {}, ['password'])), { kind: 'hidden', field: 'password' })
    assert.deepEqual(
      editedText(agents, {
        kind: 'add',
        of: 'agent',
        name: 'sip:x@example.com',
        fields: { uri: 'sip:x@example.com', password: 'md5:3' },
      }),
      { kind: 'hidden', field: 'password' },
    )
  })

  it('refuses what is not there, what is there already, and a field of another kind', () => {
    assert.deepEqual(editedText(groups, change('group', 'lab', {})), { kind: 'absent' })
    assert.deepEqual(editedText(groups, { kind: 'remove', of: 'queue', name: 'support' }), { kind: 'absent' })
    assert.deepEqual(editedText(groups, { kind: 'add', of: 'group', name: 'sales', fields: { name: 'sales' } }), {
      kind: 'exists',
    })
    assert.deepEqual(editedText(groups, change('group', 'sales', { hours: {} })), { kind: 'unknown', field: 'hours' })
    assert.deepEqual(editedText('groups: [', change('group', 'sales', {})), { kind: 'form' })
    assert.deepEqual(editedText('groups: *lost\n', change('group', 'sales', {})), { kind: 'form' })
  })

  it('removes the last object, and adds the first', () => {
    const one = '# none yet\nqueues:\n  - { name: a, groups: [] }\n# end\n'
    const none = edited(one, { kind: 'remove', of: 'queue', name: 'a' })
    assert.equal(none, '# none yet\nqueues: []\n# end\n')
    const add: ConfigEdit = { kind: 'add', of: 'queue', name: 'b', fields: { groups: ['g'], name: 'b' } }
    assert.equal(edited(none, add), '# none yet\nqueues: [{ name: b, groups: [g] }]\n# end\n')
    assert.equal(edited('', add), 'queues:\n  - { name: b, groups: [g] }\n')
    assert.equal(edited('# new\n', add), '# new\nqueues:\n  - { name: b, groups: [g] }\n')
    assert.equal(edited('groups: [] # x\n', add), 'groups: [] # x\nqueues:\n  - { name: b, groups: [g] }\n')
  })

  it('names the objects of a text, and the field at a place', () => {
    assert.deepEqual(namesIn(groups), [
      { of: 'group', name: 'support' },
      { of: 'group', name: 'sales' },
    ])
    assert.equal(fieldsBy(groups, 'group', 'support')(5, 22), 'agentAlertTime')
    assert.equal(fieldsBy(groups, 'group', 'support')(9, 10), 'agents.1')
    assert.equal(fieldsBy(groups, 'group', 'sales')(10, 30), 'agents.0')
    assert.equal(fieldsBy(groups, 'group', 'sales')(4, 5), undefined)
  })
})
