import { millis } from '../../foundation/time.js'
import type { PromptId, TimerId } from '../world/ids.js'
import { startTimer, type Turn } from '../world/turn.js'
import type { Call, Phase, Playing } from '../world/world.js'

/**
 * The call continues after this time if the end of a prompt is not reported. Prompts are usually shorter: 4 MB of 8-bit sound at 8 kHz last
 * almost 9 minutes.
 */
const longestPrompt = millis(600_000)

/** Plays a prompt and makes the call wait for its end. When the end is reported, the timer of the result must be stopped. */
export function say(turn: Turn, call: Call, prompt: PromptId): Playing {
  call.isListening = true
  turn.effects.push({ kind: 'play', call: call.id, prompt })
  return { prompt, timer: startTimer(turn, { kind: 'prompt', call }, longestPrompt) }
}

/** The prompt that a call in this phase waits for. */
export function playingIn(phase: Phase): Playing | undefined {
  if (phase.kind === 'greeting' || phase.kind === 'farewell') return phase.playing
  return phase.kind === 'asking' && phase.stage.kind !== 'silence' ? phase.stage.playing : undefined
}

/** The timer that continues a call while a prompt plays or while we wait for a key. */
export const hearingTimer = (phase: Phase): TimerId | undefined =>
  phase.kind === 'asking' && phase.stage.kind === 'silence' ? phase.stage.timer : playingIn(phase)?.timer
