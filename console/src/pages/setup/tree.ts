import {
  actionKinds,
  actionWith,
  blockOf,
  kindOfAction,
  listOf,
  textOf,
  withoutFields,
  type ActionKind,
  type Draft,
  type Fault,
} from './draft.js'

/** The question of a workflow as a tree of answers. Pure functions. */

/** The positions of answers, from the first question on. Empty: the first question itself. */
export type Path = readonly number[]

/** One line of the picture. */
export interface Row {
  readonly path: Path
  /** The answer. Undefined for the first question. */
  readonly answer: Draft | undefined
  /** The question to which the answer leads. Undefined: it leads elsewhere. */
  readonly question: Draft | undefined
  /** How many answers the question before has, and the place of this one among them, from 1. */
  readonly of: { readonly size: number; readonly place: number }
}

const keys = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0', '*', '#'] as const
/** The most questions after each other that the form adds. The server accepts more. */
export const mostLevels = 5

export const answersOf = (question: Draft): readonly Draft[] => listOf(question['answers']).map(blockOf)

const questionOf = (answer: Draft): Draft | undefined =>
  answer['question'] === undefined ? undefined : blockOf(answer['question'])

/** All lines, in the order of the picture. */
export function rowsOf(question: Draft, path: Path = []): readonly Row[] {
  const first: readonly Row[] = path.length > 0 ? [] : [{ path, answer: undefined, question, of: { size: 1, place: 1 } }]
  const answers = answersOf(question)
  const below = answers.flatMap((answer, index): readonly Row[] => {
    const next = questionOf(answer)
    const row = { path: [...path, index], answer, question: next, of: { size: answers.length, place: index + 1 } }
    return [row, ...(next ? rowsOf(next, row.path) : [])]
  })
  return [...first, ...below]
}

export const samePath = (one: Path, other: Path): boolean =>
  one.length === other.length && one.every((each, at) => each === other[at])

/** The question with another answer at this path. Undefined removes the answer. */
export function withAnswer(question: Draft, [index = 0, ...rest]: Path, answer: Draft | undefined): Draft {
  const answers = answersOf(question)
  const replaced = (old: Draft): readonly Draft[] => {
    if (rest.length > 0) return [{ ...old, question: withAnswer(blockOf(old['question']), rest, answer) }]
    return answer ? [answer] : []
  }
  return { ...question, answers: answers.flatMap((old, at) => (at === index ? replaced(old) : [old])) }
}

/** The question with other words at this path. */
export function withQuestion(question: Draft, path: Path, changed: Draft): Draft {
  const answer = rowsOf(question).find(row => samePath(row.path, path))?.answer
  return answer ? withAnswer(question, path, { ...answer, question: changed }) : changed
}

/** The keys that no other answer of a question has. `except`: the key of the answer itself. */
export function freeKeys(question: Draft, except?: string): readonly string[] {
  const used = new Set(answersOf(question).map(({ digit }) => textOf(digit)))
  return keys.filter(key => key === except || !used.has(key))
}

/** The question before the answer at this path. */
export const questionBefore = (question: Draft, path: Path): Draft =>
  rowsOf(question).find(row => samePath(row.path, path.slice(0, -1)))?.question ?? question

/** A question with one more answer. */
export function withOneMore(question: Draft, queue: string): Draft {
  const [digit] = freeKeys(question)
  return digit === undefined ? question : { ...question, answers: [...answersOf(question), { digit, queue }] }
}

/** Where an answer leads. */
export type Leads = ActionKind | 'question'
export const leadKinds: readonly Leads[] = ['queue', 'question', ...actionKinds.filter(kind => kind !== 'queue')]

export function leadsTo(answer: Draft): { readonly kind: Leads; readonly target: string } {
  if (answer['question'] !== undefined) return { kind: 'question', target: '' }
  if (answer['queue'] !== undefined) return { kind: 'queue', target: textOf(answer['queue']) }
  const action = blockOf(answer['action'])
  const kind = kindOfAction(action)
  return { kind, target: kind === 'disconnect' ? '' : textOf(action[kind]) }
}

/** The answer with another target. `queue`: where the first answer of a new question leads. */
export function leading(answer: Draft, kind: Leads, target: string, queue: string): Draft {
  const rest = withoutFields(answer, ['queue', 'question', 'action'])
  if (kind === 'question') return { ...rest, question: { prompt: { say: '' }, answers: [{ digit: '1', queue }] } }
  if (kind === 'queue' && answer['action'] === undefined) return { ...rest, queue: target }
  const action = actionWith(blockOf(answer['action']), kind, target)
  return kind === 'queue' && action['prompt'] === undefined ? { ...rest, queue: target } : { ...rest, action }
}

/** The place of an answer in the workflow, as faults name it. */
export const fieldOf = (path: Path): string =>
  ['question', ...path.map(index => `answers.${index}`)].join('.').replaceAll(/(answers\.\d+)\.(?=answers)/g, '$1.question.')

/** Whether a fault is in this answer or question itself, and not further below. */
export function hasFault({ path, question }: Row, faults: readonly Fault[]): boolean {
  const own = fieldOf(path)
  const below = `${own}${path.length > 0 ? '.question' : ''}.answers.`
  return faults.some(
    ({ field }) =>
      field !== null &&
      (field === own || field.startsWith(`${own}.`)) &&
      !(question !== undefined && /^\d/.test(field.slice(below.length)) && field.startsWith(below)),
  )
}

/** The line to which a key leads from this one. Undefined: the key does nothing here. */
export function stepFrom(rows: readonly Row[], at: Path, key: string): Path | undefined {
  const index = rows.findIndex(({ path }) => samePath(path, at))
  const next = rows[index + 1]?.path
  const steps: Readonly<Record<string, Path | undefined>> = {
    ArrowDown: next,
    ArrowUp: rows[index - 1]?.path,
    ArrowLeft: at.length > 0 ? at.slice(0, -1) : undefined,
    ArrowRight: next?.length === at.length + 1 ? next : undefined,
    Home: rows[0]?.path,
    End: rows.at(-1)?.path,
  }
  return steps[key]
}
