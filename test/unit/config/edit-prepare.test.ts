import assert from 'node:assert/strict'
import { chmodSync, linkSync, readdirSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ConfigEdit } from '../../../src/config/edit/edit-text.js'
import {
  listObjects,
  prepareEdit,
  readObject,
  type EditRequest,
  type EditTask,
  type PreparedEdit,
  type ReadyEdit,
} from '../../../src/config/edit/prepare.js'
import { writeWhole } from '../../../src/config/edit/write.js'
import { removeFolders, writeFolder, type Files } from './folder.js'

const twoTeams: Files = {
  'agents.yaml':
    'agents:\n  - { uri: sip:alice@example.com }\n  - { uri: sip:bob@example.com }\n  - { uri: sip:eve@example.com }\n',
  'groups.yaml': `groups:
  - { name: support, agents: [sip:alice@example.com] }
  - { name: sales, agents: [sip:bob@example.com] }
  - { name: desk, agents: [sip:eve@example.com] }
`,
  'queues.yaml': `queues:
  - { name: support, groups: [support], timeout: { after: 1m, action: { queue: desk } } }
  - { name: sales, groups: [sales], timeout: { after: 1m, action: { queue: desk } } }
  - { name: desk, groups: [desk], timeout: { after: 1m, action: { voicemail: sip:box@example.com } } }
`,
  'workflows.yaml': `workflows:
  - { name: support, uri: sip:support@example.com, queue: support, holidays: [all, own], closed: { action: { number: "+1425" } } }
  - { name: sales, uri: sip:sales@example.com, queue: sales, holidays: [all] }
`,
  'holidays.yaml': 'holidays:\n  - { name: all, days: [] }\n  - { name: own, days: [] }\n',
}
const all: EditTask['rights'] = { kind: 'all' }
const max: EditTask['rights'] = { kind: 'managed', workflows: ['support'] }
const taskOf = (folder: string, rights: EditTask['rights'] = all): EditTask => ({ folder, rights, env: {}, generation: 2 })
const change = (of: ConfigEdit['of'], name: string, set: Readonly<Record<string, unknown>>): EditRequest => ({
  edit: { kind: 'change', of, name, set, unset: [] },
})

function ready(outcome: PreparedEdit): ReadyEdit {
  return outcome.kind === 'ready' ? outcome : assert.fail(JSON.stringify(outcome))
}

