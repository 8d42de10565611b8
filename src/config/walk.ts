import type { Placed } from './complaints.js'
import type { Gathered } from './gather.js'
import { phrasesIn, type Phrases } from './phrases.js'
import type { QueueEntry } from './schema.js'
import type { ActionEntry, MusicEntry } from './schema-actions.js'
import type { AnswerEntry, QuestionEntry, Week, WorkflowEntry } from './schema-workflows.js'
import { absentSource, type Path } from './source.js'

/** Something inside an entry, with its path from the entry. */
export type Within<T> = readonly [Path, T]

/** A prompt or music, with its entry and the language of its words. */
export interface PlacedPrompt {
  readonly entry: Placed<unknown>
  readonly path: Path
  readonly prompt: MusicEntry
  readonly language: string
}

/** The language of entries that name none. */
export const commonLanguage = 'en-US'

/** Each action of a queue. */
export function actionsOf({ timeout, overflow, noAgents }: QueueEntry): readonly Within<ActionEntry>[] {
  return [
    ...(timeout ? [[['timeout', 'action'], timeout.action] as const] : []),
    ...(overflow ? [[['overflow', 'action'], overflow.action] as const] : []),
    [['noAgents', 'action'], noAgents.action],
  ]
}

/** Each question of a workflow. A question comes before those that its answers lead to. */
function questionsOf({ question }: WorkflowEntry): readonly Within<QuestionEntry>[] {
  return question ? questionsUnder(['question'], question) : []
}

function questionsUnder(path: Path, question: QuestionEntry): Within<QuestionEntry>[] {
  const further = question.answers.flatMap((answer, index) =>
    answer.question ? questionsUnder([...path, 'answers', index, 'question'], answer.question) : [],
  )
  return [[path, question], ...further]
}

/** Each answer of a workflow, at any depth. */
export function answersOf(workflow: WorkflowEntry): readonly Within<AnswerEntry>[] {
  return questionsOf(workflow).flatMap(([path, { answers }]) =>
    answers.map((answer, index) => [[...path, 'answers', index], answer] as const),
  )
}

/** Each action of a workflow: for closed hours, for holidays, and for answers. */
export function actionsOfWorkflow(workflow: WorkflowEntry): readonly Within<ActionEntry>[] {
  const { closed, holiday } = workflow
  return [
    ...(closed ? [[['closed', 'action'], closed.action] as const] : []),
    ...(holiday ? [[['holiday', 'action'], holiday.action] as const] : []),
    ...answersOf(workflow).flatMap(([path, { action }]) => (action ? [[[...path, 'action'], action] as const] : [])),
  ]
}

/** Finds the opening hours of a workflow: its own, or those of the set that it names. Undefined: always open. */
export type Weeks = (workflow: WorkflowEntry) => Week | undefined

export function weeksOf({ hours: sets }: Pick<Gathered, 'hours'>): Weeks {
  const byName = new Map(sets.map(({ value: { name, week } }) => [name, week]))
  return ({ hours }) => (typeof hours === 'string' ? byName.get(hours) : hours)
}

/** Each queue that a workflow names. */
export function queuesOfWorkflow(workflow: WorkflowEntry): readonly Within<string>[] {
  const answers = answersOf(workflow)
  return [
    ...(workflow.queue === undefined ? [] : [[['queue'], workflow.queue] as const]),
    ...answers.flatMap(([path, { queue }]) => (queue === undefined ? [] : [[[...path, 'queue'], queue] as const])),
    ...actionsOfWorkflow(workflow).flatMap(([path, { queue }]) =>
      queue === undefined ? [] : [[[...path, 'queue'], queue] as const],
    ),
  ]
}

/** Every prompt and music of a config, including the sentences of announcements and sign-in codes. */
export function promptsOf({ groups, workflows, queues, sections, sectionPlaces }: Gathered): PlacedPrompt[] {
  const defaults = sectionPlaces.get('defaults') ?? { value: undefined, source: absentSource('carillon.yaml'), path: [] }
  return [
    ...(sections ? [at(defaults, commonLanguage)(['musicOnHold'], sections.defaults.musicOnHold)] : []),
    ...queues.flatMap(promptsOfQueue),
    ...workflows.flatMap(promptsOfWorkflow),
    ...promptsOfSignIn(groups, sections, sectionPlaces.get('agents')),
  ]
}

/** The sentences for agents who dial a sign-in code. */
function promptsOfSignIn(
  groups: Gathered['groups'],
  sections: Gathered['sections'],
  place: Placed<unknown> = { value: undefined, source: absentSource('carillon.yaml'), path: [] },
): PlacedPrompt[] {
  const { signIn } = sections?.agents ?? {}
  const phrases = signIn && phrasesIn(signIn.language)
  if (!phrases) return []
  const coded = groups.filter(({ value }) => value.signInCode !== undefined)
  return [
    ...both(phrases).map(say => at(place, signIn.language)(['signIn'], { say })),
    ...coded.flatMap(group => both(phrases, group.value.name).map(say => at(group, signIn.language)(['signInCode'], { say }))),
  ]
}

const both = ({ signedIn, signedOut }: Phrases, group?: string): readonly string[] => [signedIn(group), signedOut(group)]

/** The sentences that a queue tells waiting callers. Empty lists: it tells them nothing. */
export function sentencesOf({ announce, language }: QueueEntry): Pick<Phrases, 'positions' | 'waits'> {
  const phrases = announce && phrasesIn(language)
  return {
    positions: announce?.position && phrases ? phrases.positions : [],
    waits: announce?.wait && phrases ? phrases.waits : [],
  }
}

function promptsOfQueue(queue: Placed<QueueEntry>): PlacedPrompt[] {
  const { language } = queue.value
  const { positions, waits } = sentencesOf(queue.value)
  const announced = [...positions, ...waits].map(say => at(queue, language)(['announce'], { say }))
  return [...promptsOfActions(queue, language, actionsOf(queue.value)), ...announced]
}

function promptsOfWorkflow(workflow: Placed<WorkflowEntry>): PlacedPrompt[] {
  const { language, welcome, recordingNotice, closed, holiday, musicOnHold } = workflow.value
  const one = at(workflow, language)
  const maybe = (path: Path, prompt: MusicEntry | undefined): PlacedPrompt[] => (prompt ? [one(path, prompt)] : [])
  return [
    ...maybe(['welcome'], welcome),
    ...maybe(['recordingNotice', 'prompt'], recordingNotice?.prompt),
    ...maybe(['closed', 'prompt'], closed?.prompt),
    ...maybe(['holiday', 'prompt'], holiday?.prompt),
    ...maybe(['musicOnHold'], musicOnHold),
    ...questionsOf(workflow.value).flatMap(([path, { prompt, invalid, noAnswer }]) => [
      one([...path, 'prompt'], prompt),
      ...maybe([...path, 'invalid'], invalid),
      ...maybe([...path, 'noAnswer'], noAnswer),
    ]),
    ...promptsOfActions(workflow, language, actionsOfWorkflow(workflow.value)),
  ]
}

function promptsOfActions(entry: Placed<unknown>, language: string, actions: readonly Within<ActionEntry>[]): PlacedPrompt[] {
  return actions.flatMap(([path, { prompt }]) => (prompt ? [at(entry, language)([...path, 'prompt'], prompt)] : []))
}

const at =
  (entry: Placed<unknown>, language: string) =>
  (path: Path, prompt: MusicEntry): PlacedPrompt => ({ entry, path, prompt, language })
