import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatFault } from '../../../src/config/faults.js'
import { loadConfig } from '../../../src/config/load.js'
import { plan } from '../../../src/config/plan.js'
import { planView, withoutMarks, type PlanView } from '../../../src/config/plan-view.js'

describe('secrets of a config', () => {
  let folder: string
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'carillon-secrets-'))))
  afterEach(() => rm(folder, { recursive: true }))

  const server = `sip:\n  listen: [udp://127.0.0.1:5060]\n  domain: example.com\nhttp: { listen: 'http://127.0.0.1:8080' }\n`
  const agents = (password: string): string => `agents:\n  - { uri: sip:alice@example.com, password: ${password} }\n`
  async function faultsOf(files: Readonly<Record<string, string>>): Promise<string> {
    const own = await mkdtemp(join(folder, 'config-'))
    await mkdir(own, { recursive: true })
    for (const [name, text] of Object.entries({ 'carillon.yaml': server, ...files })) await writeFile(join(own, name), text)
    const outcome = await loadConfig(own, { env: {}, generation: 1 })
    assert(!outcome.ok, JSON.stringify(files))
    return outcome.faults.map(formatFault).join('\n')
  }

  it('are in no message about a password that lacks its quotes', async () => {
    const mistakes = [
      '*hunter2',
      '!hunter2',
      '!!hunter2 x',
      '!a!hunter2 x',
      '!<hunter2> x',
      '"\\uhunter2"',
      '${hunter2',
      '${hunter2 x}',
    ]
    for (const password of mistakes) {
      const said = await faultsOf({ 'agents.yaml': `agents:\n  - uri: sip:alice@example.com\n    password: ${password}\n` })
      assert.doesNotMatch(said, /hunter|hunt/, password)
      assert.match(said, /^agents\.yaml:3:\d+: /m)
    }
    for (const password of ['|hunter2', '>9hunter2', '}hunter2'])
      assert.doesNotMatch(
        await faultsOf({ 'agents.yaml': `agents:\n  - uri: sip:alice@example.com\n    password: ${password}\n` }),
        /hunter/,
      )
    assert.doesNotMatch(
      await faultsOf({ 'agents.yaml': 'agents:\n  - uri: sip:alice@example.com\n    password:hunter2\n' }),
      /hunter/,
    )
  })

  it('are in no message about a URL', async () => {
    const said = await faultsOf({ 'carillon.yaml': server.replace('http://127.0.0.1:8080', 'ftp://admin:hunter2@127.0.0.1') })
    assert.match(said, /found 'ftp:\/\/…@127\.0\.0\.1'/)
  })

  it('are in no message about two tokens with one hash', async () => {
    const hash = `sha-256:${'0123456789abcdef'.repeat(4)}`
    const token = (name: string): string => `  - { name: ${name}, role: viewer, hash: '${hash}' }\n`
    const said = await faultsOf({ 'users.yaml': `tokens:\n${token('a')}${token('b')}` })
    assert.match(said, /a token with this hash is already defined at users\.yaml:2/)
    assert.doesNotMatch(said, /0123456789/)
  })

  describe('in the view of a config', () => {
    const [one, two] = ['0', '1'].map(digit => `'md5:${digit.repeat(32)},sha-256:${digit.repeat(64)}'`)
    async function viewOf(password: string | undefined): Promise<PlanView> {
      const own = await mkdtemp(join(folder, 'config-'))
      await writeFile(join(own, 'carillon.yaml'), server)
      await writeFile(
        join(own, 'agents.yaml'),
        password === undefined ? 'agents: [{ uri: sip:alice@example.com }]' : agents(password),
      )
      const outcome = await loadConfig(own, { env: {}, generation: 1 })
      assert(outcome.ok, outcome.ok ? '' : outcome.faults.map(formatFault).join())
      return planView(outcome.settings, own)
    }
    const passwordOf = (view: PlanView): unknown => view.agents[0]?.password

    it('are only said to exist, for everybody but admins', async () => {
      const view = await viewOf(one)
      assert.match(String(passwordOf(view)), /^[0-9a-f]{8}$/)
      assert.equal(passwordOf(withoutMarks(view)), 'set')
      assert.equal(passwordOf(withoutMarks(await viewOf(undefined))), undefined)
    })

    it('and those of the server show no mark to others, because a list of words would find a weak one', async () => {
      const view = await viewOf(one)
      const secret = { 'media.tts': 'say (mark 0123abcd)', store: 'in memory' }
      assert.match(view.server['users'] ?? '', / \(mark [0-9a-f]{8}\)$/)
      assert.doesNotMatch(JSON.stringify(withoutMarks(view)), /mark/)
      assert.deepEqual(withoutMarks({ ...view, server: secret }).server, { 'media.tts': 'say', store: 'in memory' })
      const changed = { ...secret, 'media.tts': 'say (mark 4567cdef)' }
      const fieldsOf = (running: Record<string, string>, next: Record<string, string>): unknown =>
        plan({ ...view, server: running }, { ...view, server: next }, []).changes[0]?.fields
      assert.deepEqual(fieldsOf(secret, changed), [{ field: 'media.tts', before: 'say', after: 'another', atNextStart: true }])
      assert.equal(fieldsOf({ ...secret, 'media.tts': 'say' }, changed), undefined)
      const other = { ...secret, 'media.tts': 'speak (mark 4567cdef)' }
      assert.deepEqual(fieldsOf(secret, other), [{ field: 'media.tts', before: 'say', after: 'speak', atNextStart: true }])
    })

    it('are compared without their marks in the report', async () => {
      const [before, after, none] = [await viewOf(one), await viewOf(two), await viewOf(undefined)]
      const fieldsOf = (running: PlanView, next: PlanView): unknown => plan(running, next, []).changes[0]?.fields
      assert.deepEqual(fieldsOf(before, after), [{ field: 'password', before: 'set', after: 'another' }])
      assert.deepEqual(fieldsOf(before, none), [{ field: 'password', before: 'set' }])
      assert.deepEqual(fieldsOf(none, after), [{ field: 'password', after: 'set' }])
      assert.equal(fieldsOf(withoutMarks(before), after), undefined, 'who may not compare them is told of no difference')
      assert.deepEqual(fieldsOf(withoutMarks(none), after), [{ field: 'password', after: 'set' }])
    })
  })
})
