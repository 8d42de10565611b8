import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { evened, levelsOf, loudnessOf, wavOf } from '../../../console/src/pages/setup/sound.js'
import { prepareEdit, type EditTask } from '../../../src/config/edit/prepare.js'
import { isRecording } from '../../../src/config/edit/recording-names.js'
import { keepRecording, listRecordings, removeRecording, soundOf } from '../../../src/config/edit/recordings.js'
import { base, newFolder, removeFolders, wav, writeFolder } from './folder.js'

const manager: EditTask['rights'] = { kind: 'managed', workflows: ['support'] }
const taskOf = (folder: string, rights: EditTask['rights'] = { kind: 'all' }): EditTask => ({
  folder,
  rights,
  env: {},
  generation: 2,
})
const tone = (seconds: number, volume = 0.5): Uint8Array =>
  wavOf(Float32Array.from({ length: Math.round(seconds * 8_000) }, (_, at) => volume * Math.sin(at / 3)))
const asked = (bytes: Uint8Array, label = 'welcome', name = 'support') =>
  ({ bytes, of: 'workflow', name, label, history: join(newFolder(), 'none') }) as const

async function kept(task: EditTask, ask: ReturnType<typeof asked>): Promise<string> {
  const outcome = await keepRecording(task, ask)
  return outcome.kind === 'kept' ? outcome.file : assert.fail(outcome.because)
}

