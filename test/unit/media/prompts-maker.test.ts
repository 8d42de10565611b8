import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStubInstance } from 'sinon'
import { ok } from '../../../src/foundation/result.js'
import { PromptCache } from '../../../src/media/prompts/prompts-cache.js'
import { PromptMaker } from '../../../src/media/prompts/prompts-maker.js'
import { Voices, type Voice } from '../../../src/media/prompts/speech.js'
import { writeWav } from '../../../src/media/prompts/wav.js'

describe('a text for the voice in our memory', () => {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-prompts-'))
  after(() => rmSync(folder, { recursive: true }))

  /** What the voice is given, one sample of sound for each part. */
  async function spoken(text: string, how: Pick<Voice, 'bySentence'> = { bySentence: true }): Promise<string[]> {
    const parts: string[] = []
    const voices = createStubInstance(Voices)
    voices.find.resolves(
      ok({
        ...{ name: 'a voice', ...how },
        speak: part => {
          parts.push(part)
          return Promise.resolve(ok(writeWav(Int16Array.of(1_000), 8_000, '')))
        },
      }),
    )
    const made = await new PromptMaker(voices, new PromptCache(folder), new AbortController().signal).make({
      ...{ kind: 'say', language: 'en', text },
    })
    assert.equal(made.kind === 'sound' ? made.sound.pcmu.length : made.because, parts.length)
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
      (await spoken('x'.repeat(900))).map(({ length }) => length),
      [400, 400, 100],
    ))

  it('is given as a whole to a program, which has its own memory', async () =>
    assert.equal((await spoken('Please wait. '.repeat(100), {})).length, 1))
})
