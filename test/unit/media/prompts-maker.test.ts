import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStubInstance } from 'sinon'
import { ok } from '../../../src/foundation/result.js'
import { PromptCache } from '../../../src/media/prompts/prompts-cache.js'
import { PromptMaker } from '../../../src/media/prompts/prompts-maker.js'
import { Voices, type Voice } from '../../../src/media/prompts/speech.js'
import { WmaConverter } from '../../../src/media/prompts/wma.js'
import { writeWav } from '../../../src/media/prompts/wav.js'

describe('a text for the voice in our memory', () => {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-prompts-'))
  after(() => rmSync(folder, { recursive: true }))

  /** What the voice is given, one sample of sound for each part. */
  async function spoken(
    text: string,
    how: Pick<Voice, 'bySentence'> = { bySentence: true },
    seconds = 0,
  ): Promise<readonly string[]> {
    const samples = seconds * 8_000 || 1
    const parts: string[] = []
    const voices = createStubInstance(Voices)
    voices.find.resolves(
      ok({
        ...{ name: 'a voice', ...how },
        speak: part => {
          parts.push(part)
          return Promise.resolve(ok(writeWav(new Int16Array(samples).fill(1_000), 8_000, '')))
        },
      }),
    )
    const made = await new PromptMaker(
      voices,
      new PromptCache(folder),
      new AbortController().signal,
      createStubInstance(WmaConverter),
    ).make({
      ...{ kind: 'say', language: 'en', text },
    })
    const heard = Math.min(parts.length * samples, 300 * 8_000)
    assert.equal(made.kind === 'sound' ? made.sound.pcmu.length : made.because, heard)
    return parts
  }

  it('is spoken at once up to 400 characters', async () => {
    const text = 'Hello. '.repeat(57)
    assert.deepEqual(await spoken(text), [text])
  })

  it('is spoken by whole sentences above, and a long sentence by whole words', async () => {
    const [sentence, long] = ['All our agents are talking now. ', `${'word '.repeat(150)}end. `]
    const parts = await spoken(sentence.repeat(30) + long)
    assert.ok(parts.every(part => part.length <= 400))
    assert.equal(parts.join(' ').trim(), (sentence.repeat(30) + long).trim().replaceAll(/ +/g, ' '))
    assert.match(parts[0] ?? '', /now\.$/)
  })

  it('without a space is cut', async () =>
    assert.deepEqual(
      (await spoken('a'.repeat(900))).map(({ length }) => length),
      [400, 400, 100],
    ))

  it('with many digits is spoken in shorter parts, because digits become words', async () => {
    const parts = await spoken('777 '.repeat(40))
    assert.ok(parts.every(part => part.length <= 64))
    assert.equal(parts.join(' '), '777 '.repeat(40))
  })

  it('with capital letters, or symbols that stand for several letters, is spoken in shorter parts', async () => {
    for (const letter of ['W', 'w', 'w ', '９', '㎯', 'Ⅷ']) {
      const parts = await spoken(letter.repeat(200))
      assert.ok(parts.length > 3, letter)
      assert.ok(
        parts.every(part => part.length <= 400 && !part.includes(/w/i.test(letter) ? 'nothing' : letter)),
        letter,
      )
    }
    assert.equal((await spoken('Élan vital. '.repeat(30))).length, 1)
  })

  it('is spoken for five minutes at most', async () => {
    const parts = await spoken('Please wait. '.repeat(300), { bySentence: true }, 60)
    assert.equal(parts.length, 6)
  })

  it('is given as a whole to a program, which has its own memory', async () =>
    assert.equal((await spoken('Please wait. '.repeat(100), {})).length, 1))
})
