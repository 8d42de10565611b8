import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { wavOf } from '../../../console/src/pages/setup/sound.js'
import { ConfigEditing } from '../../../src/app/editing.js'
import { EditHistory } from '../../../src/config/edit/history.js'
import { loadConfig } from '../../../src/config/load.js'
import type { WaitingCall } from '../../../src/config/plan-calls.js'
import { planView } from '../../../src/config/plan-view.js'
import type { EditSettings, Settings } from '../../../src/config/settings.js'
import { silentLog } from '../../../src/foundation/log.js'
import { millis } from '../../../src/foundation/time.js'
import type {
  EditableDocument,
  EditOutcomeDocument,
  EditPageDocument,
  RecordingDocument,
  RecordingListDocument,
} from '../../../src/http/documents.js'
import type { CallId, QueueName, WorkflowName } from '../../../src/routing/world/ids.js'
import { FakeClock } from '../../fakes/clock.js'
import { newFolder, removeFolders, today, writeFolder } from '../config/folder.js'
import { Site } from './site.js'

const groups = `groups:
  # first line
  - name: support
    agentAlertTime: 15s # short
    agents: [sip:alice@example.com]
`
const token = (name: string, role: 'admin' | 'manager') => ({
  ...{ name, role, digest: createHash('sha256').update(name).digest('hex') },
  workflows: role === 'manager' ? ['support' as WorkflowName] : [],
})
const alert = (agentAlertTime: string, version?: string) => ({
  ...{ kind: 'change', of: 'group', name: 'support', set: { agentAlertTime }, unset: [] },
  ...(version !== undefined && { version }),
})

/** A server with a config folder that can be edited. */
class EditedSite {
  readonly folder = writeFolder({ 'groups.yaml': groups })
  readonly site = new Site({ tokens: [token('ann', 'admin'), token('max', 'manager')] })
  edits: Partial<EditSettings> = {}
  waiting: WaitingCall[] = []
  /** Set: prompts take this long after the config was read. */
  prompts: Promise<void> = Promise.resolve()
  #settings: Settings | undefined