describe('an edit of a config folder', () => {
  after(removeFolders)

  it('is checked with the whole config and written to one file, which keeps its mode', async () => {
    const folder = writeFolder(twoTeams)
    chmodSync(join(folder, 'groups.yaml'), 0o640)
    const edit = change('group', 'sales', { agents: ['sip:bob@example.com', 'sip:eve@example.com'] })
    const { file, versions, text, settings, before, after: now } = ready(await prepareEdit(taskOf(folder), edit))
    assert.equal(file, 'groups.yaml')
    assert.deepEqual(before['agents'], ['sip:bob@example.com'])
    assert.deepEqual(now['agents'], ['sip:bob@example.com', 'sip:eve@example.com'])
    assert.equal(settings.routing.groups.find(({ name }) => name === 'sales')?.agents.length, 2)
    assert.match(
      readFileSync(join(folder, file), 'utf8'),
      /name: sales, agents: \[sip:bob@example.com\] \}/,
      'nothing is written yet',
    )
    assert.deepEqual(await writeWhole(folder, file, versions.before, text), { kind: 'written' })
    assert.equal(readFileSync(join(folder, file), 'utf8'), text)
    assert.equal(statSync(join(folder, file)).mode & 0o777, 0o640)
    assert.deepEqual(
      readdirSync(folder).filter(name => name.startsWith('.')),
      [],
    )
  })

  it('is refused with each fault and its field', async () => {
    const folder = writeFolder(twoTeams)
    const outcome = await prepareEdit(
      taskOf(folder),
      change('group', 'sales', { agents: ['sip:nobody@example.com'], agentAlertTime: '1s' }),
    )
    assert.ok(outcome.kind === 'faulty')
    assert.deepEqual(
      outcome.faults.map(({ field, message }) => [field, message]),
      [['agentAlertTime', "expected 10s to 3m, found '1s'"]],
    )
    const unknown = await prepareEdit(taskOf(folder), change('group', 'sales', { agents: ['sip:nobody@example.com'] }))
    assert.ok(unknown.kind === 'faulty')
    assert.equal(unknown.faults[0]?.field, 'agents.0')
  })

  it('is refused if the file is another one than the person saw, also at the last moment', async () => {
    const folder = writeFolder(twoTeams)
    const seen = await readObject(taskOf(folder), 'group', 'sales')
    assert.ok(seen && 'version' in seen)
    const edit = { ...change('group', 'sales', { wrapUp: '5s' }), version: seen.version }
    const { file, versions, text } = ready(await prepareEdit(taskOf(folder), edit))
    const path = join(folder, file)
    const theirs = `${readFileSync(path, 'utf8')}# a colleague\n`
    writeFileSync(path, theirs)
    assert.deepEqual(await writeWhole(folder, file, versions.before, text), { kind: 'stale' })
    assert.equal(readFileSync(path, 'utf8'), theirs)
    const outcome = await prepareEdit(taskOf(folder), edit)
    assert.ok(outcome.kind === 'stale' && outcome.file === 'groups.yaml')
  })

  it('adds to the file that has others of its kind, or to a new one, and replaces no file that appeared meanwhile', async () => {
    const folder = writeFolder(twoTeams)
    const agent: ConfigEdit = { kind: 'add', of: 'agent', name: 'sip:new@example.com', fields: { uri: 'sip:new@example.com' } }
    assert.equal(ready(await prepareEdit(taskOf(folder), { edit: agent })).file, 'agents.yaml')
    renameSync(join(folder, 'holidays.yaml'), join(folder, 'holidays.txt'))
    writeFileSync(join(folder, 'workflows.yaml'), 'workflows:\n  - { name: sales, uri: sip:sales@example.com, queue: sales }\n')
    const set: ConfigEdit = { kind: 'add', of: 'holidays', name: 'new', fields: { name: 'new', days: [] } }
    const { file, versions, text } = ready(await prepareEdit(taskOf(folder), { edit: set }))
    assert.deepEqual([file, versions.before, text], ['holidays.yaml', undefined, 'holidays:\n  - { name: new, days: [] }\n'])
    writeFileSync(join(folder, file), '# mine\n')
    assert.deepEqual(await writeWhole(folder, file, undefined, text), { kind: 'stale' })
    assert.equal(readFileSync(join(folder, file), 'utf8'), '# mine\n')
  })

  it('is not made in carillon.yaml, in a file that is a link, or in a very large one', async () => {
    const { 'groups.yaml': groups = '', ...others } = twoTeams
    const folder = writeFolder({
      ...others,
      'carillon.yaml': `sip: { domain: example.com, trustedPeers: [10.0.0.1] }\n${String(groups)}`,
      'groups.yaml': '# none\n',
    })
    const edit = change('group', 'sales', { wrapUp: '5s' })
    const refused = async (): Promise<string> => {
      const outcome = await prepareEdit(taskOf(folder), edit)
      return outcome.kind === 'refused' ? outcome.because : outcome.kind
    }
    assert.equal(await refused(), 'carillon.yaml is not edited here; edit the file')
    writeFileSync(join(folder, 'carillon.yaml'), 'sip: { domain: example.com, trustedPeers: [10.0.0.1] }\n')
    writeFileSync(join(folder, 'elsewhere'), String(groups))
    linkSync(join(folder, 'elsewhere'), join(folder, 'more'))
    renameSync(join(folder, 'groups.yaml'), join(folder, 'nothing'))
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'groups.yaml'))
    assert.equal(await refused(), 'groups.yaml is a link; edit the file that it leads to')
    renameSync(join(folder, 'elsewhere'), join(folder, 'groups.yaml'))
    writeFileSync(join(folder, 'groups.yaml'), `${String(groups)}${'# long\n'.repeat(150_000)}`)
    assert.equal(await refused(), 'groups.yaml is larger than 1 MiB; edit the file')
  })

  it('takes a file back to the bytes of before, or the fields alone if others were changed since', async () => {
    const folder = writeFolder(twoTeams)
    const path = join(folder, 'groups.yaml')
    const original = readFileSync(path, 'utf8')
    const edit = change('group', 'sales', { agents: ['sip:eve@example.com'] })
    const made = ready(await prepareEdit(taskOf(folder), edit))
    await writeWhole(folder, made.file, made.versions.before, made.text)
    const undo = { file: made.file, version: made.versions.after, splice: made.splice, expected: made.after }
    const back = { edit: change('group', 'sales', { agents: ['sip:bob@example.com'] }).edit, undo }
    assert.equal(ready(await prepareEdit(taskOf(folder), back)).text, original)
    writeFileSync(path, `${made.text}# later\n`)
    assert.equal(ready(await prepareEdit(taskOf(folder), back)).text, `${original}# later\n`)
    writeFileSync(
      path,
      made.text.replace('sip:eve@example.com] }\n  - { name: desk', 'sip:alice@example.com] }\n  - { name: desk'),
    )
    const outcome = await prepareEdit(taskOf(folder), back)
    assert.ok(outcome.kind === 'refused' && outcome.because.startsWith("the group 'sales' was changed since"))
  })
})

