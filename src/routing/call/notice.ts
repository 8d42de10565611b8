import { millis } from '../../foundation/time.js'
import type { WorkflowSettings } from '../world/settings.js'
import { becomeGreeting } from '../world/phases.js'
import { recordStep, startTimer, type Turn } from '../world/turn.js'
import type { Call, GreetingPhase } from '../world/world.js'
import { say } from './say.js'

/** How long the key of consent counts after the notice. */
const consentAfter = millis(5_000)

/**
 * Plays the notice about recordings, once, before the workflow's entry. False: there is nothing to play. A caller who can't hear it, and one
 * who is past the entry when a new config brings it, is not recorded.
 */
export function givesNotice(turn: Turn, call: Call, { recordingNotice }: WorkflowSettings): boolean {
  const isEarly = call.phase.kind === 'arriving' || call.phase.kind === 'greeting'
  if (!recordingNotice || call.notice !== undefined || !call.hears || !isEarly) return false
  const { prompt, consent } = recordingNotice
  call.notice = consent === undefined ? 'heard' : 'refused'
  recordStep(turn, call, { kind: 'toldOfRecording', prompt })
  becomeGreeting(call, {
    since: turn.at,
    playing: say(turn, call, prompt),
    ...(consent !== undefined && { consent: { digit: consent, isOver: false } }),
  })
  return true
}

/** After the notice, the caller has some seconds to agree. False: consent is not asked for, or the time is over. */
export function awaitsConsent(turn: Turn, call: Call, { consent, playing }: GreetingPhase): boolean {
  if (!consent || consent.isOver) return false
  const timer = startTimer(turn, { kind: 'prompt', call }, consentAfter)
  becomeGreeting(call, { since: turn.at, playing: { ...playing, timer }, consent: { ...consent, isOver: true } })
  return true
}
