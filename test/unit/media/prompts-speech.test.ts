import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '../../../src/foundation/clock.js'
import { seconds } from '../../../src/foundation/time.js'
import { runProgram } from '../../../src/media/prompts/speech-program.js'
import { Voices, type SpeechSettings } from '../../../src/media/prompts/speech.js'
import { linear } from '../../../src/media/prompts/wav-sound.js'
import { readWavHead } from '../../../src/config/wav-head.js'
import { record } from '../../../src/media/prompts/wav.js'
import { FakeClock } from '../../fakes/clock.js'
import { level, lifelines, temporaryFolder } from './prompts-files.js'

const never = new AbortController().signal

/** A command that runs this JavaScript. */
const node = (code: string): readonly string[] => [process.execPath, '-e', code]

const limits = (timeout = seconds(10), abort = never): Parameters<typeof runProgram>[2] => ({
  clock: systemClock,
  timeout,
  abort,
})

async function fails(command: readonly string[], timeout = seconds(10), abort = never): Promise<string> {
  const result = await runProgram(command, 'some words', limits(timeout, abort))
  return result.ok ? 'it did not' : result.fault
}

describe('a speech program', () => {
  const folder = temporaryFolder()

  it('gets the text and writes a WAV file', async () => {
    const echo = node('process.stdin.pipe(process.stdout)')
    assert.deepEqual(await runProgram(echo, 'Grüß Gott', limits()), { ok: true, value: Buffer.from('Grüß Gott') })
  })

  it('is quoted when it fails', async () => {
    assert.equal(await fails(node("console.error('no such\\n voice'); process.exit(3)")), 'ended with exit code 3: no such voice')
    assert.equal(await fails(node('process.exit(4)')), 'ended with exit code 4')
    assert.equal(await fails(node("process.kill(process.pid, 'SIGTERM')")), 'ended with SIGTERM')
  })

  it('is named when it does not exist', async () => {
    assert.match(await fails([join(folder.path, 'missing')]), /^can't be started: .*ENOENT/)
    assert.match(await fails(['']), /^can't be started/)
  })

  it('may ignore its input', async () => {
    const long = 'word '.repeat(100_000)
    assert.deepEqual(await runProgram(node("process.stdin.destroy(); console.log('x')"), long, limits()), {
      ok: true,
      value: Buffer.from('x\n'),
    })
  })

  it('is killed with all its child processes when it hangs', async () => {
    const alive = await lifelines(join(folder.path, 'socket'), 2)
    const child = `require('node:net').connect(${JSON.stringify(alive.path)}).resume()`
    const parent = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: 'inherit' }); ${child}`
    const clock = new FakeClock()
    const result = runProgram(node(parent), 'some words', { clock, timeout: seconds(30), abort: never })
    await alive.begun
    clock.pass(30_000)
    assert.deepEqual(await result, { ok: false, fault: 'took longer than 30s' })
    await alive.ended
  })

  it('is killed when it hangs, with processes that left its group and session or outlived their parent', async function () {
    if (process.platform !== 'linux') return this.skip()
    const alive = await lifelines(join(folder.path, 'socket'), 2)
    const alone = `require('node:net').connect(${JSON.stringify(alive.path)}).resume()`
    const started = (code: string): string =>
      `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(code)}], { detached: true, stdio: 'ignore' })`
    // The middle process ends at once, so its child has no parent.
    const parent = `${started(alone)}; ${started(`${started(alone)}.unref()`)}; setInterval(() => {}, 1000)`
    const clock = new FakeClock()
    const result = runProgram(node(parent), 'some words', { clock, timeout: seconds(30), abort: never })
    await alive.begun
    clock.pass(30_000)
    await result
    await alive.ended
  })

  it('is ended when Carillon ends, and not started afterwards', async () => {
    const abort = new AbortController()
    const failed = fails(node('setInterval(() => {}, 1000)'), seconds(10), abort.signal)
    abort.abort()
    assert.equal(await failed, 'was ended: Carillon ends')
    assert.equal(await fails(node('0'), seconds(10), abort.signal), 'was not started: Carillon ends')
  })

  it('is stopped when it writes without end', async () => {
    const flood = 'const piece = Buffer.alloc(1 << 20); const write = () => process.stdout.write(piece, write); write()'
    assert.equal(await fails(node(flood)), 'wrote more than 64 MB')
  })
})

describe('voices', () => {
  const folder = temporaryFolder()
  const found = async (language: string, settings: SpeechSettings): Promise<string> => {
    const voice = await new Voices(settings, systemClock).find(language)
    return voice.ok ? voice.value.name : voice.fault
  }
  const absent = '/nonexistent/espeak-ng'

  it('include the built-in one for English of any region; other languages need a program', async () => {
    for (const language of ['en', 'en-US', 'en-GB', 'EN-au'])
      assert.equal(await found(language, { espeak: absent, espeakPackage: 'none' }), 'flite slt')
    for (const language of ['fr-FR', 'eng', 'enm'])
      assert.equal(
        await found(language, { espeak: absent, espeakPackage: 'none' }),
        `no voice for ${language}: install espeak-ng or set media.tts.command`,
      )
  })

  it('speak German, Spanish, Italian, Dutch, Portuguese and French without a program of the system, each in its own way', async () => {
    const voices = new Voices({ espeak: absent }, systemClock)
    const spoken = new Map<string, Int16Array>()
    for (const language of ['de-DE', 'es', 'it-IT', 'nl', 'pt-BR', 'fr-FR']) {
      const voice = await voices.find(language)
      const wav = voice.ok ? await voice.value.speak('Wilkommen, señora: 16.', never) : assert.fail(voice.fault)
      const head = wav.ok ? readWavHead(wav.value) : assert.fail(wav.fault)
      spoken.set(language, head.ok ? linear(record(head.value)) : assert.fail(head.fault))
    }
    for (const [language, samples] of spoken) {
      assert.ok(samples.length > 8_000, `${language} speaks for a second`)
      assert.ok(level(samples, 32_768) > -30, `${language} is heard`)
    }
    const sounds = [...spoken.values()].map(samples => Buffer.from(samples.buffer).toString('base64'))
    assert.equal(new Set(sounds).size, 6)
  })

  it('use the configured command for all languages, with the language filled in', async () => {
    const command = ['say', '--lang={language}', '{voice}.onnx']
    assert.equal(await found('pt-BR', { command }), JSON.stringify(['say', '--lang=pt-BR', 'pt.onnx']))
    assert.equal(await found('en', { command }), JSON.stringify(['say', '--lang=en', 'en.onnx']))
  })

  it('use espeak-ng for the languages that it lists: exactly, without the region, or with any region', async () => {
    const list = [
      'Pty Language       Age/Gender VoiceName          File                 Other Languages',
      ' 5  de              --/M      German             gmw/de',
      ' 5  fr-be           --/M      French_(Belgium)   roa/fr-BE            (fr 8)',
      ' 5  fr-fr           --/M      French_(France)    roa/fr               (fr 5)',
      ' 2  en-gb           --/M      English_(GB)       gmw/en               (en 2)',
      ' 5  pt-br           --/M      Portuguese_(Brazil) roa/pt-BR           ',
      ' 5  pt-pt           --/M      Portuguese_(Portugal) roa/pt           ',
      ' 5  cmn             --/M      Chinese_(Mandarin) sit/cmn              (zh-cmn 5)(zh 5)',
      ' 5  es-419          --/M      Spanish_(Latin_Am) roa/es-419           (es-mx 6)',
    ].join('\n')
    const espeak = join(folder.path, 'espeak-ng')
    await writeFile(espeak, `#!/bin/sh\necho '${list}'\n`, { mode: 0o755 })
    const voiceOf = async (language: string): Promise<string> => {
      const name = await found(language, { espeak, espeakPackage: 'none' })
      return name.startsWith('[') ? (JSON.parse(name) as string[]).slice(1).join(' ') : name
    }
    assert.equal(await voiceOf('de-AT'), '--stdin --stdout -v de')
    assert.equal(await voiceOf('fr-BE'), '--stdin --stdout -v fr-be')
    assert.equal(await voiceOf('fr-CA'), '--stdin --stdout -v fr')
    assert.equal(await voiceOf('es'), '--stdin --stdout -v es-419')
    assert.equal(await voiceOf('pt-AO'), '--stdin --stdout -v pt-pt')
    assert.equal(await voiceOf('zh-TW'), '--stdin --stdout -v zh')
    assert.equal(await voiceOf('it-IT'), 'no voice for it-IT: install espeak-ng or set media.tts.command')
  })

  it('speak with the built-in voice for as long as the words need, the same each time', async () => {
    const voice = await new Voices({}, systemClock).find('en-US')
    assert.ok(voice.ok)
    const say = async (text: string): Promise<Int16Array> => {
      const wav = await voice.value.speak(text, never)
      assert.ok(wav.ok)
      const head = readWavHead(wav.value)
      assert.ok(head.ok)
      return linear(record(head.value))
    }
    const short = await say('Hello.')
    const long = await say('Hello, and thank you for calling. All of our agents are busy; please hold the line.')
    assert.ok(short.length > 3_000 && short.length < 12_000, String(short.length))
    assert.ok(long.length > 4 * short.length && long.length < 80_000, String(long.length))
    assert.ok(level(long, 32_768) > -30 && level(long, 32_768) < -10, String(level(long, 32_768)))
    assert.deepEqual(await say('“Hello”…'.replace('…', '.')), await say('"Hello".'))
    assert.deepEqual(await say('café – it’s here'), await say("cafe, it's here"))
  })

  it('report that the built-in voice has no sound for a text without words', async () => {
    const voice = await new Voices({}, systemClock).find('en')
    assert.ok(voice.ok)
    const wav = await voice.value.speak('你好', never)
    assert.ok(wav.ok)
    assert.deepEqual(readWavHead(wav.value), { ok: false, fault: 'there is no sound in it' })
  })
})
