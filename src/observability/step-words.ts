import { assertNever } from '../foundation/never.js'
import type { WorkflowStep } from '../routing/world/effects.js'
import type { Action } from '../routing/world/settings.js'
import type { GivenUp } from '../routing/world/words.js'

const givenUpWords: Readonly<Record<GivenUp, string>> = {
  closed: 'outside the opening hours',
  holiday: 'a holiday',
  timedOut: "the queue's time-out is over",
  overflowed: 'too many calls wait',
  noAgents: 'the queue has no agents',
  disconnected: 'the workflow leads to an action',
}

/** A step of a call through its workflow, in words for the log and explain. */
export function stepWords(step: WorkflowStep): string {
  switch (step.kind) {
    case 'welcomed':
      return 'hears the welcome'
    case 'toldOfRecording':
      return 'hears that the call may be recorded'
    case 'agreedToRecording':
      return 'agrees to be recorded'
    case 'asked':
      return 'is asked a question'
    case 'notAnswered':
      return `${step.digit === undefined ? 'presses no key' : `presses ${step.digit}, which is no answer`} (${step.attempts} of 5)`
    case 'gaveUp':
      return `${givenUpWords[step.why]}: ${actionWords(step.action)}`
    case 'forwarding':
      return `calls ${step.to}`
    case 'forwardFailed':
      return `${step.to} did not take the call (${step.code})`
    default:
      return assertNever(step)
  }
}

function actionWords(action: Action): string {
  const first = action.prompt === undefined ? '' : 'plays a prompt, then '
  if (action.kind === 'disconnect') return `${first}disconnects`
  return action.kind === 'queue' ? `${first}goes to queue ${action.queue}` : `${first}goes to ${action.as} ${action.to}`
}