  async start(): Promise<void> {
    await this.#reload()
    const history = new EditHistory(newFolder(), silentLog)
    this.site.editing = new ConfigEditing({
      ...{ folder: this.folder, clock: new FakeClock(), log: silentLog, history },
      settings: () => ({ ...this.#now, edits: { ...this.#now.edits, ...this.edits } }),
      basis: () => ({ view: planView(this.#now, this.folder), waiting: this.waiting }),
      reload: () => this.prompts.then(() => this.#reload()),
    })
    await this.site.start()
  }

  get #now(): Settings {
    return this.#settings ?? assert.fail('no config')
  }

  get text(): string {
    return readFileSync(join(this.folder, 'groups.yaml'), 'utf8')
  }

  async #reload(): Promise<void> {
    const outcome = await loadConfig(this.folder, { env: {}, generation: 1, now: today })
    this.#settings = outcome.ok ? outcome.settings : assert.fail('a faulty config was written')
  }

  send(who: string, query: string, body: Uint8Array<ArrayBuffer>, type = 'audio/wav'): Promise<Response> {
    const headers = { authorization: `Bearer ${who}`, 'content-type': type }
    return fetch(`${this.site.url}/api/config/recordings?${query}`, { method: 'POST', headers, body })
  }

  async ask<Document>(who: string, method: string, path: string, body?: unknown, status = 200): Promise<Document> {
    const response = await this.site.ask(method, path, body, { authorization: `Bearer ${who}` })
    const text = await response.text()
    assert.equal(response.status, status, text)
    return (text === '' ? undefined : JSON.parse(text)) as Document
  }
}

describe('editing the config over HTTP', () => {
  let edited: EditedSite
  beforeEach(async () => {
    edited = new EditedSite()
    await edited.start()
  })
  afterEach(() => edited.site.stop())
  after(removeFolders)

  it('plans an edit without writing, makes it, and takes it back to the same bytes', async () => {
    const read = await edited.ask<EditableDocument>('ann', 'GET', '/api/config/objects/group/support')
    assert.equal(read.fields['agentAlertTime'], '15s')
    edited.waiting = [
      {
        ...{ call: 'c1' as CallId, queue: 'support' as QueueName, workflow: 'support' as WorkflowName },
        ...{ position: 1, waited: millis(5_000), rings: [] },
      },
    ]
    const planned = await edited.ask<EditOutcomeDocument>('ann', 'POST', '/api/config/edits/plan', alert('20s', read.version))
    assert.deepEqual(planned.changes[0]?.fields, [{ field: 'agentAlertTime', before: '15s', after: '20s' }])
    assert.deepEqual([planned.done, planned.id, planned.calls[0]?.effect], [true, null, 'keepsPlace'])
    assert.equal(edited.text, groups)
    const made = await edited.ask<EditOutcomeDocument>('ann', 'POST', '/api/config/edits', alert('20s', read.version))
    assert.deepEqual([made.done, made.id], [true, 1])
    assert.equal(edited.text, groups.replace('15s', '20s'))
    const undo = { kind: 'undo', id: 1 }
    const back = await edited.ask<EditOutcomeDocument>('ann', 'POST', '/api/config/edits/plan', undo)
    assert.deepEqual(back.changes[0]?.fields, [{ field: 'agentAlertTime', before: '20s', after: '15s' }])
    await edited.ask('ann', 'POST', '/api/config/edits', undo)
    assert.equal(edited.text, groups)
    const { edits } = await edited.ask<EditPageDocument>('ann', 'GET', '/api/config/edits?limit=1')
    assert.deepEqual(
      edits.map(({ id, who, name, undoes, mayUndo }) => [id, who, name, undoes, mayUndo]),
      [[2, 'ann', 'support', 1, true]],
    )
    const actions = (await edited.site.store.audit({ limit: 9 })).items.map(({ what }) => what)
    assert.deepEqual(actions, ['edited the config: undo', 'edited the config: change group support'])
  })

  it('names each fault and its field, and writes nothing', async () => {
    const made = await edited.ask<EditOutcomeDocument>('ann', 'POST', '/api/config/edits', alert('5s'))
    assert.equal(made.done, false)
    assert.deepEqual(
      made.faults.map(({ field, line }) => [field, line]),
      [['agentAlertTime', 4]],
    )
    assert.equal(edited.text, groups)
  })

  it('refuses an edit of a file that was changed meanwhile with 409', async () => {
    const { version } = await edited.ask<EditableDocument>('ann', 'GET', '/api/config/objects/group/support')
    writeFileSync(join(edited.folder, 'groups.yaml'), `${groups}# a colleague\n`)
    await edited.ask('ann', 'POST', '/api/config/edits', alert('20s', version), 409)
    assert.equal(edited.text, `${groups}# a colleague\n`)
  })

  it('lets managers edit what is theirs, and only admins or nobody if the config says so', async () => {
    await edited.ask('max', 'POST', '/api/config/edits', alert('30s'))
    await edited.ask('max', 'POST', '/api/config/edits', { kind: 'remove', of: 'group', name: 'support' }, 403)
    const { edits } = await edited.ask<EditPageDocument>('max', 'GET', '/api/config/edits')
    assert.deepEqual(
      edits.map(({ who }) => who),
      ['max'],
    )
    edited.edits = { by: 'admins' }
    await edited.ask('max', 'POST', '/api/config/edits', alert('31s'), 403)
    await edited.ask('ann', 'POST', '/api/config/edits', alert('31s'))
    edited.edits = { by: 'nobody' }
    await edited.ask('ann', 'POST', '/api/config/edits', alert('32s'), 403)
    await edited.ask('ann', 'GET', '/api/config/objects', undefined, 403)
  })

  it('shows a manager nothing of what others changed in the same moment, also not later', async () => {
    const seenBy = async (who: string): Promise<readonly (readonly string[])[]> => {
      const { edits } = await edited.ask<EditPageDocument>(who, 'GET', '/api/config/edits')
      return edits.map(({ changes }) => changes.map(({ kind, name }) => `${kind} ${name}`))
    }
    writeFileSync(join(edited.folder, 'groups.yaml'), `${groups}  - name: lab\n    agents: [sip:alice@example.com]\n`)
    await edited.ask('max', 'POST', '/api/config/edits', alert('30s'))
    assert.deepEqual(await seenBy('ann'), [['group support', 'group lab']])
    assert.deepEqual(await seenBy('max'), [['group support']])
  })

  it('refuses a body that is too large, too deep, or names no object', async () => {
    const list = (length: number) => ({ ...alert('20s'), set: { agents: Array.from({ length }, () => 'sip:alice@example.com') } })
    await edited.ask('ann', 'POST', '/api/config/edits/plan', list(2_000), 413)
    const keys = Object.fromEntries(Array.from({ length: 1_200 }, (_, index) => [`k${index}`, 1]))
    await edited.ask('ann', 'POST', '/api/config/edits/plan', { ...alert('20s'), set: { wrapUp: keys } }, 400)
    const other = { kind: 'add', of: 'group', name: 'lab', fields: { name: 'other', agents: [] } }
    await edited.ask('ann', 'POST', '/api/config/edits/plan', other, 400)
    let deep: unknown = 1
    for (let level = 0; level < 400; level += 1) deep = [deep]
    await edited.ask('ann', 'POST', '/api/config/edits/plan', { ...alert('20s'), set: { agents: deep } }, 400)
    await edited.ask('ann', 'POST', '/api/config/edits/plan', { ...alert('20s'), name: 'lab' }, 404)
    await edited.ask('ann', 'POST', '/api/config/edits/plan', { kind: 'undo', id: 7 }, 404)
    await edited.ask('ann', 'GET', '/api/config/objects/file/..%2F..%2Fetc%2Fpasswd', undefined, 404)
  })

  it('says which objects name one, and refuses to remove it with the places that still name it', async () => {
    const read = await edited.ask<EditableDocument>('ann', 'GET', '/api/config/objects/group/support')
    assert.deepEqual(read.usedBy, [{ of: 'queue', name: 'support' }])
    const agent = await edited.ask<EditableDocument>('ann', 'GET', '/api/config/objects/agent/sip:alice@EXAMPLE.com')
    assert.deepEqual(agent.usedBy, [{ of: 'group', name: 'support' }])
    const remove = { kind: 'remove', of: 'group', name: 'support' }
    const { done, faults } = await edited.ask<EditOutcomeDocument>('ann', 'POST', '/api/config/edits/plan', remove)
    assert.deepEqual([done, faults.map(({ file }) => file)], [false, ['queues.yaml']])
  })

  it('makes the next edit of a colleague while prompts of the last one are made, and counts only its own change', async () => {
    let made = (): void => undefined
    edited.prompts = new Promise(resolve => (made = resolve))
    const first = edited.ask<EditOutcomeDocument>('ann', 'POST', '/api/config/edits', alert('20s'))
    const wrapUp = { ...alert('20s'), set: { wrapUp: '5s' } }
    const second = await edited.ask<EditOutcomeDocument>('max', 'POST', '/api/config/edits/plan', wrapUp)
    assert.deepEqual(
      second.changes.map(({ fields }) => fields.map(({ field }) => field)),
      [['wrapUp']],
    )
    made()
    assert.equal((await first).done, true)
  })

  it('makes no edit of a person whose rights ended while it waited for its turn', async () => {
    const real = edited.site.editing
    let arrived = (): void => undefined
    const waits = new Promise<void>(resolve => (arrived = resolve))
    let begin = (): void => undefined
    const turn = new Promise<void>(resolve => (begin = resolve))
    const make: typeof real.make = async (...asked) => {
      arrived()
      await turn
      return real.make(...asked)
    }
    edited.site.editing = Object.assign(Object.create(real) as typeof real, { make })
    const third = edited.ask<{ detail: string }>('max', 'POST', '/api/config/edits', alert('20s'), 403)
    await waits
    edited.site.replaceAccess({ tokens: [token('ann', 'admin')] })
    begin()
    edited.site.editing = real
    assert.match((await third).detail, /may not edit any more/)
    assert.equal(edited.text, groups)
  })

  it('keeps a sound for a prompt, which an edit of the same manager may use, and commits both', async () => {
    const git = (...args: readonly string[]): string => execFileSync('git', ['-C', edited.folder, ...args], { encoding: 'utf8' })
    git('init', '--quiet')
    edited.edits = { git: true }
    const samples = new Float32Array(8_000).map((_, at) => Math.sin(at / 3) / 2)
    const sent = await edited.send('max', 'of=workflow&name=support&label=Welcome', wavOf(samples))
    const { file, seconds } = (await sent.json()) as RecordingDocument
    assert.deepEqual([sent.status, seconds], [200, 1])
    const list = await edited.ask<RecordingListDocument>('ann', 'GET', '/api/config/recordings')
    assert.deepEqual(
      list.recordings.map(each => [each.file, each.isUsed]),
      [[file, false]],
    )
    const edit = { kind: 'change', of: 'workflow', name: 'support', set: { welcome: { file } }, unset: [] }
    assert.equal((await edited.ask<EditOutcomeDocument>('max', 'POST', '/api/config/edits', edit)).notCommitted, null)
    assert.deepEqual(git('show', '--name-only', '--format=').trim().split('\n').sort(), [file, 'workflows.yaml'].sort())
    const heard = await edited.site.ask('GET', `/api/config/recordings/sound?file=${file}`, undefined, {
      authorization: 'Bearer max',
    })
    assert.equal(heard.headers.get('content-type'), 'audio/wav')
    assert.equal((await heard.arrayBuffer()).byteLength, 16_044)
    await edited.ask('ann', 'DELETE', `/api/config/recordings?file=${file}`, undefined, 409)
    await edited.ask('max', 'GET', '/api/config/recordings', undefined, 403)
  })

  it('refuses sounds that are too large, no sounds, or for an object of others', async () => {
    const status = async (who: string, query: string, body: Uint8Array<ArrayBuffer>, type?: string): Promise<number> =>
      (await edited.send(who, query, body, type)).status
    const query = 'of=workflow&name=support&label=x'
    assert.equal(await status('max', query, new Uint8Array(3_000_000)), 413)
    assert.equal(await status('max', query, new Uint8Array(100)), 400)
    assert.equal(await status('max', query, new Uint8Array(100), 'application/octet-stream'), 415)
    assert.equal(await status('max', 'of=workflow&name=sales&label=x', wavOf(new Float32Array(8_000).fill(0.1))), 403)
    assert.equal(await status('max', 'of=file&name=sales&label=x', new Uint8Array(100)), 400)
    const elsewhere = await fetch(`${edited.site.url}/api/config/edits`, {
      ...{ method: 'POST', body: new Uint8Array(9_000) },
      headers: { authorization: 'Bearer max', 'content-type': 'audio/wav' },
    })
    assert.equal(elsewhere.status, 400, 'other routes read no sounds')
  })

  it('speaks words for a person who may edit, up to 1,000 characters in a language', async () => {
    const speak = async (body: unknown, who = 'max'): Promise<Response> =>
      edited.site.ask('POST', '/api/config/speech', body, { authorization: `Bearer ${who}` })
    const spoken = await speak({ text: 'Welcome.', language: 'en-us' })
    assert.deepEqual([spoken.status, spoken.headers.get('content-type')], [200, 'audio/wav'])
    for (const [text, language] of [
      ['x'.repeat(1_001), 'en-US'],
      ['', 'en-US'],
      ['Hello.', '-v; rm'],
      ['Hello.', '--help'],
    ])
      assert.equal((await speak({ text, language })).status, 400, `${text ?? ''} ${language ?? ''}`)
  })

  it('commits each edit with git in the name of the person, without a shell and without hooks', async () => {
    const git = (...args: readonly string[]): string => execFileSync('git', ['-C', edited.folder, ...args], { encoding: 'utf8' })
    edited.edits = { git: true }
    const outside = await edited.ask<EditOutcomeDocument>('ann', 'POST', '/api/config/edits', alert('19s'))
    assert.match(outside.notCommitted ?? '', /not a git repository/)
    git('init', '--quiet')
    writeFileSync(join(edited.folder, '.git/hooks/pre-commit'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
    const made = await edited.ask<EditOutcomeDocument>('ann', 'POST', '/api/config/edits', alert('20s'))
    assert.equal(made.notCommitted, null)
    assert.equal(git('log', '--format=%an %s'), 'ann change group support\n')
    assert.equal(git('show', '--name-only', '--format='), 'groups.yaml\n')
  })

  it('commits an edit that names a recording which does not exist, so that the next person’s commit does not have it', async () => {
    const git = (...args: readonly string[]): string => execFileSync('git', ['-C', edited.folder, ...args], { encoding: 'utf8' })
    git('init', '--quiet')
    edited.edits = { git: true }
    const edit = { ...alert('21s'), set: { description: 'see prompts/none-0123456789abcdef.wav' } }
    const made = await edited.ask<EditOutcomeDocument>('ann', 'POST', '/api/config/edits', edit)
    assert.equal(made.notCommitted, null)
    assert.equal(git('show', '--name-only', '--format=%an'), 'ann\n\ngroups.yaml\n')
  })

  it('refuses an edit that changes nothing, because it would displace an older one from the history', async () => {
    await edited.ask('ann', 'POST', '/api/config/edits', alert('20s'))
    const again = await edited.ask<{ detail: string }>('ann', 'POST', '/api/config/edits', alert('20s'), 409)
    assert.match(again.detail, /changes nothing/)
    const { edits } = await edited.ask<EditPageDocument>('ann', 'GET', '/api/config/edits')
    assert.equal(edits.length, 1)
  })
})