describe('a manager', () => {
  after(removeFolders)

  async function refusal(request: EditRequest): Promise<string | undefined> {
    const outcome = await prepareEdit(taskOf(writeFolder(twoTeams), max), request)
    return outcome.kind === 'forbidden' ? outcome.because : outcome.kind === 'ready' ? undefined : JSON.stringify(outcome)
  }

  it('edits workflows of their own, and what these alone use', async () => {
    assert.equal(await refusal(change('workflow', 'support', { hours: { mon: ['08:00-12:00'] } })), undefined)
    assert.equal(await refusal(change('queue', 'support', { timeout: { after: '2m', action: { queue: 'desk' } } })), undefined)
    assert.equal(await refusal(change('group', 'support', { agents: ['sip:eve@example.com'] })), undefined)
    assert.equal(
      await refusal(change('holidays', 'own', { days: [{ name: 'x', from: '2026-01-01', to: '2026-01-02' }] })),
      undefined,
    )
  })

  it('does not edit what workflows of others use, too, nor what is no part of theirs', async () => {
    const shared = /also used by 'sales', which you do not manage/
    assert.match((await refusal(change('queue', 'desk', { description: 'x' }))) ?? '', shared)
    assert.match((await refusal(change('group', 'desk', { description: 'x' }))) ?? '', shared)
    assert.match((await refusal(change('holidays', 'all', { days: [] }))) ?? '', shared)
    assert.match((await refusal(change('workflow', 'sales', { active: false }))) ?? '', /no workflow of yours uses/)
    assert.match((await refusal(change('group', 'sales', { agents: [] }))) ?? '', /no workflow of yours uses/)
    assert.match((await refusal(change('agent', 'sip:alice@example.com', { homed: 'online' }))) ?? '', /edited by admins/)
  })

  it('neither adds nor removes, and does not change how callers reach a workflow', async () => {
    assert.match((await refusal({ edit: { kind: 'remove', of: 'group', name: 'support' } })) ?? '', /only admins/)
    assert.match(
      (await refusal({ edit: { kind: 'add', of: 'group', name: 'x', fields: { name: 'x', agents: [] } } })) ?? '',
      /only admins/,
    )
    for (const field of ['uri', 'number', 'queue', 'type', 'anonymous'])
      assert.equal(await refusal(change('workflow', 'support', { [field]: 'x' })), `only admins change '${field}'`)
    assert.equal(
      await refusal(change('group', 'support', { distributionList: '/etc/passwd' })),
      "only admins change 'distributionList'",
    )
  })

  it('leads calls only to targets, sound files and queues that their workflows have already', async () => {
    assert.equal(await refusal(change('queue', 'support', { timeout: { after: '1m', action: { number: '+1425' } } })), undefined)
    assert.equal(
      await refusal(change('queue', 'support', { timeout: { after: '1m', action: { voicemail: 'sip:box@example.com' } } })),
      undefined,
    )
    assert.match(
      (await refusal(change('queue', 'support', { timeout: { after: '1m', action: { number: '+1900' } } }))) ?? '',
      /new target/,
    )
    assert.match(
      (await refusal(change('workflow', 'support', { closed: { action: { uri: 'sip:x@evil.example' } } }))) ?? '',
      /new target/,
    )
    assert.match(
      (await refusal(change('workflow', 'support', { welcome: { file: '/home/secret.wav' } }))) ?? '',
      /new sound file/,
    )
    assert.match(
      (await refusal(change('queue', 'support', { overflow: { waitingCalls: 1, action: { queue: 'sales' } } }))) ?? '',
      /do not reach/,
    )
  })

  it('names no set of holidays that only others use, because these could not edit it any more', async () => {
    const folder = writeFolder(twoTeams)
    const sales = (holidays: readonly string[]): Promise<PreparedEdit> =>
      prepareEdit(taskOf(folder, { kind: 'managed', workflows: ['sales'] }), change('workflow', 'sales', { holidays }))
    assert.equal((await sales(['all'])).kind, 'ready')
    const outcome = await sales(['all', 'own'])
    assert.ok(
      outcome.kind === 'forbidden' && outcome.because.startsWith("the set of holidays 'own' is used by workflows of others"),
    )
    writeFileSync(join(folder, 'holidays.yaml'), `${String(twoTeams['holidays.yaml'])}  - { name: free, days: [] }\n`)
    assert.equal((await sales(['free'])).kind, 'ready')
  })

  it('sets up to 1,000 characters to be spoken, because speech of many minutes takes memory', async () => {
    assert.equal(await refusal(change('workflow', 'support', { welcome: { say: 'a'.repeat(1_000) } })), undefined)
    assert.match(
      (await refusal(change('workflow', 'support', { closed: { prompt: { say: 'a'.repeat(1_001) } } }))) ?? '',
      /only admins set more than 1000 characters/,
    )
    for (const letter of ['W', 'w', '7', '㎯'])
      assert.match(
        (await refusal(change('workflow', 'support', { welcome: { say: letter.repeat(400) } }))) ?? '',
        /only admins set texts with that many digits, capital letters and symbols/,
      )
    const many = (count: number) => ({
      prompt: { say: 'which?' },
      answers: Array.from({ length: count }, (_, digit) => ({ digit: `${digit}`, action: { prompt: { say: 'a'.repeat(900) } } })),
    })
    const question = (count: number) => refusal(change('workflow', 'support', { question: many(count) }))
    assert.doesNotMatch((await question(2)) ?? '', /only admins set/)
    assert.match((await question(3)) ?? '', /only admins set more than 2000 characters/)
  })

  it('sees only what they may edit, and the agents and holidays that they may choose', async () => {
    const task = taskOf(writeFolder(twoTeams), max)
    const listed = await listObjects(task)
    assert.deepEqual(
      listed.filter(({ mayEdit }) => mayEdit).map(({ of, name }) => `${of} ${name}`),
      ['group support', 'holidays own', 'queue support', 'workflow support'],
    )
    assert.deepEqual(
      listed.filter(({ mayEdit }) => !mayEdit).map(({ of }) => of),
      ['agent', 'agent', 'agent', 'holidays'],
    )
    assert.deepEqual(await readObject(task, 'workflow', 'sales'), { forbidden: "no workflow of yours uses the workflow 'sales'" })
    const own = await readObject(task, 'workflow', 'support')
    assert.ok(own && 'mayChange' in own && own.mayChange?.includes('hours'))
  })
})
