import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../../../src/foundation/clock.js'
import { PromptCache } from '../../../src/media/prompts/prompts-cache.js'
import { inspectPrompts } from '../../../src/media/prompts/prompts-inspection.js'
import { PromptMaker } from '../../../src/media/prompts/prompts-maker.js'
import { Voices } from '../../../src/media/prompts/speech.js'
import { WmaConverter } from '../../../src/media/prompts/wma.js'
import { promptId } from '../../../src/routing/world/ids.js'
import { removeFolders, settingsOf } from '../config/folder.js'
import { in16Bits, temporaryFolder, tone, wav } from './prompts-files.js'

/** The first bytes of each WMA file, and something behind them. */
const wma = Buffer.concat([Buffer.from('3026b2758e66cf11a6d900aa0062ce6c', 'hex'), Buffer.from('the sound')])

describe('a WMA file as a prompt', () => {
  const folder = temporaryFolder()
  after(removeFolders)
  const at = (name: string): string => join(folder.path, name)
  const prompt = () => ({ kind: 'file', file: at('welcome.wma') }) as const

  /** A program that writes two seconds of a tone for what it reads, as ffmpeg would. */
  function ffmpeg(): string {
    writeFileSync(at('tone.wav'), wav(8_000, '16', in16Bits(tone(440, 8_000, 16_000))))
    const script = `#!/bin/sh\n[ "$1" = -version ] && exit 0\ncat > '${at('input')}'\necho "$@" > '${at('words')}'\ncat '${at('tone.wav')}'\n`
    writeFileSync(at('ffmpeg'), script, { mode: 0o755 })
    return at('ffmpeg')
  }

  function made(program: string) {
    writeFileSync(at('welcome.wma'), wma)
    mkdirSync(at('cache'), { recursive: true })
    const converter = new WmaConverter(systemClock, program)
    const voices = new Voices({}, systemClock)
    return new PromptMaker(voices, new PromptCache(at('cache')), new AbortController().signal, converter).make(prompt())
  }
  const inspected = (program: string) =>
    inspectPrompts([{ id: promptId('p'), where: 'w.yaml:1:1', sound: prompt() }], { ffmpeg: program }, systemClock)

  it('is converted by ffmpeg, which reads only this file and only as WMA', async () => {
    const sound = await made(ffmpeg())
    assert.equal(sound.kind === 'sound' ? sound.sound.pcmu.length : sound.because, 16_000)
    assert.deepEqual(readFileSync(at('input')), wma)
    assert.match(readFileSync(at('words'), 'utf8'), /-protocol_whitelist pipe -f asf -i pipe:0 .*-ar 8000 .*-f wav pipe:1/)
    assert.deepEqual(await inspected(at('ffmpeg')), [])
  })

  it('is converted once, and the result is kept', async () => {
    await made(ffmpeg())
    rmSync(at('ffmpeg'))
    const again = await made(at('ffmpeg'))
    assert.equal(again.kind, 'sound')
  })

  it('is silent without ffmpeg, and check says so', async () => {
    const why = `'${at('welcome.wma')}' can't be played: it is a WMA file, and ffmpeg, which converts it, is not installed on this machine`
    assert.deepEqual(await made(at('missing')), { kind: 'silence', because: why })
    assert.deepEqual(await inspected(at('missing')), [{ where: 'w.yaml:1:1', what: why, silent: true }])
  })

  it('is a valid prompt of a config', async () => {
    const { media } = await settingsOf({
      'welcome.wma': wma,
      'workflows.yaml':
        'workflows: [{ name: support, uri: "sip:support@example.com", queue: support, welcome: { file: welcome.wma } }]\n',
    })
    assert.ok(media.prompts.some(({ sound }) => sound.kind === 'file' && sound.file.endsWith('/welcome.wma')))
  })
})
