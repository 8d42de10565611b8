import { z } from 'zod'
import {
  block,
  choice,
  complain,
  digit,
  language,
  name,
  numberPattern,
  peer,
  read,
  screenPop,
  sipUri,
  text,
  workflowNumber,
} from './fields.js'
import { dayNames, nearestDays, readDays, readOpenRange } from './hours.js'
import { readMoment, readTimeZone } from './moments.js'
import { action, farewell, music, prompt } from './schema-actions.js'
import { supervised } from './schema-supervision.js'
import { record, recordingNotice } from './schema-recordings.js'

/** The schema of workflows (what callers dial, opening hours, questions) and of sets of holidays. */

const dayKey = z
  .string()
  .meta({ pattern: `^(${dayNames.join('|')})(-(${dayNames.join('|')}))?$` })
  .superRefine((value, context) => {
    const days = readDays(value)
    const near = nearestDays(value)
    const meant = near === undefined ? '' : `; did you mean '${near}'?`
    if (!days.ok) context.addIssue({ code: 'custom', message: `${days.fault}${meant}` })
  })

const week = z
  .record(dayKey, z.array(read('09:00-12:30', readOpenRange)).max(48, 'expected up to 48 times a day'))
  .describe(
    'Opening hours by day (mon to sun) or range of days (mon-fri): lists of times such as "09:00-12:30". A time may cross midnight. Default: always open.',
  )
  .superRefine((week, context) => {
    const named = new Map<number, string>()
    for (const key of Object.keys(week)) {
      const days = readDays(key)
      if (!days.ok) continue
      const twice = days.value.find(day => named.has(day))
      if (twice !== undefined)
        complain(
          context,
          [key],
          `${dayNames[twice] ?? ''} is already used in '${named.get(twice) ?? ''}'; name each day once`,
          'key',
        )
      for (const day of days.value) named.set(day, key)
    }
  })

const answerTargets = ['queue', 'question', 'action'] as const
const answerBlock = block('A key and where it leads: exactly one of queue, question, action.', {
  digit: digit().describe('The key: 0 to 9, "*" or "#" (these two in quotes).'),
  name: text(128).describe('The name that agents and reports show. Default: where the key leads.').optional(),
  queue: name().describe('Name of the queue in which the call waits.').optional(),
  action: action.describe('What happens to the call.').optional(),
  get question(): z.ZodOptional<typeof questionBlock> {
    return questionBlock.optional()
  },
}).superRefine((answer, context) => {
  const said = answerTargets.filter(key => answer[key] !== undefined)
  if (said.length === 0) complain(context, [], `an answer needs one of ${answerTargets.join(', ')}`)
  for (const key of said.slice(1))
    complain(context, [key], `an answer has one of ${answerTargets.join(', ')}; '${said[0] ?? ''}' is already set`, 'key')
})

const questionBlock = block('A question that the caller answers by a key, even before the prompt has ended.', {
  prompt: prompt.describe('The question.'),
  invalid: prompt.describe('Played after a key that is not an answer.').optional(),
  noAnswer: prompt.describe('Played after five seconds without a key.').optional(),
  answers: z.array(answerBlock).min(1, 'expected at least one answer'),
}).superRefine(({ answers }, context) => {
  for (const [index, answer] of answers.entries()) {
    const first = answers.findIndex(each => each.digit === answer.digit)
    if (first < index)
      complain(context, ['answers', index, 'digit'], `the key ${answer.digit} is already used in answer ${first + 1}`)
  }
})

const placeholders = ['workflow', 'caller', 'number']
const callerDisplay = text(128).superRefine((value, context) => {
  for (const [, word = ''] of value.matchAll(/\{([^{}]*)\}/g))
    if (!placeholders.includes(word))
      complain(context, [], `unknown placeholder {${word}}; expected {workflow}, {caller} or {number}`)
})

