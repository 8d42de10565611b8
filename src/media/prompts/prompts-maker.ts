import type { PromptSound } from '../../config/settings.js'
import { plainForm, weightAt } from '../../config/speech-weight.js'
import { fault, ok, type Result } from '../../foundation/result.js'
import { composeMusic } from './music.js'
import type { Kept, PromptCache } from './prompts-cache.js'
import type { Sound } from '../rtp/sound.js'
import type { Voice, Voices } from './speech.js'
import { encode, linear, openWav, soundOfWav } from './wav-sound.js'
import { telephoneRate } from './wav-resample.js'
import { readWavHead } from '../../config/wav-head.js'
import { record } from './wav.js'
import { openWma, type WmaConverter } from './wma.js'

/** The result of making a prompt. */
export type Made =
  /** `flaw`: what differs from the config, although something is heard. */
  | {
      readonly kind: 'sound'
      readonly sound: Sound
      readonly flaw?: string
      /** The built-in voice speaks instead of a program, because the program failed or is not done yet. */
      readonly isStandIn?: true
    }
  | { readonly kind: 'silence'; readonly because: string }

interface Words {
  readonly text: string
  readonly language: string
}

/**
 * Makes the sounds of prompts. Several may be made at a time. Speaking and resampling take seconds of CPU time, so it runs in the
 * prompts' thread.
 */
export class PromptMaker {
  constructor(
    private readonly voices: Voices,
    private readonly cache: PromptCache,
    private readonly abort: AbortSignal,
    private readonly wma: WmaConverter,
  ) {}

  async make(prompt: PromptSound): Promise<Made> {
    switch (prompt.kind) {
      case 'builtin':
        return heard(await this.cache.keep(['music', prompt.name], compose))
      case 'say':
        return this.#say(prompt)
      case 'file':
        return this.#play(prompt.file, prompt.instead)
    }
  }

  /** The words as they are spoken now, without the cache. */
  async spoken({ text, language }: Words): Promise<Result<Int16Array>> {
    const voice = await this.voices.find(language)
    return voice.ok ? this.#spoken(voice.value, text) : voice
  }

  /** Makes the prompt if that needs no program. Undefined: it needs one. */
  async atHand(prompt: PromptSound): Promise<Made | undefined> {
    if (prompt.kind === 'builtin') return this.make(prompt)
    if (prompt.kind === 'say') return (await this.#isAtHand(prompt)) ? this.make(prompt) : undefined
    const head = await openWav(prompt.file)
    if (!head.ok && (await openWma(prompt.file))) return undefined
    return head.ok || !prompt.instead || (await this.#isAtHand(prompt.instead)) ? this.make(prompt) : undefined
  }

  /** The prompt, spoken by the built-in voice. Undefined: the prompt has no words, or the voice can't speak them or their language. */
  async standIn(prompt: PromptSound): Promise<Made | undefined> {
    const words = prompt.kind === 'say' ? prompt : prompt.kind === 'file' ? prompt.instead : undefined
    const voice = words && this.voices.builtin(words.language)
    if (!voice) return undefined
    const spoken = await this.#spoken(voice, words.text)
    return spoken.ok ? { kind: 'sound', sound: encode(spoken.value), isStandIn: true } : undefined
  }

  async #isAtHand({ text, language }: Words): Promise<boolean> {
    const program = this.voices.configured(language)
    if (program) return this.cache.has(['speech', program.name, language, text])
    return this.voices.builtin(language) !== undefined
  }

  async #say(words: Words): Promise<Made> {
    const made = heard(await this.#speak(words))
    if (made.kind === 'sound' || this.abort.aborted) return made
    const standIn = await this.standIn({ kind: 'say', ...words })
    if (standIn?.kind !== 'sound') return made
    return { ...standIn, flaw: `${made.because}; the built-in voice speaks them instead` }
  }

  async #play(file: string, instead: Words | undefined): Promise<Made> {
    const head = await openWav(file)
    if (head.ok) return { kind: 'sound', sound: soundOfWav(head.value) }
    const wma = await openWma(file)
    const converted = wma && (await this.cache.keep(['wma', wma.digest], () => this.wma.convert(wma, this.abort)))
    if (converted?.ok === true) return heard(converted)
    const unplayable = `'${file}' can't be played: ${converted?.fault ?? head.fault}`
    if (!instead) return { kind: 'silence', because: unplayable }
    const made = await this.#say(instead)
    if (made.kind === 'silence') return { kind: 'silence', because: `${unplayable}; ${made.because}` }
    const flaw = `${unplayable}; its words are spoken instead`
    return { ...made, flaw: made.flaw === undefined ? flaw : `${flaw}; ${made.flaw}` }
  }

