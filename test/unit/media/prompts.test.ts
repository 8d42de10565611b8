import assert from 'node:assert/strict'
import { appendFile, readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PromptSettings, PromptSound } from '../../../src/config/settings.js'
import { systemClock } from '../../../src/foundation/clock.js'
import { millis } from '../../../src/foundation/time.js'
import { inspectPrompts } from '../../../src/media/prompts/prompts-inspection.js'
import { PromptLibrary, type PromptProblem } from '../../../src/media/prompts/prompts.js'
import type { SpeechSettings } from '../../../src/media/prompts/speech.js'
import type { PromptId } from '../../../src/routing/world/ids.js'
import { in16Bits, level, lifelines, temporaryFolder, tone, wav } from './prompts-files.js'
import { mulaw } from '../../../src/media/rtp/laws.js'

const id = (name: string): PromptId => name as PromptId
const prompt = (name: string, sound: PromptSound): PromptSettings => ({
  id: id(name),
  sound,
  where: `workflows/${name}.yaml:3:5`,
})
const say = (name: string, text: string, language = 'en-US'): PromptSettings => prompt(name, { kind: 'say', text, language })
const music = prompt('music', { kind: 'builtin', name: 'default' })

describe('the prompt library', () => {
  const folder = temporaryFolder()
  const at = (name: string): string => join(folder.path, name)
  const libraries: PromptLibrary[] = []
  afterEach(async () => {
    for (const library of libraries.splice(0)) await library.stop()
  })

  function library(speech: SpeechSettings = {}): PromptLibrary {
    const made = new PromptLibrary({ cacheFolder: at('speech'), speech, clock: systemClock })
    libraries.push(made)
    return made
  }

  const file = (name: string, file = at(`${name}.wav`)): PromptSettings => prompt(name, { kind: 'file', file })

  /** A speech program that records the language and returns this sound. */
  async function speaker(sound: Buffer): Promise<{ readonly command: readonly string[]; spoken(): Promise<number> }> {
    const [script, answer, log] = [at('speaker.cjs'), at('answer'), at('spoken')]
    await writeFile(answer, sound)
    await writeFile(
      script,
      `const fs = require('node:fs')
      fs.appendFileSync(${JSON.stringify(log)}, process.argv[2] + ':' + fs.readFileSync(0) + '\\n')
      process.stdout.write(fs.readFileSync(${JSON.stringify(answer)}))`,
    )
    await appendFile(log, '')
    const spoken = async (): Promise<number> => (await readFile(log, 'utf8')).split('\n').length - 1
    return { command: [process.execPath, script, '{language}'], spoken }
  }

  const samples = (made: PromptLibrary, name: string): number | undefined => made.get(id(name))?.pcmu.length

  it('makes sounds from files, speech and music', async () => {
    await writeFile(at('tone.wav'), wav(44_100, '16', in16Bits(tone(1_000, 44_100, 44_100))))
    const made = library()
    assert.equal(made.get(id('tone')), undefined)
    assert.deepEqual(await made.prepare([file('tone'), say('hello', 'Hello, and welcome.'), music]), [])
    assert.equal(samples(made, 'tone'), 8_000)
    assert.ok((samples(made, 'hello') ?? 0) > 6_000)
    assert.ok((samples(made, 'music') ?? 0) > 400_000)
    const heard = made.get(id('tone'))
    assert.ok(heard && Math.abs(level(mulaw.decode(heard.pcmu), 32_768) + 9) < 0.5)
    assert.ok(heard.pcmu.buffer instanceof SharedArrayBuffer)
  })

  it('ends the work for a config when a newer one comes, keeps its finished sounds, and reports nothing of the rest', async () => {
    const made = library()
    const long = 'Please hold the line, because somebody will be with you in a moment. '.repeat(50)
    const many = Array.from({ length: 20 }, (_, number) => say(`long${number}`, `${number}. ${long}`))
    const first = made.prepare([say('hello', 'Hello.'), ...many])
    while (samples(made, 'hello') === undefined) await new Promise(resolve => setImmediate(resolve))
    const second = made.prepare([...many, say('two', 'Two.')])
    const third = made.prepare([say('hello', 'Hello.'), say('closed', 'We are closed.')])
    assert.deepEqual(await Promise.all([first, second, third]), [[], [], []])
    assert.ok((samples(made, 'hello') ?? 0) > 0)
    assert.ok((samples(made, 'closed') ?? 0) > 0)
    assert.equal(samples(made, 'long19'), undefined)
  })

  it('uses 8 kHz µ-law files as they are', async () => {
    const codes = Array.from({ length: 256 }, (_, code) => code)
    await writeFile(at('law.wav'), wav(8_000, '8m', codes))
    const made = library()
    await made.prepare([file('law')])
    assert.deepEqual([...(made.get(id('law'))?.pcmu ?? [])], codes)
  })

  it('names each faulty prompt and its place, and makes the others', async () => {
    await writeFile(at('broken.wav'), 'RIFF and nothing more')
    await writeFile(at('large.wav'), Buffer.concat([wav(8_000, '16', [1]), Buffer.alloc(5 * 1_024 * 1_024)]))
    await writeFile(at('fine.wav'), wav(8_000, '16', [1, 2, 3]))
    const made = library({ espeak: at('missing'), espeakPackage: 'none' })
    const prompts = [file('broken'), file('large'), file('fine'), say('bonjour', 'Bonjour', 'fr-FR'), say('none', '你好')]
    assert.deepEqual(await made.prepare(prompts), [
      silent('broken', `'${at('broken.wav')}' can't be played: it is not a WAV file`),
      silent('large', `'${at('large.wav')}' can't be played: it is larger than 4 MB`),
      silent('bonjour', 'no voice for fr-FR: install espeak-ng or set media.tts.command'),
      silent('none', "the words can't be spoken: what flite slt wrote can't be played: there is no sound in it"),
    ])
    assert.equal(made.get(id('broken')), undefined)
    assert.equal(samples(made, 'fine'), 3)
  })

  it('speaks the text of a prompt whose file can’t be played', async () => {
    const instead = { text: 'Hello', language: 'en' }
    const [missing, mute] = [at('missing.wav'), at('mute.wav')]
    const made = library({ espeak: at('no-espeak'), espeakPackage: 'none' })
    const problems = await made.prepare([
      prompt('missing', { kind: 'file', file: missing, instead }),
      prompt('mute', { kind: 'file', file: mute, instead: { text: 'Hallo', language: 'de' } }),
    ])
    assert.deepEqual(
      problems.map(({ silent }) => silent),
      [false, true],
    )
    assert.match(problems[0]?.what ?? '', /^'.*missing\.wav' can't be played: ENOENT.*; its words are spoken instead$/)
    assert.match(problems[1]?.what ?? '', /^'.*mute\.wav' can't be played: .*; no voice for de: install espeak-ng/)
    assert.ok((samples(made, 'missing') ?? 0) > 3_000)
  })

  it('renders nothing twice, neither in the next config nor after a restart', async () => {
    const voice = await speaker(wav(16_000, '16', in16Bits(tone(500, 16_000, 1_600))))
    const prompts = [say('one', 'One'), say('zwei', 'Zwei', 'de-DE')]
    const first = library({ command: voice.command })
    assert.deepEqual(await first.prepare(prompts), [])
    assert.equal(await voice.spoken(), 2)
    assert.deepEqual((await readFile(at('spoken'), 'utf8')).trim().split('\n').sort(), ['de-DE:Zwei', 'en-US:One'])
    await first.prepare(prompts)
    const second = library({ command: voice.command })
    assert.deepEqual(await second.prepare(prompts), [])
    assert.equal(await voice.spoken(), 2)
    assert.deepEqual(second.get(id('one')), first.get(id('one')))
    assert.equal(samples(second, 'one'), 800)
  })

  it('renders a damaged cache file again', async () => {
    const voice = await speaker(wav(8_000, '16', in16Bits(tone(500, 8_000, 800))))
    await library({ command: voice.command }).prepare([say('one', 'One')])
    const kept = await readdir(at('speech'))
    assert.deepEqual(
      kept.map(name => name.replace(/^[0-9a-f]{32}/, '')),
      ['.wav'],
    )
    const cached = join(at('speech'), kept[0] ?? '')
    const good = await readFile(cached)
    const flipped = Buffer.from(good)
    flipped.writeUInt8(good.readUInt8(300) ^ 1, 300)
    const breaks = [
      () => truncate(cached, 700),
      () => writeFile(cached, ''),
      () => writeFile(cached, 'x'),
      () => writeFile(cached, flipped),
    ]
    for (const [index, breakIt] of breaks.entries()) {
      await breakIt()
      const made = library({ command: voice.command })
      assert.deepEqual(await made.prepare([say('one', 'One')]), [])
      assert.equal(samples(made, 'one'), 800)
      assert.equal(await voice.spoken(), index + 2)
      assert.deepEqual(await readFile(cached), good)
    }
  })

  it('stores the same words once, even if two prompts need them at the same time', async () => {
    const made = library()
    const prompts = ['a', 'b', 'c', 'd'].map(name => say(name, 'Hello'))
    assert.deepEqual(await made.prepare(prompts), [])
    assert.equal((await readdir(at('speech'))).length, 1)
    assert.deepEqual(made.get(id('d')), made.get(id('a')))
  })

  it('uses another cache file for another voice, language or text', async () => {
    const voice = await speaker(wav(8_000, '16', in16Bits(tone(500, 8_000, 80))))
    await library({ command: voice.command }).prepare([say('a', 'One'), say('b', 'Two'), say('c', 'One', 'de')])
    await library({ command: [...voice.command, 'louder'] }).prepare([say('a', 'One')])
    assert.equal((await readdir(at('speech'))).length, 4)
  })

  it('still works, with a warning, when nothing can be cached', async () => {
    await writeFile(at('speech'), 'a file where the folder should be')
    const made = library()
    const [problem] = await made.prepare([say('hello', 'Hello')])
    assert.match(problem?.what ?? '', /^its sound can't be kept: E/)
    assert.equal(problem?.silent, false)
    assert.ok(samples(made, 'hello'))
  })

  for (const [what, code, timeout, expected] of [
    [
      'fails',
      "console.error('licence expired'); process.exit(2)",
      10_000,
      /ended with exit code 2: licence expired; the built-in voice speaks them instead$/,
    ],
    ['hangs', 'setInterval(() => {}, 1000)', 300, /took longer than 300ms; the built-in voice speaks them instead$/],
    [
      'writes garbage',
      "console.log('no sound at all')",
      10_000,
      /wrote can't be played: it is not a WAV file; the built-in voice speaks them instead$/,
    ],
    ['writes nothing', '', 10_000, /wrote can't be played: it is not a WAV file; the built-in voice speaks them instead$/],
  ] as const)
    it(`survives a program that ${what}`, async () => {
      const made = library({ command: [process.execPath, '-e', code], timeout: millis(timeout) })
      const problems = await made.prepare([say('hello', 'Hello')])
      assert.equal(problems.length, 1)
      assert.match(problems[0]?.what ?? '', expected)
      assert.match(problems[0]?.what ?? '', /^the words can't be spoken: /)
      assert.equal(problems[0]?.silent, false)
      assert.ok(samples(made, 'hello'))
    })

  it('is silent when the program fails in a language that the built-in voice does not speak', async () => {
    const made = library({ command: [process.execPath, '-e', 'process.exit(2)'] })
    const [problem] = await made.prepare([say('hallo', 'Hallo', 'de-DE')])
    assert.deepEqual([problem?.silent, made.get(id('hallo'))], [true, undefined])
  })

  describe('with a speech program that hangs', () => {
    const command = [process.execPath, '-e', 'setInterval(() => {}, 1000)']
    const several = (language: string): PromptSettings[] =>
      Array.from({ length: 4 }, (_, number) => say(`p${number}`, `Number ${number}`, language))

    it('offers all other sounds at once', async () => {
      await writeFile(at('tone.wav'), wav(8_000, '16', [1, 2, 3]))
      const made = library({ command })
      await new Promise<void>(resolve => void made.prepare([...several('en-US'), file('tone'), music], resolve))
      assert.equal(samples(made, 'tone'), 3)
      assert.ok(samples(made, 'music'))
      assert.equal(samples(made, 'p0'), undefined)
    })

    it('waits for it only once in each config', async () => {
      const made = library({ command, timeout: millis(500) })
      for (const round of ['first', 'second']) {
        const problems = await made.prepare(several('de-DE'))
        const [asked, spared] = [/ took longer than 500ms$/, / is not asked again: it took longer than 500ms before$/]
        const counts = [asked, spared].map(wanted => problems.filter(({ what }) => wanted.test(what)).length)
        assert.deepEqual(counts, [2, 2], round)
      }
    })

    it('uses the built-in voice meanwhile', async () => {
      const made = library({ command, patience: millis(1) })
      void made.prepare(several('en-US'))
      while (samples(made, 'p3') === undefined) await new Promise(resolve => setImmediate(resolve))
      assert.ok(samples(made, 'p0'))
    })

    it('asks it again for a prompt that another voice speaks meanwhile', async () => {
      const made = library({ command, timeout: millis(500) })
      for (const round of ['first', 'second']) {
        const [problem] = await made.prepare([say('hello', 'Hello')])
        assert.match(problem?.what ?? '', /took longer than 500ms; the built-in voice speaks them instead$/, round)
        assert.ok(samples(made, 'hello'))
      }
    })
  })

  it('keeps the sounds that the next config also uses, and drops the others', async () => {
    for (const name of ['a', 'b', 'c']) await writeFile(at(`${name}.wav`), wav(8_000, '16', [1, 2, 3]))
    const made = library()
    await made.prepare([file('a'), file('b')])
    const kept = made.get(id('b'))
    assert.ok(kept && made.get(id('a')))
    await writeFile(at('b.wav'), 'no longer a WAV: the same id is the same sound')
    assert.deepEqual(await made.prepare([file('b'), file('c')]), [])
    assert.equal(made.get(id('b')), kept)
    assert.equal(made.get(id('a')), undefined)
    assert.ok(made.get(id('c')))
  })

  it('tries again to make what failed', async () => {
    const made = library()
    assert.equal((await made.prepare([file('late')])).length, 1)
    await writeFile(at('late.wav'), wav(8_000, '16', [1, 2, 3]))
    assert.deepEqual(await made.prepare([file('late')]), [])
    assert.ok(made.get(id('late')))
  })

  it('repeats the warning of a prompt that it keeps', async () => {
    const prompts = [prompt('x', { kind: 'file', file: at('x.wav'), instead: { text: 'Hello', language: 'en' } })]
    const made = library()
    const problems = await made.prepare(prompts)
    assert.equal(problems.length, 1)
    assert.deepEqual(await made.prepare(prompts), problems)
  })

  it('makes one config after another, and the last one wins', async () => {
    for (const name of ['a', 'b']) await writeFile(at(`${name}.wav`), wav(8_000, '16', [1, 2, 3]))
    const made = library()
    const [first] = await Promise.all([made.prepare([file('a'), file('x')]), made.prepare([file('b')])])
    assert.deepEqual(first, [])
    assert.equal(made.get(id('a')), undefined)
    assert.ok(made.get(id('b')))
  })

  it('ends the programs when it is stopped, and starts no more', async () => {
    const alive = await lifelines(at('socket'), 2)
    const code = `require('node:net').connect(${JSON.stringify(alive.path)}).resume()`
    const made = library({ command: [process.execPath, '-e', code] })
    const prepared = made.prepare([say('a', 'A'), say('b', 'B'), say('c', 'C')])
    await alive.begun
    await made.stop()
    await alive.ended
    for (const problems of [await prepared, await made.prepare([say('d', 'D')])])
      for (const { what } of problems) assert.match(what, /Carillon ends/)
    assert.equal((await prepared).length, 3)
  })

  it('computes in another thread', async () => {
    const before = performance.eventLoopUtilization()
    const made = library()
    await made.prepare([say('hello', 'All of our agents are busy at the moment.'), music])
    const { utilization } = performance.eventLoopUtilization(before)
    assert.ok(utilization < 0.5, String(utilization))
  })

  describe('an inspection of prompts', () => {
    it('gives the same warnings and makes nothing', async () => {
      await writeFile(at('fine.wav'), wav(8_000, '16', [1, 2, 3]))
      const instead = { text: 'Hello', language: 'en' }
      const prompts = [
        file('fine'),
        file('missing'),
        music,
        say('hello', 'Hello'),
        say('hallo', 'Hallo', 'de-DE'),
        prompt('words', { kind: 'file', file: at('missing.wav'), instead }),
        prompt('both', { kind: 'file', file: at('missing.wav'), instead: { ...instead, language: 'de' } }),
      ]
      const speech = { espeak: at('no-espeak'), espeakPackage: 'none' }
      const inspected = await inspectPrompts(prompts, speech, systemClock)
      assert.deepEqual(
        inspected.map(({ where, silent }) => [where, silent]),
        [
          ['missing', true],
          ['hallo', true],
          ['words', false],
          ['both', true],
        ].map(([name, none]) => [`workflows/${String(name)}.yaml:3:5`, none]),
      )
      assert.deepEqual(await readdir(folder.path), ['fine.wav'])
      assert.deepEqual(await library(speech).prepare(prompts.filter(each => each !== music)), inspected)
    })
  })
})

const silent = (name: string, what: string): PromptProblem => ({ where: `workflows/${name}.yaml:3:5`, what, silent: true })
