import type { PromptSound } from '../../config/settings.js'
import { fault, ok, type Result } from '../../foundation/result.js'
import { composeMusic } from './music.js'
import type { Kept, PromptCache } from './prompts-cache.js'
import type { Sound } from './sound.js'
import type { Voices } from './speech.js'
import { encode, linear, openWav, soundOfWav } from './wav-sound.js'
import { telephoneRate } from './wav-resample.js'
import { readWavHead, record } from './wav.js'

/** What became of a prompt. */
export type Made =
  /** `flaw`: what is not as the config wants it, though something is heard. */
  | { readonly kind: 'sound'; readonly sound: Sound; readonly flaw?: string }
  | { readonly kind: 'silence'; readonly because: string }

interface Words {
  readonly text: string
  readonly language: string
}

/** Makes sounds, one at a time or several; it computes for long. */
export class PromptMaker {
  constructor(
    private readonly voices: Voices,
    private readonly cache: PromptCache,
    private readonly abort: AbortSignal,
  ) {}

  async make(prompt: PromptSound): Promise<Made> {
    switch (prompt.kind) {
      case 'builtin':
        return heard(await this.cache.keep(['music', prompt.name], compose))
      case 'say':
        return heard(await this.#speak(prompt))
      case 'file':
        return this.#play(prompt.file, prompt.instead)
    }
  }

  async #play(file: string, instead: Words | undefined): Promise<Made> {
    const head = await openWav(file)
    if (head.ok) return { kind: 'sound', sound: soundOfWav(head.value) }
    const unplayable = `'${file}' can't be played: ${head.fault}`
    if (!instead) return { kind: 'silence', because: unplayable }
    const made = heard(await this.#speak(instead))
    if (made.kind === 'silence') return { kind: 'silence', because: `${unplayable}; ${made.because}` }
    return { ...made, flaw: `${unplayable}; its words are spoken instead` }
  }

  async #speak({ text, language }: Words): Promise<Result<Kept>> {
    const voice = await this.voices.find(language)
    if (!voice.ok) return voice
    const { name } = voice.value
    return this.cache.keep(['speech', name, language, text], async () => {
      const wav = await voice.value.speak(text, this.abort)
      if (!wav.ok) return fault(`the words can't be spoken: ${wav.fault}`)
      const head = readWavHead(wav.value)
      return head.ok
        ? ok(linear(record(head.value)))
        : fault(`the words can't be spoken: what ${name} wrote can't be played: ${head.fault}`)
    })
  }
}

const compose = (): Promise<Result<Int16Array>> => Promise.resolve(ok(linear({ rate: telephoneRate, samples: composeMusic() })))

function heard(kept: Result<Kept>): Made {
  if (!kept.ok) return { kind: 'silence', because: kept.fault }
  const { samples, unkept } = kept.value
  const sound = encode(samples)
  return unkept === undefined ? { kind: 'sound', sound } : { kind: 'sound', sound, flaw: `its sound can't be kept: ${unkept}` }
}
