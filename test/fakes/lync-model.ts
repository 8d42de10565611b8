import fc from 'fast-check'
import { Enumeration, guid, identity, moment, span, uri, type ExportedSite, type Properties, type Value } from './lync-export.js'

/** A site that Lync and Carillon can both express, as data. Numbers of groups, queues, hours and holidays are places in their lists. */
export interface SiteModel {
  readonly groups: readonly {
    readonly name: string
    readonly isFormal: boolean
    readonly method: (typeof methods)[number]
    readonly alertTime: number
    readonly agents: readonly string[]
  }[]
  readonly queues: readonly {
    readonly name: string
    readonly groups: readonly number[]
    readonly timeout?: { readonly after: number; readonly action: ActionModel } | undefined
    readonly overflow?: { readonly calls: number; readonly isOldest: boolean; readonly action: ActionModel } | undefined
  }[]
  readonly hours: readonly { readonly name: string; readonly isPrivate: boolean; readonly days: readonly (readonly Span[])[] }[]
  readonly holidays: readonly {
    readonly name: string
    readonly days: readonly { readonly name: string; readonly from: string; readonly to: string }[]
  }[]
  readonly workflows: readonly WorkflowModel[]
}

export interface WorkflowModel {
  readonly name: string
  readonly uri: string
  readonly number?: string | undefined
  readonly displayNumber?: string | undefined
  readonly isActive: boolean
  readonly isAnonymous: boolean
  /** Windows' name and IANA's. */
  readonly zone: readonly [string, string]
  readonly welcome?: string | undefined
  readonly hours?: number | undefined
  readonly closed?: ActionModel | undefined
  readonly holidays: readonly number[]
  readonly holiday?: ActionModel | undefined
  readonly entry: { readonly queue: number } | { readonly question: QuestionModel }
}

export type ActionModel = {
  readonly kind: 'end' | 'queue' | 'uri' | 'voicemail' | 'number'
  readonly queue: number
  readonly to: string
  readonly prompt?: string | undefined
}

export interface QuestionModel {
  readonly prompt: string
  readonly invalid?: string | undefined
  readonly answers: readonly {
    readonly digit: string
    readonly name?: string | undefined
    readonly then: ActionModel | QuestionModel
  }[]
}

/** Minutes from midnight. */
type Span = readonly [number, number]

const methods = ['longestIdle', 'parallel', 'roundRobin', 'serial', 'attendant'] as const
const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
const fullDays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const
const domain = 'example.com'

const idOf = (kind: number, index: number): string => `08b3ffec-0000-0000-000${kind}-${String(index).padStart(12, '0')}`
const [groupId, queueId, hoursId, holidaysId, workflowId] = [1, 2, 3, 4, 5].map(kind => (index: number) => idOf(kind, index)) as [
  (index: number) => string,
  (index: number) => string,
  (index: number) => string,
  (index: number) => string,
  (index: number) => string,
]

