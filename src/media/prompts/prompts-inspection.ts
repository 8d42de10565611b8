import type { PromptSettings, PromptSound } from '../../config/settings.js'
import type { Clock } from '../../foundation/clock.js'
import type { PromptProblem } from './prompts.js'
import { Voices, type SpeechSettings } from './speech.js'
import { openWav } from './wav-sound.js'

/**
 * The problems that `prepare` would report, as far as they show without making any sound: files that can't be played, and
 * languages without a voice.
 */
export async function inspectPrompts(
  prompts: readonly PromptSettings[],
  speech: SpeechSettings,
  clock: Clock,
): Promise<readonly PromptProblem[]> {
  const voices = new Voices(speech, clock)
  const problems: PromptProblem[] = []
  for (const { sound, where } of prompts) {
    const problem = await inspect(sound, voices)
    if (problem) problems.push({ where, ...problem })
  }
  return problems
}

async function inspect(sound: PromptSound, voices: Voices): Promise<Omit<PromptProblem, 'where'> | undefined> {
  if (sound.kind === 'builtin') return undefined
  if (sound.kind === 'say') {
    const voice = await voices.find(sound.language)
    return voice.ok ? undefined : { what: voice.fault, silent: true }
  }
  const head = await openWav(sound.file)
  if (head.ok) return undefined
  const unplayable = `'${sound.file}' can't be played: ${head.fault}`
  if (!sound.instead) return { what: unplayable, silent: true }
  const voice = await voices.find(sound.instead.language)
  if (!voice.ok) return { what: `${unplayable}; ${voice.fault}`, silent: true }
  return { what: `${unplayable}; its words are spoken instead`, silent: false }
}
