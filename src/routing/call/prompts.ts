import { OurBug } from '../../foundation/result.js'
import { act } from './actions.js'
import type { CallId, PromptId } from '../world/ids.js'
import { isSaying, saidOne } from '../line/announce.js'
import { ignore, stopTimer, type Turn } from '../world/turn.js'
import type { Call } from '../world/world.js'
import { awaitsConsent } from './notice.js'
import { begin, promptOfQuestionOver } from './question.js'
import { playingIn } from './say.js'

/** Continues the call after a prompt has ended. The end of a prompt that was replaced meanwhile is ignored. */
export function promptFinished(turn: Turn, id: CallId, prompt: PromptId): void {
  const call = turn.world.calls.get(id)
  if (!call) return ignore(turn, 'promptFinished', 'the call is over', id)
  if (isSaying(call, prompt)) return saidOne(turn, call)
  const playing = playingIn(call.phase)
  if (playing?.prompt !== prompt) return ignore(turn, 'promptFinished', 'it plays no more', id)
  stopTimer(turn, playing.timer)
  promptOver(turn, call)
}

/** Continues the call after its prompt is over. The timer of the prompt must be stopped already. */
export function promptOver(turn: Turn, call: Call): void {
  const { phase } = call
  switch (phase.kind) {
    case 'greeting':
      return awaitsConsent(turn, call, phase) ? undefined : begin(turn, call)
    case 'farewell':
      return act(turn, call, phase.why, phase.action)
    case 'asking':
      return promptOfQuestionOver(turn, call, phase)
    default:
      throw new OurBug(`call ${call.id} is ${phase.kind}, and a prompt's timer runs`)
  }
}
