import type {
  Action,
  Answer,
  Holiday,
  Question,
  QueueSettings,
  RecordingNotice,
  Route,
  WeeklyHours,
  WorkflowSettings,
} from '../routing/world/settings.js'
import { type PromptId, queueName, workflowName } from '../routing/world/ids.js'
import { dayNames, readDays } from './hours.js'
import type { Gathered } from './gather.js'
import type { Prompts } from './prompts.js'
import type { QueueEntry, Sections } from './schema.js'
import type { ActionEntry, FarewellEntry, MusicEntry } from './schema-actions.js'
import type { AnswerEntry, QuestionEntry, Week, WorkflowEntry } from './schema-workflows.js'
import { commonLanguage, sentencesOf, weeksOf, type Weeks } from './walk.js'

/**
 * Translates workflows and queues to the form that routing needs: prompt ids instead of words, hours instead of the name of a set, and one
 * list of holidays instead of names of sets.
 */
export class WorkflowTranslator {
  readonly #holidays: ReadonlyMap<string, readonly Holiday[]>
  readonly #weekOf: Weeks

  constructor(
    private readonly sections: Sections,
    private readonly prompts: Prompts,
    gathered: Pick<Gathered, 'holidays' | 'hours'>,
  ) {
    this.#holidays = new Map(gathered.holidays.map(({ value: { name, days } }) => [name, days]))
    this.#weekOf = weeksOf(gathered)
  }

  queue(entry: QueueEntry): QueueSettings {
    const { name, groups, timeout, overflow, noAgents, announce, language, serviceLevel, record } = entry
    const action = (said: ActionEntry): Action => this.#action(said, language)
    const ids = (sentences: readonly string[]): PromptId[] => sentences.map(say => this.prompts.idOf({ say }, language))
    const { positions, waits } = sentencesOf(entry)
    return {
      name: queueName(name),
      groups: groups as QueueSettings['groups'][number][],
      ...(timeout && { timeout: { after: timeout.after, action: action(timeout.action) } }),
      ...(overflow && { overflow: { ...overflow, action: action(overflow.action) } }),
      ...(announce && { announce: { every: announce.every, positions: ids(positions), waits: ids(waits) } }),
      ...(record !== 'never' && { record }),
      noAgents: { when: noAgents.when, action: action(noAgents.action) },
      ...(serviceLevel && { serviceLevel }),
    }
  }

  workflow(entry: WorkflowEntry): WorkflowSettings {
    const {
      name,
      active,
      timeZone,
      language,
      holidays,
      closed,
      holiday,
      welcome,
      musicOnHold,
      record,
      recordingNotice: notice,
    } = entry
    const week = this.#weekOf(entry)
    return {
      name: workflowName(name),
      active,
      ...(timeZone !== undefined && { timeZone }),
      ...(week && { hours: eachDay(week) }),
      ...(closed && { closed: this.#farewell(closed, language) }),
      ...(holidays && { holidays: [...new Set(holidays)].flatMap(set => this.#holidays.get(set) ?? []) }),
      ...(holiday && { holiday: this.#farewell(holiday, language) }),
      ...(welcome && { welcome: this.prompts.idOf(welcome, language) }),
      ...(record !== 'never' && { record }),
      ...(notice && { recordingNotice: this.#notice(notice, language) }),
      musicOnHold: this.#music(musicOnHold, language),
      entry: this.#entry(entry),
    }
  }

  #notice({ prompt, consent }: NonNullable<WorkflowEntry['recordingNotice']>, language: string): RecordingNotice {
    return { prompt: this.prompts.idOf(prompt, language), ...(consent !== undefined && { consent }) }
  }

  #music(own: MusicEntry | undefined, language: string): PromptId {
    return own ? this.prompts.idOf(own, language) : this.prompts.idOf(this.sections.defaults.musicOnHold, commonLanguage)
  }

  #entry({ question, queue, language }: WorkflowEntry): Route {
    return question ? this.#ask(question, language) : { kind: 'queue', queue: queueName(queue ?? '') }
  }

  #ask(entry: QuestionEntry, language: string): Route {
    const { prompt, invalid, noAnswer, answers } = entry
    const question: Question = {
      prompt: this.prompts.idOf(prompt, language),
      ...(invalid && { invalid: this.prompts.idOf(invalid, language) }),
      ...(noAnswer && { noAnswer: this.prompts.idOf(noAnswer, language) }),
      answers: answers.map(answer => this.#answer(answer, language)),
    }
    return { kind: 'question', question }
  }

  #answer({ digit, name, queue, question, action }: AnswerEntry, language: string): Answer {
    if (question) return { digit, name: name ?? `key ${digit}`, then: this.#ask(question, language) }
    const said: ActionEntry = action ?? { queue }
    return { digit, name: name ?? inWords(said), then: this.#action(said, language) }
  }

  #farewell({ prompt, action }: FarewellEntry, language: string): Action {
    return this.#action({ ...action, prompt: prompt ?? action.prompt }, language)
  }

  #action(entry: ActionEntry, language: string): Action {
    const prompt = entry.prompt && { prompt: this.prompts.idOf(entry.prompt, language) }
    if (entry.queue !== undefined) return { kind: 'queue', queue: queueName(entry.queue), ...prompt }
    if (entry.number !== undefined) return { kind: 'forward', as: 'number', to: this.#numberUri(entry.number), ...prompt }
    for (const as of ['voicemail', 'uri'] as const) {
      const target = entry[as]
      if (!target) continue
      return { kind: 'forward', as, to: target.kind === 'number' ? this.#numberUri(target.number) : target.uri.text, ...prompt }
    }
    return { kind: 'disconnect', ...prompt }
  }

  /** The SIP URI of a telephone number, at the outbound proxy or else at our domain (RFC 3261 §19.1.6). */
  #numberUri(number: string): string {
    const { sip } = this.sections
    return `sip:${number}@${sip.outboundProxy?.hostPort ?? sip.domain};user=phone`
  }
}

/** The place to which an answer leads, in words for agents and reports. */
function inWords({ queue, number, voicemail, uri }: ActionEntry): string {
  if (queue !== undefined) return queue
  if (number !== undefined) return number
  if (voicemail) return 'voicemail'
  if (uri) return uri.kind === 'number' ? uri.number : uri.uri.text
  return 'disconnect'
}

function eachDay(week: Week): WeeklyHours {
  return dayNames.map((_, day) =>
    Object.entries(week).flatMap(([key, ranges]) => {
      const days = readDays(key)
      return days.ok && days.value.includes(day) ? ranges : []
    }),
  )
}
