import { millis } from '../../foundation/time.js'
import { OurBug } from '../../foundation/result.js'
import { followAction } from './actions.js'
import { endCall } from './ending.js'
import type { CallId, PromptId } from '../world/ids.js'
import type { Digit } from '../world/words.js'
import type { Question, Route } from '../world/settings.js'
import { becomeAsking } from '../world/phases.js'
import { ignore, record, recordStep, startTimer, stopTimer, type Turn } from '../world/turn.js'
import type { AskingPhase, Call, GreetingPhase } from '../world/world.js'
import { routeAt } from '../world/route.js'
import { givesNotice } from './notice.js'
import { hearingTimer, say } from './say.js'

/** The call ends after this many wrong or missing answers, over all questions (response-group.md §4). */
const mostAttempts = 5
const silenceAfter = millis(5_000)

/** Starts the workflow's entry, after the welcome: a queue, a question or an action. */
export function begin(turn: Turn, call: Call): void {
  const workflow = turn.world.workflows.get(call.workflow)
  if (!workflow) return endCall(turn, call, 'unconfigured')
  if (givesNotice(turn, call, workflow)) return
  follow(turn, call, workflow.entry, { path: [], attempts: attemptsOf(call) })
}

/**
 * Handles a key that the caller pressed. A key counts while a question plays, which it cuts off, and in the silence after the question. At
 * other times it is ignored.
 */
export function digitPressed(turn: Turn, id: CallId, digit: Digit): void {
  const call = turn.world.calls.get(id)
  if (!call) return ignore(turn, 'digitPressed', 'the call is over', id)
  const { phase } = call
  if (phase.kind === 'greeting' && phase.consent?.digit === digit) return agree(turn, call, phase)
  if (phase.kind !== 'asking' || phase.stage.kind === 'correction')
    return ignore(turn, 'digitPressed', 'no question is being asked', id)
  const question = questionOf(turn, call, phase)
  const answer = question.answers.find(each => each.digit === digit)
  stopTimer(turn, hearingTimer(phase))
  if (!answer) return correct(turn, call, phase, question.invalid, digit)
  call.answers.push({ digit, name: answer.name })
  record(turn, { kind: 'answerGiven', call: id, digit, name: answer.name, at: turn.at })
  // The answer cuts off the question. If no other prompt follows, the media must be told to stop.
  if (answer.then.kind === 'forward' && answer.then.prompt === undefined) turn.effects.push({ kind: 'silence', call: id })
  follow(turn, call, answer.then, { path: [...phase.path, digit], attempts: phase.attempts })
}

/** Handles a caller who agrees to be recorded. */
function agree(turn: Turn, call: Call, phase: GreetingPhase): void {
  stopTimer(turn, hearingTimer(phase))
  call.notice = 'agreed'
  recordStep(turn, call, { kind: 'agreedToRecording' })
  begin(turn, call)
}

/**
 * Continues after a prompt of a question has ended. After the question itself, the caller has five seconds to answer. After a correction,
 * the question is asked again.
 */
export function promptOfQuestionOver(turn: Turn, call: Call, phase: AskingPhase): void {
  if (phase.stage.kind === 'correction') return ask(turn, call, phase.asked, phase)
  becomeAsking(call, { ...phase, stage: { kind: 'silence', timer: startTimer(turn, { kind: 'silence', call }, silenceAfter) } })
}

export function keptSilent(turn: Turn, call: Call): void {
  const { phase } = call
  if (phase.kind !== 'asking') throw new OurBug(`call ${call.id} is ${phase.kind}, and its silence is timed`)
  correct(turn, call, phase, questionOf(turn, call, phase).noAnswer)
}

/**
 * After a config change, a caller in the workflow continues where they are, if the workflow still asks that question there. A
 * changed question is asked again. If the question is gone, the workflow starts over.
 */
export function resume(turn: Turn, call: Call): void {
  const { phase } = call
  if (phase.kind !== 'greeting' && phase.kind !== 'asking' && phase.kind !== 'farewell') return
  const workflow = turn.world.workflows.get(call.workflow)
  if (!workflow) return endCall(turn, call, 'unconfigured')
  if (phase.kind !== 'asking') return
  const route = routeAt(workflow, phase.path)
  if (route?.kind === 'question' && route.question.prompt === phase.asked) return
  stopTimer(turn, hearingTimer(phase))
  if (route?.kind === 'question') return ask(turn, call, route.question.prompt, phase)
  call.answers.length = 0
  begin(turn, call)
}

type Asked = Pick<AskingPhase, 'path' | 'attempts'>

/** Goes where an answer, or the workflow itself, leads. */
function follow(turn: Turn, call: Call, route: Route, asked: Asked): void {
  if (route.kind !== 'question') return followAction(turn, call, route)
  if (!call.hears) return endCall(turn, call, 'unheard')
  ask(turn, call, route.question.prompt, asked)
}

function ask(turn: Turn, call: Call, asked: PromptId, { path, attempts }: Asked): void {
  recordStep(turn, call, { kind: 'asked', prompt: asked })
  const stage = { kind: 'question', playing: say(turn, call, asked) } as const
  becomeAsking(call, { since: turn.at, path, asked, attempts, stage })
}

function correct(turn: Turn, call: Call, phase: AskingPhase, prompt: PromptId | undefined, digit?: Digit): void {
  const attempts = phase.attempts + 1
  recordStep(turn, call, { kind: 'notAnswered', ...(digit !== undefined && { digit }), attempts })
  if (attempts === mostAttempts) return endCall(turn, call, 'unanswered')
  if (prompt === undefined) return ask(turn, call, phase.asked, { path: phase.path, attempts })
  becomeAsking(call, { ...phase, since: turn.at, attempts, stage: { kind: 'correction', playing: say(turn, call, prompt) } })
}

const attemptsOf = ({ phase }: Call): number => (phase.kind === 'asking' ? phase.attempts : 0)

/** The caller's current question under the current config. `resume` ensures that it exists. */
function questionOf({ world }: Turn, call: Call, { path }: AskingPhase): Question {
  const route = routeAt(world.workflows.get(call.workflow), path)
  if (route?.kind !== 'question') throw new OurBug(`call ${call.id} is asked what its workflow does not ask`)
  return route.question
}
