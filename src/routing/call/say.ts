import { millis } from '../../foundation/time.js'
import type { PromptId, TimerId } from '../world/ids.js'
import { startTimer, type Turn } from '../world/turn.js'
import type { Call, Phase, Playing } from '../world/world.js'

/**
 * Longer than any prompt: files hold at most 4 MB, texts 4,096 characters. If the end of a prompt is never reported, the call
 * continues after this time.
 */
const longestPrompt = millis(600_000)

/** Plays a prompt that the call waits for. Stop its timer when its end is reported. */
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
