import fc from 'fast-check'
import { millis } from '../../src/foundation/time.js'
import type { PromptId, QueueName, RoutingSettings, WorkflowName, WorkflowSettings } from '../../src/routing/index.js'
import type { Digit } from '../../src/routing/world/words.js'
import type { Action, Announcements, Holiday, Question, Route, WeeklyHours } from '../../src/routing/world/settings.js'

export const queueNames = ['q1', 'q2'] as QueueName[]
export const digits: readonly Digit[] = ['1', '2', '3', '#']

/** A record with a prototype, as from a config. */
export const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(model, { noNullPrototype: true })

export const optional = <K extends string, T>(key: K, value: fc.Arbitrary<T>): fc.Arbitrary<Partial<Record<K, T>>> =>
  fc.oneof(
    fc.constant<Partial<Record<K, T>>>({}),
    value.map(found => ({ [key]: found }) as Partial<Record<K, T>>),
  )

/** The usual value in four of five cases. */
export const mostly = <T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) })

/** Few prompts, so that different questions and queues often have the same one. */
const prompt = fc.constantFrom('a', 'b', 'c', 'd', 'e').map(name => name as PromptId)

const toQueue = fc.constantFrom(...queueNames).map<Action>(queue => ({ kind: 'queue', queue }))

export const action: fc.Arbitrary<Action> = fc
  .tuple(
    fc.oneof(
      fc.constant<Action>({ kind: 'disconnect' }),
      fc.constant<Action>({ kind: 'forward', as: 'voicemail', to: 'sip:vm@example.com' }),
      toQueue,
      toQueue,
    ),
    optional('prompt', prompt),
  )
  .map(([what, said]) => ({ ...what, ...said }))

export const announce: fc.Arbitrary<Announcements> = record({
  every: fc.constantFrom(millis(10_000), millis(15_000)),
  positions: fc.array(prompt, { maxLength: 2 }),
  waits: fc.array(prompt, { maxLength: 2 }),
})

/** Questions up to three deep, with one to three answers each. */
export const question = (depth = 3): fc.Arbitrary<Question> =>
  fc
    .tuple(
      prompt,
      fc.uniqueArray(fc.tuple(fc.constantFrom(...digits), depth > 1 ? fc.oneof(action, asking(depth - 1)) : action), {
        minLength: 1,
        maxLength: 3,
        selector: ([digit]) => digit,
      }),
      optional('invalid', prompt),
      optional('noAnswer', prompt),
    )
    .map(([said, answers, invalid, noAnswer]) => ({
      prompt: said,
      answers: answers.map(([digit, then]) => ({ digit, name: `key ${digit}`, then })),
      ...invalid,
      ...noAnswer,
    }))

const asking = (depth: number): fc.Arbitrary<Route> => question(depth).map(asked => ({ kind: 'question', question: asked }))

/** Worlds begin on Friday, 2027-01-15, at 08:00 UTC. */
const hours: fc.Arbitrary<WeeklyHours> = fc.constantFrom<WeeklyHours[]>(
  Array.from({ length: 7 }, () => [{ start: 0, end: 1440 }]),
  Array.from({ length: 7 }, () => [{ start: 100, end: 90 }]),
  Array.from({ length: 7 }, () => [
    { start: 480, end: 481 },
    { start: 482, end: 2 },
  ]),
  [],
)

const holidays: fc.Arbitrary<Holiday[]> = fc.constantFrom<Holiday[][]>(
  [{ name: 'one minute', from: '2027-01-15T08:01', to: '2027-01-15T08:02' }],
  [{ name: 'long ago', from: '2020-01-01T00:00', to: '2020-01-02T00:00' }],
)

export const workflow = (name: string): fc.Arbitrary<WorkflowSettings> =>
  fc
    .tuple(
      record({
        name: fc.constant(name as WorkflowName),
        entry: fc.oneof(toQueue, toQueue, action, asking(3), asking(3)),
        active: mostly(true, false),
      }),
      optional('welcome', prompt),
      optional('musicOnHold', fc.constant('jazz' as PromptId)),
      optional('hours', hours),
      optional('closed', action),
      optional('holidays', holidays),
      optional('holiday', action),
    )
    .map(([settings, welcome, music, open, closed, days, holiday]) => ({
      ...settings,
      ...welcome,
      ...music,
      ...open,
      ...closed,
      ...days,
      ...holiday,
    }))

/**
 * Replaces by `disconnect` each action, and each answer to a question, that leads to a queue which these settings do not have. A checked
 * config has none of them. Here they arise when a queue is removed from random settings.
 */
export function withoutMissingQueues(settings: RoutingSettings): RoutingSettings {
  const names = new Set(settings.queues.map(({ name }) => name))
  const action = (from: Action): Action => (from.kind === 'queue' && !names.has(from.queue) ? { kind: 'disconnect' } : from)
  const route = (from: Route): Route => {
    if (from.kind !== 'question') return action(from)
    const answers = from.question.answers.map(answer => ({ ...answer, then: route(answer.then) }))
    return { ...from, question: { ...from.question, answers } }
  }
  return {
    ...settings,
    queues: settings.queues.map(({ timeout, overflow, ...queue }) => ({
      ...queue,
      noAgents: { ...queue.noAgents, action: action(queue.noAgents.action) },
      ...(timeout ? { timeout: { ...timeout, action: action(timeout.action) } } : {}),
      ...(overflow ? { overflow: { ...overflow, action: action(overflow.action) } } : {}),
    })),
    workflows: settings.workflows.map(({ closed, holiday, ...workflow }) => ({
      ...workflow,
      entry: route(workflow.entry),
      ...(closed ? { closed: action(closed) } : {}),
      ...(holiday ? { holiday: action(holiday) } : {}),
    })),
  }
}