/** What Lync exports of the site. */
export function lyncOf({ groups, queues, hours, holidays, workflows }: SiteModel): ExportedSite {
  const prompt = (words: string | undefined): Value =>
    words === undefined ? null : { TextToSpeechPrompt: words, AudioFilePrompt: null }
  const kinds = {
    end: 'Terminate',
    queue: 'TransferToQueue',
    uri: 'TransferToUri',
    voicemail: 'TransferToVoicemailUri',
    number: 'TransferToPstn',
  }
  const action = (model: ActionModel | undefined): Value => {
    if (!model) return null
    const isUri = model.kind === 'uri' || model.kind === 'voicemail'
    const to = model.kind === 'number' ? `sip:${model.to}@${domain}` : isUri ? model.to : null
    return {
      Action: kinds[model.kind],
      Uri: to === null ? null : uri(to),
      QueueID: model.kind === 'queue' ? identity(queueId(model.queue)) : null,
      Prompt: prompt(model.prompt),
      Question: null,
    }
  }
  const then = (model: ActionModel | QuestionModel): Value =>
    'answers' in model ? { Action: 'TransferToQuestion', Question: question(model), Prompt: null } : action(model)
  const question = (model: QuestionModel): Value => ({
    Prompt: prompt(model.prompt),
    InvalidAnswerPrompt: prompt(model.invalid),
    NoAnswerPrompt: null,
    Name: '',
    AnswerList: model.answers.map(answer => ({
      DtmfResponse: answer.digit,
      VoiceResponseList: [],
      Name: answer.name ?? null,
      Action: then(answer.then),
    })),
  })
  return {
    AgentGroups: groups.map((group, index) => ({
      Identity: identity(groupId(index)),
      Name: group.name,
      Description: '',
      ParticipationPolicy: new Enumeration(group.isFormal ? 'Formal' : 'Informal'),
      AgentAlertTime: group.alertTime,
      RoutingMethod: new Enumeration(`${group.method[0]?.toUpperCase() ?? ''}${group.method.slice(1)}`),
      DistributionGroupAddress: null,
      AgentsByUri: group.agents.map(uri),
    })),
    Queues: queues.map((queue, index) => ({
      Identity: identity(queueId(index)),
      Name: queue.name,
      AgentGroupIDList: queue.groups.map(each => identity(groupId(each))),
      TimeoutThreshold: queue.timeout?.after ?? null,
      TimeoutAction: action(queue.timeout?.action),
      OverflowThreshold: queue.overflow?.calls ?? null,
      OverflowCandidate: queue.overflow?.isOldest === true ? 'OldestCall' : 'NewestCall',
      OverflowAction: action(queue.overflow?.action),
    })),
    HoursOfBusiness: hours.map((set, index) => ({
      Identity: identity(hoursId(index)),
      Name: set.isPrivate ? `${set.name}_${idOf(9, index)}` : set.name,
      ...Object.fromEntries(
        fullDays.flatMap((day, at) =>
          [0, 1].map(which => {
            const [open, close] = set.days[at]?.[which] ?? []
            const hours: Value =
              open === undefined || close === undefined ? null : { OpenTime: span(open), CloseTime: span(close) }
            return [`${day}Hours${which + 1}`, hours]
          }),
        ),
      ),
    })),
    HolidaySets: holidays.map((set, index) => ({
      Identity: identity(holidaysId(index)),
      Name: set.name,
      HolidayList: set.days.map(day => ({ Name: day.name, StartDate: moment(day.from), EndDate: moment(day.to) })),
    })),
    Workflows: workflows.map((workflow, index): Properties => ({
      Identity: identity(workflowId(index)),
      Name: workflow.name,
      PrimaryUri: uri(workflow.uri),
      LineUri: workflow.number === undefined ? null : uri(`tel:${workflow.number}`),
      DisplayNumber: workflow.displayNumber ?? null,
      Active: workflow.isActive,
      Language: 'en-US',
      TimeZone: workflow.zone[0],
      Anonymous: workflow.isAnonymous,
      Managed: false,
      ManagersByUri: [],
      EnabledForFederation: false,
      BusinessHoursID: workflow.hours === undefined ? null : identity(hoursId(workflow.hours)),
      HolidaySetIDList: workflow.holidays.map(each => identity(holidaysId(each))),
      DefaultAction:
        'queue' in workflow.entry
          ? {
              Action: 'TransferToQueue',
              QueueID: identity(queueId(workflow.entry.queue)),
              Prompt: prompt(workflow.welcome),
              Question: null,
            }
          : { Action: 'TransferToQuestion', Question: question(workflow.entry.question), Prompt: prompt(workflow.welcome) },
      NonBusinessHoursAction: action(workflow.closed),
      HolidayAction: action(workflow.holiday),
      CustomMusicOnHoldFile: null,
      OwnerPool: guid(idOf(0, 0)),
    })),
  }
}

