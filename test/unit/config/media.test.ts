import assert from 'node:assert/strict'
import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { phraseLanguages, phrasesIn } from '../../../src/config/phrases.js'
import { watchConfig } from '../../../src/config/watch.js'
import { formatFault } from '../../../src/config/faults.js'
import { loadConfig } from '../../../src/config/load.js'
import type { PromptSettings, Settings } from '../../../src/config/settings.js'
import { systemClock } from '../../../src/foundation/clock.js'
import { faultsOf, newFolder, removeFolders, settingsOf, wav, warningsOf, writeFolder, type Files } from './folder.js'

const server = (lines: string): Files => ({ 'carillon.yaml': `sip: { domain: example.com, trustedPeers: [10.0.0.1] }\n${lines}` })
const workflow = (lines: string): Files => ({
  'workflows.yaml': `workflows:\n  - name: support\n    uri: sip:support@example.com\n    queue: support\n${lines}`,
})
const queue = (lines: string): Files => ({ 'queues.yaml': `queues:\n  - name: support\n    groups: [support]\n${lines}` })

const promptOf = (settings: Settings, id: string | undefined): PromptSettings | undefined =>
  settings.media.prompts.find(prompt => prompt.id === id)

async function loaded(folder: string): Promise<Settings> {
  const outcome = await loadConfig(folder, { env: {}, generation: 1 })
  assert.ok(outcome.ok, outcome.ok ? '' : outcome.faults.map(formatFault).join('\n'))
  return outcome.settings
}