describe('a recording', () => {
  after(removeFolders)

  it('is kept in the prompts of the config by a manager of its workflow, who may then use and hear it', async () => {
    const task = taskOf(writeFolder({}), manager)
    const file = await kept(task, asked(tone(1), 'Message d’accueil'))
    assert.match(file, /^prompts\/support-message-daccueil-[0-9a-f]{16}\.wav$/)
    assert.ok(isRecording(file))
    const set = { welcome: { file } }
    const edit = await prepareEdit(task, { edit: { kind: 'change', of: 'workflow', name: 'support', set, unset: [] } })
    assert.equal(edit.kind, 'ready')
    assert.deepEqual(await soundOf(task, file), readFileSync(join(task.folder, file)))
    assert.equal(await kept(task, asked(tone(1), 'Message d’accueil')), file, 'the same sound has the same name')
  })

  it('is refused for workflows of others, in another format, and if it is too long or too short', async () => {
    const task = taskOf(writeFolder({}), manager)
    const kindOf = async (bytes: Uint8Array, name?: string): Promise<string> =>
      (await keepRecording(task, asked(bytes, 'x', name))).kind
    assert.equal(await kindOf(tone(1), 'sales'), 'forbidden')
    assert.equal(await kindOf(wav({ bits: 8 })), 'unusable')
    assert.equal(await kindOf(wav({ channels: 2 })), 'unusable')
    assert.equal(await kindOf(Buffer.from('<script>')), 'unusable')
    assert.equal(await kindOf(tone(180.5)), 'unusable')
    assert.equal(await kindOf(tone(0.05)), 'unusable')
    assert.equal(existsSync(join(task.folder, 'prompts')), false)
  })

  it('can’t leave its folder, whatever its label says, and keeps nothing of the upload but its samples', async () => {
    const task = taskOf(writeFolder({}))
    const hidden = Buffer.concat([tone(1), Buffer.from('LIST\u0010\u0000\u0000\u0000<script>alert()'.padEnd(24))])
    for (const label of ['../../etc/passwd', '/tmp/x', '.hidden', '…', 'a\0b', 'x'.repeat(5_000)]) {
      const file = await kept(task, asked(hidden, label))
      assert.ok(isRecording(file), file)
      assert.deepEqual(readFileSync(join(task.folder, file)), Buffer.from(tone(1)))
    }
    assert.deepEqual(readdirSync(task.folder).sort(), [...Object.keys(base), 'prompts'].sort())
  })

  it('is not written through a link', async () => {
    const task = taskOf(writeFolder({}))
    symlinkSync(newFolder(), join(task.folder, 'prompts'))
    assert.equal((await keepRecording(task, asked(tone(1)))).kind, 'failed')
  })

  it('is removed with the next one when nothing has named it for an hour, but not if an edit of the past did', async () => {
    const task = taskOf(writeFolder({}))
    const history = newFolder()
    const [used, past, unused] = [
      await kept(task, asked(tone(1))),
      await kept(task, asked(tone(1.1))),
      await kept(task, asked(tone(1.2))),
    ]
    writeFileSync(
      join(task.folder, 'workflows.yaml'),
      `workflows: [{ name: support, uri: "sip:support@example.com", queue: support, welcome: { file: ${used} } }]\n`,
    )
    writeFileSync(join(history, '00000001.json'), JSON.stringify({ back: { set: { welcome: { file: past } } } }))
    writeFileSync(join(task.folder, 'prompts/by-hand.wav'), wav())
    const old = new Date(Date.now() - 2 * 3_600_000)
    for (const file of [used, past, unused, 'prompts/by-hand.wav']) utimesSync(join(task.folder, file), old, old)
    const last = await kept(task, { ...asked(tone(1.3)), history })
    const listed = await listRecordings(task)
    assert.deepEqual(
      listed.map(({ file, isUsed }) => [file, isUsed]).sort(),
      [
        [used, true],
        [past, false],
        [last, false],
      ].sort(),
    )
    assert.ok(existsSync(join(task.folder, 'prompts/by-hand.wav')))
    assert.equal(await removeRecording(task, used), 'used')
    assert.equal(await removeRecording(task, last), 'removed')
    assert.equal(await removeRecording(task, 'prompts/by-hand.wav'), 'absent')
    assert.equal(await removeRecording(task, '../x-0123456789abcdef.wav'), 'absent')
  })

  it('has no place beside 200 others that nothing uses', async () => {
    const task = taskOf(writeFolder({}))
    mkdirSync(join(task.folder, 'prompts'))
    for (let at = 0; at < 200; at += 1) writeFileSync(join(task.folder, `prompts/x-${String(at).padStart(16, '0')}.wav`), '')
    assert.equal((await keepRecording(task, asked(tone(1)))).kind, 'full')
  })

  it('takes the place of one that only the history of edits names, the oldest first, when there is no other place', async () => {
    const task = taskOf(writeFolder({}))
    const history = newFolder()
    mkdirSync(join(task.folder, 'prompts'))
    const names = Array.from({ length: 500 }, (_, at) => `prompts/x-${String(at).padStart(16, '0')}.wav`)
    writeFileSync(join(history, '00000001.json'), JSON.stringify(names))
    for (const [at, name] of names.entries()) {
      writeFileSync(join(task.folder, name), '')
      const old = new Date(Date.now() - (2 + at) * 3_600_000)
      utimesSync(join(task.folder, name), old, old)
    }
    await kept(task, { ...asked(tone(1)), history })
    const left = new Set((await listRecordings(task)).map(({ file }) => file))
    assert.deepEqual(
      names.filter(name => !left.has(name)),
      names.slice(-1),
    )
  })

  it('is not heard by a manager of another workflow, nor is any file that no prompt names', async () => {
    const folder = writeFolder({
      'prompts/by-hand.wav': wav(),
      'prompts/other.wav': wav(),
      'secret.wav': 'not a sound',
      'workflows.yaml':
        'workflows: [{ name: support, uri: "sip:support@example.com", queue: support, welcome: { file: prompts/by-hand.wav, say: x }, closed: { prompt: { file: secret.wav, say: x } } }]\n',
    })
    assert.ok(await soundOf(taskOf(folder, manager), 'prompts/by-hand.wav'))
    assert.ok(await soundOf(taskOf(folder), 'prompts/by-hand.wav'))
    assert.equal(await soundOf(taskOf(folder, { kind: 'managed', workflows: ['sales'] }), 'prompts/by-hand.wav'), undefined)
    for (const file of ['prompts/other.wav', 'secret.wav', 'agents.yaml', '../x.wav', 'prompts/none-0123456789abcdef.wav'])
      assert.equal(await soundOf(taskOf(folder), file), undefined, file)
  })
})

describe('the volume of a recording', () => {
  it('is told, and evened out to what callers expect', () => {
    const sine = (volume: number): Float32Array => Float32Array.from({ length: 8_000 }, (_, at) => volume * Math.sin(at / 3))
    assert.equal(loudnessOf(levelsOf(new Float32Array(8_000))), 'silent')
    assert.equal(loudnessOf(levelsOf(sine(0.02))), 'quiet')
    assert.equal(loudnessOf(levelsOf(sine(1))), 'loud')
    for (const volume of [0.02, 0.1, 1]) {
      const { average } = levelsOf(evened(sine(volume)))
      assert.ok(Math.abs(average + 20) < 0.5, String(average))
    }
    assert.ok(levelsOf(evened(Float32Array.from([...sine(0.01), 1]))).peak <= -0.9, 'no peak is cut off')
  })
})