/** The same site as a person would write it, as JSON, which is YAML. */
export function carillonOf({ groups, queues, hours, holidays, workflows }: SiteModel): Readonly<Record<string, string>> {
  const said = (words: string | undefined): object => (words === undefined ? {} : { prompt: { say: words } })
  const action = (model: ActionModel): Readonly<Record<string, unknown>> => {
    const target = {
      end: { disconnect: true },
      queue: { queue: queues[model.queue]?.name },
      uri: { uri: model.to },
      voicemail: { voicemail: model.to },
      number: { number: model.to },
    }[model.kind]
    return { ...target, ...said(model.prompt) }
  }
  const then = (model: ActionModel | QuestionModel): object => {
    if ('answers' in model) return { question: question(model) }
    return model.kind === 'queue' && model.prompt === undefined ? { queue: queues[model.queue]?.name } : { action: action(model) }
  }
  const question = (model: QuestionModel): object => ({
    ...said(model.prompt),
    ...(model.invalid !== undefined && { invalid: { say: model.invalid } }),
    answers: model.answers.map(({ digit, name, then: next }) => ({ digit, ...(name !== undefined && { name }), ...then(next) })),
  })
  const clock = (minutes: number): string =>
    `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
  const week = (spans: readonly (readonly Span[])[]): object =>
    Object.fromEntries(days.map((day, at) => [day, (spans[at] ?? []).map(([open, close]) => `${clock(open)}-${clock(close)}`)]))
  const hoursOf = (index: number): unknown => {
    const set = hours[index]
    return set?.isPrivate === true ? week(set.days) : set?.name
  }
  const file = (list: string, entries: readonly object[]): [string, string] => [
    `${list}.yaml`,
    JSON.stringify({ [list]: entries }),
  ]
  const uris = [...new Set(groups.flatMap(({ agents }) => agents))]
  return Object.fromEntries([
    ['carillon.yaml', JSON.stringify({ sip: { domain, trustedPeers: ['10.0.0.5'], outboundProxy: 'sip:10.0.0.5' } })],
    file(
      'agents',
      uris.map(each => ({ uri: each })),
    ),
    file(
      'groups',
      groups.map(group => ({
        name: group.name,
        participationPolicy: group.isFormal ? 'formal' : 'informal',
        agentAlertTime: `${group.alertTime}s`,
        routingMethod: group.method,
        agents: group.agents,
      })),
    ),
    file(
      'queues',
      queues.map(({ name, groups: searched, timeout, overflow }) => ({
        name,
        groups: searched.map(each => groups[each]?.name),
        ...(timeout && { timeout: { after: `${timeout.after}s`, action: action(timeout.action) } }),
        ...(overflow && {
          overflow: {
            waitingCalls: overflow.calls,
            candidate: overflow.isOldest ? 'oldest' : 'newest',
            action: action(overflow.action),
          },
        }),
      })),
    ),
    file(
      'hours',
      hours.filter(({ isPrivate }) => !isPrivate).map(({ name, days: spans }) => ({ name, week: week(spans) })),
    ),
    file('holidays', holidays),
    file(
      'workflows',
      workflows.map(each => ({
        name: each.name,
        uri: each.uri,
        ...(each.number !== undefined && { number: each.number }),
        ...(each.displayNumber !== undefined && { displayNumber: each.displayNumber }),
        active: each.isActive,
        anonymous: each.isAnonymous,
        timeZone: each.zone[1],
        ...(each.welcome !== undefined && { welcome: { say: each.welcome } }),
        ...(each.hours !== undefined && {
          hours: hoursOf(each.hours),
          ...(each.closed && { closed: { action: action(each.closed) } }),
        }),
        ...(each.holidays.length > 0 && {
          holidays: each.holidays.map(set => holidays[set]?.name),
          ...(each.holiday && { holiday: { action: action(each.holiday) } }),
        }),
        ...('queue' in each.entry
          ? { queue: queues[each.entry.queue]?.name }
          : { type: 'interactive', question: question(each.entry.question) }),
      })),
    ),
  ])
}

const text = (most: number): fc.Arbitrary<string> =>
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: most }).filter(each => {
    const plain =
      each.trim() === each && each !== '' && !each.includes('${') && !/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(each)
    return plain && !/_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(each)
  })
const names = (least: number, most: number): fc.Arbitrary<string[]> =>
  fc.uniqueArray(text(20), { minLength: least, maxLength: most })
const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined })
const daySpans: fc.Arbitrary<readonly Span[]> = fc
  .uniqueArray(fc.integer({ min: 0, max: 1_439 }), { minLength: 0, maxLength: 4 })
  .map(times => times.sort((a, b) => a - b))
  .map(times => [0, 2].flatMap(at => (times[at + 1] === undefined ? [] : [[times[at] ?? 0, times[at + 1] ?? 0] as const])))

const date = (day: number): string => new Date(Date.UTC(2027, 0, 1 + day)).toISOString().slice(0, 16)

const zones = [
  ['W. Europe Standard Time', 'Europe/Berlin'],
  ['Pacific Standard Time', 'America/Los_Angeles'],
  ['GMT Standard Time', 'Europe/London'],
] as const

/** Random sites. */
export const siteModels: fc.Arbitrary<SiteModel> = fc
  .tuple(names(1, 3), names(1, 3), names(0, 3), names(0, 2), names(1, 4))
  .chain(([groupNames, queueNames, hoursNames, holidayNames, workflowNames]) => {
    const queueAt = fc.nat(queueNames.length - 1)
    const action: fc.Arbitrary<ActionModel> = fc
      .record({
        kind: fc.constantFrom('end' as const, 'queue' as const, 'uri' as const, 'voicemail' as const, 'number' as const),
        queue: queueAt,
        user: fc.stringMatching(/^[a-z]{1,8}$/),
        digits: fc.stringMatching(/^[1-9]\d{5,10}$/),
        prompt: optional(text(40)),
      })
      .map(({ kind, queue, user, digits, prompt }) => ({
        kind,
        queue,
        to: kind === 'number' ? `+${digits}` : `sip:${user}@${domain}`,
        prompt,
      }))
    const { question } = fc.letrec<{ question: QuestionModel; then: ActionModel | QuestionModel }>(tie => ({
      then: fc.oneof({ maxDepth: 2, withCrossShrink: true }, action, tie('question')),
      question: fc.record({
        prompt: text(40),
        answers: fc
          .uniqueArray(fc.constantFrom('0', '1', '2', '3', '9', '*', '#'), { minLength: 1, maxLength: 3 })
          .chain(digits =>
            fc.tuple(...digits.map(digit => fc.record({ digit: fc.constant(digit), name: text(12), then: tie('then') }))),
          ),
      }),
    }))
    const agents = fc
      .uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { minLength: 1, maxLength: 4 })
      .map(all => all.map(user => `sip:${user}@${domain}`))
    const usedHours = fc.nat(Math.max(0, hoursNames.length - 1))
    return fc.record({
      groups: fc.tuple(
        ...groupNames.map(name =>
          fc.record({
            name: fc.constant(name),
            isFormal: fc.boolean(),
            method: fc.constantFrom(...methods),
            alertTime: fc.integer({ min: 10, max: 180 }),
            agents,
          }),
        ),
      ),
      queues: fc.tuple(
        ...queueNames.map(name =>
          fc.record({
            name: fc.constant(name),
            groups: fc.uniqueArray(fc.nat(groupNames.length - 1), { minLength: 1, maxLength: 3 }),
            timeout: optional(fc.record({ after: fc.integer({ min: 10, max: 65_535 }), action })),
            overflow: optional(fc.record({ calls: fc.nat(1_000), isOldest: fc.boolean(), action })),
          }),
        ),
      ),
      hours: fc.tuple(
        ...hoursNames.map(name =>
          fc.record({
            name: fc.constant(name),
            isPrivate: fc.boolean(),
            days: fc.tuple(...days.map(() => daySpans)),
          }),
        ),
      ),
      holidays: fc.tuple(
        ...holidayNames.map(name =>
          fc.record({
            name: fc.constant(name),
            days: fc.array(
              fc
                .record({ name: text(12), day: fc.nat(300), length: fc.integer({ min: 1, max: 3 }) })
                .map(({ name: title, day, length }) => ({
                  name: title,
                  from: date(day),
                  to: date(day + length),
                })),
              { minLength: 1, maxLength: 3 },
            ),
          }),
        ),
      ),
      workflows: fc.tuple(
        ...workflowNames.map((name, index) =>
          fc.record({
            name: fc.constant(name),
            uri: fc.constant(`sip:line${index}@${domain}`),
            number: optional(fc.constantFrom(`+1425555010${index}`, `+14255550200;ext=400${index}`, `400${index}`)),
            displayNumber: optional(text(20)),
            isActive: fc.boolean(),
            isAnonymous: fc.boolean(),
            zone: fc.constantFrom(...zones),
            welcome: optional(text(40)),
            hours: hoursNames.length === 0 ? fc.constant(undefined) : optional(usedHours),
            closed: optional(action),
            holidays: fc.uniqueArray(fc.nat(Math.max(0, holidayNames.length - 1)), { maxLength: holidayNames.length }),
            holiday: optional(action),
            entry: fc.oneof(
              queueAt.map(queue => ({ queue })),
              question.map(each => ({ question: each })),
            ),
          }),
        ),
      ),
    })
  })