describe('media in the config', () => {
  after(removeFolders)

  it('is built in, has ten thousand ports and keeps speech beside the store by default', async () => {
    const { media, records } = await settingsOf()
    assert.deepEqual([media.engine, media.ports, media.tts], ['builtin', { first: 20_000, last: 29_999 }, undefined])
    assert.ok(media.cacheFolder.endsWith('/data/speech'))
    assert.deepEqual(media.prompts, [
      { id: 'builtin:default', sound: { kind: 'builtin', name: 'default' }, where: 'carillon.yaml:1:1' },
    ])
    assert.equal(media.musicOnHold, 'builtin:default')
    assert.equal(records.keep, 90 * 86_400_000)
  })

  it('accepts other ports, a program for speech, a folder, and the time to keep records', async () => {
    const { media, records, journal } = await settingsOf(
      server(`media: { engine: none, ports: 4000-4001, cache: /var/speech, tts: { command: [espeak-ng, -v, "{language}"] } }
records: { keep: 30d }
journal: { keep: 36h }
`),
    )
    assert.deepEqual([media.engine, media.ports], ['none', { first: 4_000, last: 4_001 }])
    assert.deepEqual([media.cacheFolder, media.tts], ['/var/speech', { command: ['espeak-ng', '-v', '{language}'] }])
    assert.deepEqual([records.keep, journal.keep], [30 * 86_400_000, 36 * 3_600_000])
  })

  for (const [what, files, expected] of [
    [
      'an engine that is not built',
      server('media: { engine: rtpengine }\n'),
      "carillon.yaml:2:18: expected one of none, builtin ('rtpengine' is not supported yet: rtpengine), found 'rtpengine'",
    ],
    [
      'ports the wrong way round',
      server('media: { ports: 3000-2000 }\n'),
      "carillon.yaml:2:17: expected ports such as 20000-29999, from 1024 to 65535, found '3000-2000'",
    ],
    [
      'a single port',
      server('media: { ports: 3000 }\n'),
      'carillon.yaml:2:17: expected ports such as 20000-29999, from 1024 to 65535, found 3000',
    ],
    [
      'a port that is none',
      server('media: { ports: 60000-70000 }\n'),
      "carillon.yaml:2:17: expected ports such as 20000-29999, from 1024 to 65535, found '60000-70000'",
    ],
    [
      'a program without words',
      server('media: { tts: { command: [] } }\n'),
      'carillon.yaml:2:26: expected a program and its arguments, found an empty list',
    ],
    [
      'records that are kept for too short',
      server('records: { keep: 1h }\n'),
      "carillon.yaml:2:18: expected 24h to 87840h, found '1h'",
    ],
    [
      'music that does not come with Carillon',
      server('defaults: { musicOnHold: "builtin:defualt" }\n'),
      "carillon.yaml:2:26: expected builtin:default, found 'builtin:defualt'; did you mean 'builtin:default'?",
    ],
    [
      'a misspelt key of music',
      server('defaults: { musicOnHold: { fiel: a.wav } }\n'),
      "carillon.yaml:2:28: unknown key 'fiel'; did you mean 'file'?",
    ],
    [
      'a prompt without words or file',
      workflow('    welcome: {}\n'),
      "workflows.yaml:5:14: a prompt needs 'say' (words) or 'file' (a WAV file)",
    ],
    [
      'a prompt without a word',
      workflow('    welcome: { say: "  " }\n'),
      "workflows.yaml:5:21: expected words to speak, found '  '",
    ],
    [
      'a prompt that is too long',
      workflow(`    welcome: { say: ${'x'.repeat(4_097)} }\n`),
      `workflows.yaml:5:21: expected up to 4096 characters, found '${'x'.repeat(80)}…'`,
    ],
    [
      'a file that is no WAV by its name',
      workflow('    welcome: { file: hi.mp3 }\n'),
      "workflows.yaml:5:22: expected a WAV or WMA file such as prompts/welcome.wav, found 'hi.mp3'",
    ],
    [
      'a file that is no WAV by its content',
      { ...workflow('    welcome: { file: hi.wav }\n'), 'hi.wav': 'ID3' },
      "workflows.yaml:5:22: 'hi.wav' can't be played: it is not a WAV file",
    ],
    [
      'a WAV of 24 bits',
      { ...workflow('    welcome: { file: hi.wav }\n'), 'hi.wav': wav({ bits: 24 }) },
      "workflows.yaml:5:22: 'hi.wav' can't be played: it has 24 bits a sample; expected 8 or 16 for PCM",
    ],
    [
      'a compressed WAV',
      { ...workflow('    welcome: { file: hi.wav }\n'), 'hi.wav': wav({ code: 85 }) },
      "workflows.yaml:5:22: 'hi.wav' can't be played: its sound is compressed (format 85); expected PCM, A-law or µ-law",
    ],
    [
      'a WAV of six channels',
      { ...workflow('    welcome: { file: hi.wav }\n'), 'hi.wav': wav({ channels: 6 }) },
      "workflows.yaml:5:22: 'hi.wav' can't be played: it has 6 channels; expected mono or stereo",
    ],
    [
      'a WAV that was cut',
      { ...workflow('    welcome: { file: hi.wav }\n'), 'hi.wav': wav().subarray(0, 30) },
      "workflows.yaml:5:22: 'hi.wav' can't be played: the WAV is cut short",
    ],
    [
      'a WAV that is too large',
      { ...workflow('    welcome: { file: hi.wav }\n'), 'hi.wav': Buffer.concat([wav(), Buffer.alloc(4_194_304)]) },
      "workflows.yaml:5:22: 'hi.wav' can't be played: the file is larger than 4 MB",
    ],
    [
      'an announcement of nothing',
      queue('    announce: { every: 30s }\n'),
      "queues.yaml:4:15: 'announce' has no effect; set position: true or wait: true",
    ],
    [
      'announcements that come too often',
      queue('    announce: { wait: true, every: 5s }\n'),
      "queues.yaml:4:36: expected 10s to 10m, found '5s'",
    ],
    [
      'announcements in a language without phrases',
      queue('    language: sv\n    announce: { wait: true }\n'),
      'queues.yaml:5:5: announcements exist only in en, fr, de, es, it, nl, pt, not in sv',
    ],
    [
      'an action that is a prompt alone',
      queue('    timeout: { after: 30s, action: { prompt: { say: hi } } }\n'),
      'queues.yaml:4:36: an action needs one of disconnect, voicemail, number, uri, queue',
    ],
  ] as const satisfies readonly (readonly [string, Files, string])[])
    it(`refuses ${what}`, async () => assert.deepEqual(await faultsOf(files), [expected]))

  it('names a missing prompt file once for every place that uses it', async () => {
    const faults = await faultsOf(workflow('    welcome: { file: prompts/hi.wav }\n    musicOnHold: { file: prompts/hi.wav }\n'))
    assert.equal(faults.length, 2)
    assert.match(
      faults[0] ?? '',
      /^workflows\.yaml:5:22: 'prompts\/hi\.wav' can't be played: there is no such file in the config folder/,
    )
    assert.match(faults[1] ?? '', /^workflows\.yaml:6:26: /)
  })

  it('never waits for a prompt file that is a folder', async () => {
    const folder = writeFolder(workflow('    welcome: { file: hi.wav }\n'))
    mkdirSync(join(folder, 'hi.wav'))
    const outcome = await loadConfig(folder, { env: {}, generation: 1 })
    assert.ok(!outcome.ok)
    assert.deepEqual(outcome.faults.map(formatFault), ["workflows.yaml:5:22: 'hi.wav' can't be played: it is not a file"])
  })

  for (const format of [{ bits: 8 }, { bits: 16, channels: 2 }, { code: 6, bits: 8 }, { code: 7, bits: 8, channels: 2 }])
    it(`accepts a WAV of ${JSON.stringify(format)}`, async () => {
      const settings = await settingsOf({ ...workflow('    welcome: { file: hi.wav }\n'), 'hi.wav': wav(format) })
      const sound = promptOf(settings, settings.routing.workflows[0]?.welcome)?.sound
      assert.ok(sound?.kind === 'file' && sound.file.endsWith('/hi.wav') && sound.instead === undefined)
    })

  it('speaks the words and warns if the file can’t be played', async () => {
    const files = workflow('    language: fr\n    welcome: { say: bonjour, file: hi.wav }\n')
    const settings = await settingsOf(files)
    const sound = promptOf(settings, settings.routing.workflows[0]?.welcome)?.sound
    assert.ok(sound?.kind === 'file')
    assert.deepEqual(sound.instead, { text: 'bonjour', language: 'fr' })
    const [missing = '', ...others] = await warningsOf(files)
    assert.match(missing, /^workflows\.yaml:6:36: 'hi\.wav' can't be played: .*; its words are spoken instead$/)
    assert.deepEqual(others, [])
  })

  it('treats the same words in the same language as one prompt, wherever they are used', async () => {
    const settings = await settingsOf({
      ...workflow('    welcome: { say: hello }\n    musicOnHold: { say: " hello\\n" }\n'),
      ...queue('    timeout: { after: 30s, action: { disconnect: true, prompt: { say: hello } } }\n    language: fr\n'),
    })
    const { routing, media } = settings
    const [first] = routing.workflows
    assert.equal(first?.musicOnHold, first?.welcome)
    assert.notEqual(routing.queues[0]?.timeout?.action.prompt, first?.welcome)
    assert.deepEqual(
      media.prompts.map(({ sound, where }) => [sound, where]),
      [
        [{ kind: 'builtin', name: 'default' }, 'carillon.yaml:1:1'],
        [{ kind: 'say', text: 'hello', language: 'fr' }, 'queues.yaml:4:64'],
        [{ kind: 'say', text: 'hello', language: 'en-US' }, 'workflows.yaml:5:14'],
      ],
    )
  })

  it('treats a file as another prompt only after its content has changed', async () => {
    const folder = writeFolder({ ...workflow('    welcome: { file: hi.wav }\n'), 'hi.wav': wav() })
    const idOf = async (): Promise<string | undefined> => (await loaded(folder)).routing.workflows[0]?.welcome
    const before = await idOf()
    utimesSync(join(folder, 'hi.wav'), 1_000, 1_000)
    assert.equal(await idOf(), before)
    writeFileSync(join(folder, 'hi.wav'), wav({ fill: 1 }))
    assert.notEqual(await idOf(), before)
  })

  it('gives each prompt the same id in every process', async () => {
    const settings = await settingsOf(workflow('    welcome: { say: hello }\n'))
    assert.equal(settings.routing.workflows[0]?.welcome, '0b3f2f39be5949a3afab9667')
  })

  it('prepares the announcements for waiting callers in the language of the queue', async () => {
    const settings = await settingsOf(queue('    language: fr-CA\n    announce: { position: true, wait: true, every: 10m }\n'))
    const announce = settings.routing.queues[0]?.announce
    assert.equal(announce?.every, 600_000)
    const words = (ids: readonly string[]): unknown[] =>
      ids.map(id => {
        const sound = promptOf(settings, id)?.sound
        return sound?.kind === 'say' && sound.language === 'fr-CA' && sound.text
      })
    assert.deepEqual(words(announce.positions), phrasesIn('fr')?.positions)
    assert.deepEqual(words(announce.waits), phrasesIn('fr')?.waits)
    const half = await settingsOf(queue('    announce: { position: true }\n'))
    assert.deepEqual([half.routing.queues[0]?.announce?.positions.length, half.routing.queues[0]?.announce?.waits], [21, []])
    assert.equal(half.routing.queues[0]?.announce?.every, 60_000)
  })

  it('has phrases for places up to twenty and waits up to thirty minutes in each language, and for more', () => {
    assert.deepEqual([...phraseLanguages()].sort(), ['de', 'en', 'es', 'fr', 'it', 'nl', 'pt'])
    for (const language of phraseLanguages()) {
      const { positions, waits } = phrasesIn(language) ?? { positions: [], waits: [] }
      assert.deepEqual([positions.length, waits.length], [21, 31])
      assert.equal(new Set([...positions, ...waits]).size, 52)
    }
    assert.equal(phrasesIn('en-US')?.positions[0], 'You are first in line.')
    assert.equal(phrasesIn('en')?.waits[2], 'Your estimated wait is about three minutes.')
    assert.equal(phrasesIn('de-AT')?.positions[2], 'Sie sind an dritter Stelle in der Warteschlange.')
    assert.equal(phrasesIn('pt-BR')?.waits[15], 'O tempo de espera estimado é de cerca de 16 minutos.')
    assert.equal(phrasesIn('sv'), undefined)
  })

  it('is read again when a prompt file changes', async () => {
    const folder = newFolder()
    writeFileSync(join(folder, 'hi.WAV'), wav())
    let told = (): void => undefined
    const change = (): Promise<void> => new Promise(resolve => (told = resolve))
    const watch = await watchConfig(folder, { changed: () => told(), impaired: why => assert.fail(why) }, systemClock)
    try {
      const changed = change()
      writeFileSync(join(folder, 'hi.WAV'), wav({ fill: 1 }))
      await changed
      const gone = change()
      rmSync(join(folder, 'hi.WAV'))
      await gone
    } finally {
      await watch.close()
    }
  })
})