  async #speak({ text, language }: Words): Promise<Result<Kept>> {
    const voice = await this.voices.find(language)
    if (!voice.ok) return voice
    const { name } = voice.value
    return this.cache.keep(['speech', name, language, text], () => this.#spoken(voice.value, text))
  }

  async #spoken(voice: Voice, text: string): Promise<Result<Int16Array>> {
    const sounds: Int16Array[] = []
    let length = 0
    for (const part of voice.bySentence ? partsOf(plainForm(text)) : [text]) {
      if (length > longestSound) break
      const sound = await this.#spokenAtOnce(voice, part)
      if (!sound.ok) return sound
      sounds.push(sound.value)
      length += sound.value.length
    }
    return ok(joined(sounds).subarray(0, longestSound))
  }

  async #spokenAtOnce(voice: Voice, text: string): Promise<Result<Int16Array>> {
    const wav = await voice.speak(text, this.abort)
    if (!wav.ok) return fault(`the words can't be spoken: ${wav.fault}`)
    const head = readWavHead(wav.value)
    // Programs may write any rate and form. `linear` makes 16-bit samples at the telephone's rate.
    return head.ok
      ? ok(linear(record(head.value)))
      : fault(`the words can't be spoken: what ${voice.name} wrote can't be played: ${head.fault}`)
  }
}

/** In samples: five minutes. 4,096 characters, the longest text of a config, usually take less. The rest of a text is not spoken. */
const longestSound = 300 * telephoneRate

/** The longest text that the built-in voice speaks at once, by weight. */
const longestPart = 400

const sentenceEnds = ['. ', '! ', '? ', '; ', ': ', '.\n', '!\n', '?\n']

/** Cuts a text into parts of at most the weight `longestPart`: whole sentences, or whole words of a longer sentence. */
function partsOf(text: string): string[] {
  const parts: string[] = []
  let left = text
  for (let reached = reachOf(left); reached < left.length; reached = reachOf(left)) {
    const begin = left.slice(0, reached)
    const [sentence, word] = [Math.max(...sentenceEnds.map(end => begin.lastIndexOf(end))), begin.lastIndexOf(' ')]
    const end = sentence > 0 ? sentence + 1 : word > 0 ? word : reached
    parts.push(left.slice(0, end))
    left = left.slice(end).trimStart()
  }
  return left === '' ? parts : [...parts, left]
}

/** How many characters from the beginning are spoken at once. At least one. */
function reachOf(text: string): number {
  let weight = 0
  for (let index = 0; index < text.length; index += 1) {
    weight += weightAt(text, index)
    if (weight > longestPart) return index
  }
  return text.length
}

function joined(sounds: readonly Int16Array[]): Int16Array {
  const all = new Int16Array(sounds.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const sound of sounds) {
    all.set(sound, at)
    at += sound.length
  }
  return all
}

const compose = (): Promise<Result<Int16Array>> => Promise.resolve(ok(linear({ rate: telephoneRate, samples: composeMusic() })))

/** A sound from the cache. If the cache could not store it (`unkept`), it is heard all the same, and made again after a restart. */
function heard(kept: Result<Kept>): Made {
  if (!kept.ok) return { kind: 'silence', because: kept.fault }
  const { samples, unkept } = kept.value
  const sound = encode(samples)
  return unkept === undefined ? { kind: 'sound', sound } : { kind: 'sound', sound, flaw: `its sound can't be kept: ${unkept}` }
}
