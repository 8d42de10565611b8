import { millis } from '../../foundation/time.js'
import type { PromptId, TimerId } from '../world/ids.js'
import { startTimer, type Turn } from '../world/turn.js'
import type { Call, Phase, Playing } from '../world/world.js'

/** Longer than any prompt: files hold at most 4 MB, texts 4,096 characters. A call whose prompt's end is never told goes on then. */
const longestPrompt = millis(600_000)

/** Plays a prompt on which the call waits; its timer must be stopped when its end is told. */
export function say(turn: Turn, call: Call, prompt: PromptId): Playing {
  call.isListening = true
  turn.effects.push({ kind: 'play', call: call.id, prompt })
  return { prompt, timer: startTimer(turn, { kind: 'prompt', call }, longestPrompt) }
}

/** The prompt on which a call in this phase waits. */
export function playingIn(phase: Phase): Playing | undefined {
  if (phase.kind === 'greeting' || phase.kind === 'farewell') return phase.playing
  return phase.kind === 'asking' && phase.stage.kind !== 'silence' ? phase.stage.playing : undefined
}

/** What moves on a call that listens, or is listened to. */
export const hearingTimer = (phase: Phase): TimerId | undefined =>
  phase.kind === 'asking' && phase.stage.kind === 'silence' ? phase.stage.timer : playingIn(phase)?.timer
