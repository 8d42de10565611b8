import type { PromptSettings, PromptSound } from '../../config/settings.js'
import type { Clock } from '../../foundation/clock.js'
import type { PromptProblem } from './prompts.js'
import { Voices, type SpeechSettings } from './speech.js'
import { openWav } from './wav-sound.js'
import { openWma, WmaConverter } from './wma.js'

/**
 * The problems of `prepare` that can be found without making a sound: files that can't be played, and languages without a
 * voice.
 */
export async function inspectPrompts(
  prompts: readonly PromptSettings[],
  speech: SpeechSettings,
  clock: Clock,
): Promise<readonly PromptProblem[]> {
  const voices = new Voices(speech, clock)
  const wma = new WmaConverter(clock, speech.ffmpeg)
  const problems: PromptProblem[] = []
  for (const { sound, where } of prompts) {
    const problem = await inspect(sound, voices, wma)
    if (problem) problems.push({ where, ...problem })
  }
  return problems
}

async function inspect(sound: PromptSound, voices: Voices, wma: WmaConverter): Promise<Omit<PromptProblem, 'where'> | undefined> {
  if (sound.kind === 'builtin') return undefined
  if (sound.kind === 'say') {
    const voice = await voices.find(sound.language)
    return voice.ok ? undefined : { what: voice.fault, silent: true }
  }
  const head = await openWav(sound.file)
  const why = head.ok ? undefined : (await openWma(sound.file)) ? await wma.whyNot() : head.fault
  if (why === undefined) return undefined
  const unplayable = `'${sound.file}' can't be played: ${why}`
  if (!sound.instead) return { what: unplayable, silent: true }
  const voice = await voices.find(sound.instead.language)
  if (!voice.ok) return { what: `${unplayable}; ${voice.fault}`, silent: true }
  return { what: `${unplayable}; its words are spoken instead`, silent: false }
}

/** Lets the program of the config speak one word. A problem is reported at the first prompt that the program would speak. */
export async function trySpeech(
  prompts: readonly PromptSettings[],
  speech: SpeechSettings,
  clock: Clock,
): Promise<readonly PromptProblem[]> {
  const voices = new Voices(speech, clock)
  for (const { sound, where } of prompts) {
    const voice = sound.kind === 'say' ? voices.configured(sound.language) : undefined
    if (!voice) continue
    const spoken = await voice.speak('One.', new AbortController().signal)
    const problem = spoken.ok ? (isWav(spoken.value) ? undefined : 'its output is not a WAV') : spoken.fault
    return problem === undefined ? [] : [{ where, what: `media.tts.command can't speak this prompt: ${problem}`, silent: true }]
  }
  return []
}

/** Whether it is a RIFF file. The sound in it is read only when a prompt is made. */
const isWav = (bytes: Uint8Array): boolean => Buffer.from(bytes.subarray(0, 4)).toString('latin1') === 'RIFF'
