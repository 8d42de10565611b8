import assert from 'node:assert/strict'
import fc from 'fast-check'
import { findWait } from '../../src/routing/world/phases.js'
import type { PromptId } from '../../src/routing/index.js'
import type { Digit } from '../../src/routing/world/words.js'
import type { Action, Question } from '../../src/routing/world/settings.js'
import { world, type Live } from '../unit/routing/build.js'
import { digits, question } from './random-world-workflows.js'
import { runs } from './routing-rules.js'

/** `heard`: the prompt has ended. `wait`: five seconds pass. */
type Input = Digit | 'heard' | 'wait'

interface Told {
  readonly sounds: PromptId[]
  readonly answers: Digit[]
  /** Where it led. Undefined while a question is open. */
  end: Action | 'unanswered' | undefined
}

/** Questions as response-group.md §4 describes them: one pass over the inputs, without code of the core. */
function toldBy(first: Question, inputs: readonly Input[]): Told {
  const told: Told = { sounds: [first.prompt], answers: [], end: undefined }
  let [asked, attempts, stage] = [first, 0, 'question']
  const ask = (): void => {
    stage = 'question'
    told.sounds.push(asked.prompt)
  }
  const wrong = (say: PromptId | undefined): void => {
    attempts += 1
    if (attempts === 5) told.end = 'unanswered'
    else if (say === undefined) ask()
    else {
      stage = 'correction'
      told.sounds.push(say)
    }
  }
  for (const input of inputs) {
    if (told.end) break
    if (input === 'heard') {
      if (stage === 'correction') ask()
      else stage = 'silence'
    } else if (input === 'wait') {
      if (stage === 'silence') wrong(asked.noAnswer)
    } else if (stage !== 'correction') {
      const answer = asked.answers.find(({ digit }) => digit === input)
      if (!answer) wrong(asked.invalid)
      else {
        told.answers.push(input)
        if (answer.then.kind === 'question') {
          asked = answer.then.question
          ask()
        } else told.end = answer.then
      }
    }
  }
  return told
}

/** The core's result for the same inputs. */
function toldByCore(first: Question, inputs: readonly Input[]): Told & { readonly left: number } {
  const live = world()
    .group('g', 'serial', ['ann'])
    .queue('q1', ['g'])
    .queue('q2', ['g'])
    .workflow('w', '', { entry: { kind: 'question', question: first } })
    .live()
  const told: Told = { sounds: [], answers: [], end: undefined }
  const listen = (): void => {
    for (const effect of live.effects) {
      if (effect.kind === 'play' && !told.end) told.sounds.push(effect.prompt)
      if (effect.kind === 'record' && effect.fact.kind === 'answerGiven') told.answers.push(effect.fact.digit)
    }
    told.end ??= endOf(live)
    if (told.end !== undefined && told.end !== 'unanswered' && told.end.prompt !== undefined) told.sounds.pop()
  }
  live.call('c1', 'w', true)
  listen()
  for (const input of inputs) {
    if (told.end) break
    if (input === 'heard') live.heard('c1', told.sounds.at(-1) ?? '')
    else if (input === 'wait') live.after(5_000)
    else live.press('c1', input)
    listen()
  }
  return { ...told, left: live.world.calls.size }
}

function endOf(live: Live): Action | 'unanswered' | undefined {
  const call = live.world.calls.get('c1' as never)
  const [finished] = live.facts('callFinished')
  if (finished) return finished.why === 'unanswered' ? 'unanswered' : { kind: 'disconnect' }
  if (call?.phase.kind === 'farewell') return call.phase.action
  if (call?.phase.kind === 'forwarding') return { kind: 'forward', as: 'voicemail', to: call.phase.to }
  const wait = call && findWait(call)
  return wait && { kind: 'queue', queue: wait.queue }
}

const inputs = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.constant<Input>('heard') },
    { weight: 2, arbitrary: fc.constant<Input>('wait') },
    { weight: 3, arbitrary: fc.constantFrom<Input[]>(...digits) },
  ),
  { maxLength: 25 },
)

describe('questions and answers', () => {
  it('lead to the same results in the core as in a simple model', () => {
    fc.assert(
      fc.property(question(), inputs, (first, given) => {
        const { left, ...core } = toldByCore(first, given)
        const book = toldBy(first, given)
        assert.deepEqual(core, book)
        assert.equal(left, book.end === 'unanswered' || isDisconnect(book.end) ? 0 : 1)
      }),
      { numRuns: 4 * runs.numRuns },
    )
  })
})

const isDisconnect = (end: Told['end']): boolean =>
  end !== undefined && end !== 'unanswered' && end.kind === 'disconnect' && end.prompt === undefined
