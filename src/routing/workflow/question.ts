import type { Millis } from '../../foundation/time.js'
import { OurBug } from '../../foundation/result.js'
import { befall } from '../call/actions.js'
import { endCall } from '../call/ending.js'
import type { CallId, PromptId } from '../ids.js'
import type { Digit, Question, Route } from '../settings.js'
import { ignore, record, startTimer, stopTimer, type Turn } from '../turn.js'
import type { AskingPhase, Call, World } from '../world.js'
import { say } from './say.js'

/** Wrong and silent answers in all, after which the call ends (response-group.md §4). */
const mostAttempts = 5
const silenceAfter = 5_000 as Millis

/** The workflow's own part, after the welcome: its queue, or its question. */
export function begin(turn: Turn, call: Call): void {
  const workflow = turn.world.workflows.get(call.workflow)
  if (!workflow) return endCall(turn, call, 'unconfigured')
  follow(turn, call, workflow.entry, [], call.phase.kind === 'asking' ? call.phase.attempts : 0)
}

/** Where an answer, or the workflow itself, leads. */
function follow(turn: Turn, call: Call, route: Route, path: readonly Digit[], attempts: number): void {
  if (route.kind !== 'question') return befall(turn, call, 'disconnected', route)
  if (!call.hears) return endCall(turn, call, 'unheard')
  ask(turn, call, route.question, path, attempts)
}

function ask(turn: Turn, call: Call, { prompt }: Question, path: readonly Digit[], attempts: number): void {
  call.phase = { kind: 'asking', since: turn.at, path, attempts, stage: 'question', timer: say(turn, call, prompt) }
}

/** A key. It interrupts the question; what was said of a wrong one before is not skipped by it. */
export function digitPressed(turn: Turn, id: CallId, digit: Digit): void {
  const call = turn.world.calls.get(id)
  if (call?.phase.kind !== 'asking') return ignore(turn, 'digitPressed', 'no question is open', id)
  const { phase } = call
  const question = questionAt(turn.world, call, phase.path)
  stopTimer(turn, phase.timer)
  if (!question) return begin(turn, call)
  const answer = question.answers.find(each => each.digit === digit)
  if (!answer) return correct(turn, call, phase, question.invalid, question)
  call.answers.push({ digit, name: answer.name })
  record(turn, { kind: 'answerGiven', call: id, digit, name: answer.name, at: turn.at })
  // The question is cut off; what comes next may sound, or not.
  if (answer.then.kind === 'forward' && answer.then.prompt === undefined) turn.effects.push({ kind: 'silence', call: id })
  follow(turn, call, answer.then, [...phase.path, digit], phase.attempts)
}

/** The question was asked to its end: five seconds to answer. */
export function questionOver(turn: Turn, call: Call, phase: AskingPhase): void {
  call.phase = { ...phase, stage: 'silence', timer: startTimer(turn, { kind: 'silence', call }, silenceAfter) }
}

export function keptSilent(turn: Turn, call: Call): void {
  const { phase } = call
  if (phase.kind !== 'asking') throw new OurBug(`call ${call.id} is ${phase.kind}, and its silence is timed`)
  const question = questionAt(turn.world, call, phase.path)
  if (!question) return begin(turn, call)
  correct(turn, call, phase, question.noAnswer, question)
}

/** What was said of the wrong answer is over: the question again. */
export function correctionOver(turn: Turn, call: Call, phase: AskingPhase): void {
  const question = questionAt(turn.world, call, phase.path)
  if (!question) return begin(turn, call)
  ask(turn, call, question, phase.path, phase.attempts)
}

function correct(turn: Turn, call: Call, phase: AskingPhase, prompt: PromptId | undefined, question: Question): void {
  const attempts = phase.attempts + 1
  if (attempts === mostAttempts) return endCall(turn, call, 'unanswered')
  if (prompt === undefined) return ask(turn, call, question, phase.path, attempts)
  call.phase = { ...phase, since: turn.at, attempts, stage: 'correction', timer: say(turn, call, prompt) }
}

/** The question at the end of these answers, as the config has it now. */
function questionAt(world: World, call: Call, path: readonly Digit[]): Question | undefined {
  let route = world.workflows.get(call.workflow)?.entry
  for (const digit of path) {
    if (route?.kind !== 'question') return undefined
    route = route.question.answers.find(answer => answer.digit === digit)?.then
  }
  return route?.kind === 'question' ? route.question : undefined
}
