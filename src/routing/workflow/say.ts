import type { Millis } from '../../foundation/time.js'
import type { PromptId, TimerId } from '../ids.js'
import { startTimer, type Turn } from '../turn.js'
import type { Call } from '../world.js'

/** Longer than any prompt: files hold at most 4 MB, texts 4,096 characters. A call whose prompt's end is never told goes on then. */
const longestPrompt = 600_000 as Millis

/** Plays a prompt; the timer must be stopped when its end is told. */
export function say(turn: Turn, call: Call, prompt: PromptId): TimerId {
  call.isListening = true
  turn.effects.push({ kind: 'play', call: call.id, prompt })
  return startTimer(turn, { kind: 'prompt', call }, longestPrompt)
}
