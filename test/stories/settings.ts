import { readDays, readOpenRange } from '../../src/config/hours.js'
import type { Result } from '../../src/foundation/result.js'
import { millis, parseDuration, type Millis } from '../../src/foundation/time.js'
import type { AgentSettings, PromptId, QueueSettings, WorkflowSettings } from '../../src/routing/index.js'
import type { Digit } from '../../src/routing/world/words.js'
import type { Action, Announcements, OpenRange, Question, Recording, Route } from '../../src/routing/world/settings.js'

/** Reads the config lines of a story into settings. */
type Options = ReadonlyMap<string, string>
type Questions = ReadonlyMap<string, Question>

export function agentOptions(options: Options): Partial<AgentSettings> {
  return {
    ...(options.has('homed') ? { homed: options.get('homed') as never } : {}),
    ...(options.has('wrapUp') ? { wrapUp: span(options.get('wrapUp')) } : {}),
    ...(options.has('presence') ? { alwaysAvailable: options.get('presence') === 'always' } : {}),
  }
}

/** `timeout=60s:ACTION`, `overflow=2:oldest:ACTION`, `noAgents=noneSignedIn:ACTION`, `announce=30s:2` (up to position and minute 2). */
export function queueOptions(options: Options): Partial<QueueSettings> {
  const more: { -readonly [K in keyof QueueSettings]?: QueueSettings[K] } = {}
  const [after, late] = splitOnce(options.get('timeout') ?? '', ':')
  if (after !== '') more.timeout = { after: span(after), action: actionOf(late) }
  const [calls, rest] = splitOnce(options.get('overflow') ?? '', ':')
  const [candidate, action] = splitOnce(rest, ':')
  if (calls !== '')
    more.overflow = { waitingCalls: Number(calls), candidate: candidate as 'newest' | 'oldest', action: actionOf(action) }
  const [when, nobody] = splitOnce(options.get('noAgents') ?? '', ':')
  if (when !== '') more.noAgents = { when: when as 'noneConfigured' | 'noneSignedIn', action: actionOf(nobody) }
  if (options.has('record')) more.record = options.get('record') as Recording
  if (options.has('announce')) more.announce = announcementsOf(options.get('announce') ?? '')
  return more
}

/**
 * `welcome=PROMPT music=PROMPT`, `zone=Europe/Berlin hours=mon-fri@09:00-12:00,sat@22:00-02:00 closed=ACTION`,
 * `holidays=2027-12-24T13:00..2027-12-27T00:00,… holiday=ACTION`, `question=NAME` in place of a queue, `record=always notice=PROMPT consent=1`.
 */
export function workflowOptions(options: Options, questions: Questions): Partial<WorkflowSettings> {
  const more: { -readonly [K in keyof WorkflowSettings]?: WorkflowSettings[K] } = {}
  const { welcome, music, zone, hours, closed, holidays, holiday, question, record, notice, consent } =
    Object.fromEntries(options)
  if (record !== undefined) more.record = record as Recording
  if (notice !== undefined)
    more.recordingNotice = { prompt: notice as PromptId, ...(consent !== undefined && { consent: consent as Digit }) }
  if (welcome !== undefined) more.welcome = welcome as PromptId
  if (music !== undefined) more.musicOnHold = music as PromptId
  if (zone !== undefined) more.timeZone = zone
  if (hours !== undefined) more.hours = weekOf(hours.split(','))
  if (closed !== undefined) more.closed = actionOf(closed)
  if (holidays !== undefined) more.holidays = holidays.split(',').map(holidayOf)
  if (holiday !== undefined) more.holiday = actionOf(holiday)
  if (question !== undefined) more.entry = { kind: 'question', question: known(questions, question) }
  return more
}

/** `prompt=PROMPT invalid=PROMPT noAnswer=PROMPT 1=NAME:ROUTE 2=NAME:ROUTE`. A route is an action, or `question:NAME` of an earlier question. */
export function questionOf(options: Options, questions: Questions): Question {
  const { prompt, invalid, noAnswer, ...keys } = Object.fromEntries(options)
  const answers = Object.entries(keys).map(([digit, answer]) => {
    const [name, route] = splitOnce(answer, ':')
    return { digit: digit as Digit, name, then: routeOf(route, questions) }
  })
  return {
    prompt: prompt as PromptId,
    ...(invalid === undefined ? {} : { invalid: invalid as PromptId }),
    ...(noAnswer === undefined ? {} : { noAnswer: noAnswer as PromptId }),
    answers,
  }
}

function routeOf(text: string, questions: Questions): Route {
  const [kind, name] = splitOnce(text, ':')
  return kind === 'question' ? { kind, question: known(questions, name) } : actionOf(text)
}

/** `disconnect`, `queue:NAME`, `voicemail:URI`, `number:URI`, `uri:URI`. A leading `PROMPT>` is played first. */
function actionOf(text: string): Action {
  const [prompt, action] = text.includes('>') ? splitOnce(text, '>') : [undefined, text]
  const [kind, to] = splitOnce(action, ':')
  const said = prompt === undefined ? {} : { prompt: prompt as PromptId }
  if (kind === 'disconnect') return { kind, ...said }
  if (kind === 'queue') return { kind, queue: to as never, ...said }
  return { kind: 'forward', as: kind as 'voicemail' | 'number' | 'uri', to, ...said }
}

function announcementsOf(text: string): Announcements {
  const [every, count] = splitOnce(text, ':')
  const upTo = (what: string): PromptId[] => Array.from({ length: Number(count) }, (_, n) => `${what}-${n + 1}` as PromptId)
  return { every: span(every), positions: upTo('position'), waits: upTo('minutes') }
}

function weekOf(ranges: readonly string[]): readonly (readonly OpenRange[])[] {
  const week: OpenRange[][] = Array.from({ length: 7 }, () => [])
  for (const text of ranges) {
    const [days, range] = splitOnce(text, '@')
    for (const day of must(readDays(days))) week[day]?.push(must(readOpenRange(range)))
  }
  return week
}

function holidayOf(text: string): { name: string; from: string; to: string } {
  const [from, to] = splitOnce(text, '..')
  return { name: from, from, to }
}

function known(questions: Questions, name: string): Question {
  const question = questions.get(name)
  if (!question) throw new Error(`the story has no question ${name} before this`)
  return question
}

export function span(text: string | undefined): Millis {
  return millis(must(parseDuration(text ?? '')))
}

export function splitOnce(text: string, by: string): [string, string] {
  const at = text.indexOf(by)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + by.length)]
}

function must<T>(read: Result<T>): T {
  if (!read.ok) throw new Error(read.fault)
  return read.value
}