const outbound = block('Agents call out on behalf of the workflow: people see its number. Needs sip.outboundProxy.', {
  prefix: z
    .string()
    .regex(/^[*#\d]{1,8}$/, 'expected 1 to 8 keys of a telephone, in quotes, such as "*71"')
    .describe(
      'What an agent dials before the number, such as "*71". Default: none; phones name the workflow in P-Preferred-Identity, as the phone of the console does.',
    )
    .optional(),
  numbers: z
    .array(numberPattern())
    .min(1, 'expected at least one number')
    .max(100, 'expected up to 100 numbers')
    .describe(
      'The numbers that agents may call, in quotes: "+33*" allows all with this prefix. In "0?????????", each ? stands for one digit. Others get 403.',
    ),
  groups: z
    .array(name())
    .min(1, 'expected at least one group')
    .max(100, 'expected up to 100 groups')
    .describe('The groups whose agents may call. Default: the groups of the queues to which the workflow leads.')
    .optional(),
})

const workflowKeys = {
  name: name().describe('Unique, 1 to 128 characters.'),
  uri: sipUri('withUser').describe(
    'The SIP URI that callers dial. Unique. The user part and the host must match. If the host of a request is this server, the user part is enough.',
  ),
  number: workflowNumber()
    .describe(
      'The telephone number that callers dial, in quotes: E.164 such as "+14255550100", with an extension "+14255550100;ext=4001", or a short number of your site "4001". Unique.',
    )
    .optional(),
  displayNumber: text(64).describe('The number as people see it, such as "+1 (425) 555-0100". Default: the number.').optional(),
  displayName: text(128).describe('The name that agents see. Default: the name.').optional(),
  description: text(1_024).describe('A note for admins.').optional(),
  active: z.boolean().describe('false: calls get 480 Temporarily Unavailable.').prefault(true),
  type: choice('huntGroup: calls go to a queue; interactive: callers answer questions first.', [
    'huntGroup',
    'interactive',
  ]).prefault('huntGroup'),
  anonymous: z.boolean().describe('true: the caller never learns who the agent is.').prefault(false),
  anchored: z
    .boolean()
    .describe('true: media of talks pass through Carillon, whatever media.anchor says. Not with media.engine none.')
    .prefault(false),
  record: record(),
  supervised: supervised(),
  recordingNotice: recordingNotice.optional(),
  callerDisplay: callerDisplay
    .describe(
      "The caller's name as agents see it. {workflow}, {caller} and {number} are replaced; {number} is the displayNumber.",
    )
    .prefault('{workflow}: {caller}'),
  screenPop: screenPop()
    .describe(
      'A page about the caller, which the console offers to agents: http or https with {caller}, {callerUri}, {callerName}, {workflow} and {callId}. none: no page. Default: that of defaults.',
    )
    .optional(),
  callContext: z
    .boolean()
    .describe(
      'true: the INVITE to an agent has a second body part (application/vnd.carillon.call+json) with workflow, queue, caller, answers and wait. Only for phones that accept several parts.',
    )
    .prefault(false),
  callersFrom: z
    .array(peer())
    .min(1, 'expected at least one address')
    .max(100, 'expected up to 100 addresses')
    .describe(
      'Calls come only from these addresses and blocks of sip.trustedPeers, such as [10.0.0.5]; others get 403. Phones that call with a password may always call. Default: all trusted peers.',
    )
    .optional(),
  outbound: outbound.optional(),
  answer: choice('atOnce: prompts and music from the start; onAgent: the caller hears ringback until an agent answers.', [
    'atOnce',
    'onAgent',
  ]).prefault('atOnce'),
  language: language().describe('Language of the spoken prompts, such as en-US.').prefault('en-US'),
  timeZone: read('Europe/Paris', readTimeZone)
    .describe(
      'IANA time zone of the hours and holidays, such as Europe/Paris. Names of Windows such as W. Europe Standard Time work too. Default: UTC.',
    )
    .optional(),
  welcome: prompt.describe('Played first and to its end. Keys do not skip it.').optional(),
  hours: z
    .union([week, name()])
    .describe('Opening hours, or the name of a set of hours that workflows share. Default: always open.')
    .optional(),
  closed: farewell('What happens to calls outside the hours. Default: the call ends.').optional(),
  holidays: z.array(name()).max(100, 'expected up to 100 sets of holidays').describe('Names of sets of holidays.').optional(),
  holiday: farewell('What happens to calls on a holiday. Default: the call ends.').optional(),
  musicOnHold: music().describe('What waiting callers hear. Default: defaults.musicOnHold.').optional(),
  queue: name().describe('huntGroup: name of the queue in which the calls wait.').optional(),
  question: questionBlock.optional(),
}

/** For each type of workflow, the key that it needs and the key that belongs to the other type. */
const leads = { huntGroup: { has: 'queue', not: 'question' }, interactive: { has: 'question', not: 'queue' } } as const

export const workflowEntry = block('What a dialled number does.', workflowKeys).superRefine((workflow, context) => {
  const { type, answer } = workflow
  const { has, not } = leads[type]
  if (workflow[not] !== undefined) complain(context, [not], `'${not}' is not for ${type} workflows; they have '${has}'`, 'key')
  else if (workflow[has] === undefined) complain(context, [has], `'${has}' is missing: type ${type} needs it`)
  if (type === 'interactive' && answer === 'onAgent')
    complain(context, ['answer'], "an interactive workflow is answered atOnce: it asks before an agent answers; remove 'answer'")
})

const holidayBlock = block('A time when nobody works.', {
  name: text(128).describe('The name of the holiday.'),
  from: read('2026-12-24', readMoment).describe(
    "A date, or a date with a time such as 2026-12-24T13:00, in the workflow's time zone.",
  ),
  to: read('2026-12-25', readMoment).describe(
    'The end, in the same format. It is not part of the holiday: a whole day ends at the next date.',
  ),
}).superRefine(({ from, to }, context) => {
  if (to <= from)
    complain(
      context,
      ['to'],
      `expected an end after the start (${from}); 'to' itself is not part of the holiday: a whole day ends at the next date`,
    )
})

export const hoursEntry = block('Opening hours, for any number of workflows.', {
  name: name().describe('Unique, 1 to 128 characters. Workflows refer to the hours by it.'),
  week,
})

export const holidaysEntry = block('A set of holidays, for any number of workflows.', {
  name: name().describe('Unique, 1 to 128 characters. Workflows refer to the set by it.'),
  days: z.array(holidayBlock).max(1_000, 'expected up to 1000 holidays'),
})

export type WorkflowEntry = z.output<typeof workflowEntry>
export type QuestionEntry = z.output<typeof questionBlock>
export type AnswerEntry = z.output<typeof answerBlock>
export type Week = z.output<typeof week>
export type HoursEntry = z.output<typeof hoursEntry>
export type HolidaysEntry = z.output<typeof holidaysEntry>
