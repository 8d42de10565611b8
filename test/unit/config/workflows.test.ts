import assert from 'node:assert/strict'
import { faultsOf, removeFolders, settingsOf, type Files } from './folder.js'
import type { Action, WorkflowSettings } from '../../../src/routing/world/settings.js'

const start = 'workflows:\n  - name: support\n    uri: sip:support@example.com\n'
/** A hunt group with these lines. The first one is line 5 of the file. */
const huntGroup = (lines: string): Files => ({ 'workflows.yaml': `${start}    queue: support\n${lines}` })
/** An interactive workflow with this question. Its first line is line 6 of the file. */
const interactive = (lines: string): Files => ({ 'workflows.yaml': `${start}    type: interactive\n    question:\n${lines}` })

async function workflowOf(files: Files): Promise<WorkflowSettings> {
  const [workflow] = (await settingsOf(files)).routing.workflows
  assert.ok(workflow)
  return workflow
}

const holidays = `holidays:
  - name: one
    days:
      - { name: New Year, from: 2027-01-01, to: 2027-01-02 }
      - { name: Christmas, from: "2026-12-24 13:00", to: 2026-12-27 }
  - name: other
    days: [{ name: Fair, from: 2026-07-01T08:30, to: 2026-07-01T10:00 }]
`

describe('a workflow in the config', () => {
  after(removeFolders)

  it('is by default a hunt group that is always open and plays the music of the server', async () => {
    const { routing, calls } = await settingsOf()
    assert.deepEqual(routing.workflows, [
      { name: 'support', active: true, musicOnHold: 'builtin:default', entry: { kind: 'queue', queue: 'support' } },
    ])
    assert.equal(calls.workflows[0]?.answer, 'atOnce')
  })

  it('has hours for each day in minutes, starting on Monday', async () => {
    const { hours, timeZone } = await workflowOf(
      huntGroup(
        '    timeZone: Europe/Paris\n    hours: { mon-wed: ["09:00-12:30", "13:30-18:00"], sat: ["22:00-02:00"], sun: [] }\n',
      ),
    )
    const day = [
      { start: 540, end: 750 },
      { start: 810, end: 1_080 },
    ]
    assert.equal(timeZone, 'Europe/Paris')
    assert.deepEqual(hours, [day, day, day, [], [], [{ start: 1_320, end: 120 }], []])
  })

  it('has the days of all its sets of holidays as wall-clock times', async () => {
    const workflow = await workflowOf({ ...huntGroup('    holidays: [other, one]\n'), 'holidays.yaml': holidays })
    assert.deepEqual(workflow.holidays, [
      { name: 'Fair', from: '2026-07-01T08:30', to: '2026-07-01T10:00' },
      { name: 'New Year', from: '2027-01-01T00:00', to: '2027-01-02T00:00' },
      { name: 'Christmas', from: '2026-12-24T13:00', to: '2026-12-27T00:00' },
    ])
  })

  it('plays a prompt before the action of a closed workflow, written beside the action or inside it', async () => {
    const workflow = await workflowOf({
      ...huntGroup(`    hours: { mon: ["09:00-10:00"] }
    closed: { prompt: { say: closed }, action: { voicemail: "sip:vm@example.com" } }
    holidays: [one]
    holiday: { action: { disconnect: true, prompt: { say: closed } } }
`),
      'holidays.yaml': holidays,
    })
    const { closed, holiday } = workflow
    assert.ok(closed?.prompt)
    assert.deepEqual(closed, { kind: 'forward', as: 'voicemail', to: 'sip:vm@example.com', prompt: closed.prompt })
    assert.deepEqual(holiday, { kind: 'disconnect', prompt: closed.prompt })
    const silent = await workflowOf(huntGroup('    hours: { mon: ["09:00-10:00"] }\n    closed: {}\n'))
    assert.deepEqual(silent.closed, { kind: 'disconnect' } satisfies Action)
  })

  it('asks a question whose answers lead to queues, actions and further questions', async () => {
    const { entry } = await workflowOf(
      interactive(`      prompt: { say: first }
      invalid: { say: no }
      noAnswer: { say: hello }
      answers:
        - { digit: 1, queue: support }
        - { digit: "*", name: leave word, action: { voicemail: "sip:vm@example.com", prompt: { say: after the tone } } }
        - digit: "2"
          question:
            prompt: { say: second }
            answers:
              - { digit: 0, question: { prompt: { say: third }, answers: [{ digit: "#", action: { number: "+14255550100" } }] } }
`),
    )
    assert.ok(entry.kind === 'question')
    const { question } = entry
    assert.ok(question.prompt && question.invalid && question.noAnswer)
    assert.deepEqual(
      question.answers.map(({ digit, name, then }) => [digit, name, then.kind]),
      [
        ['1', 'support', 'queue'],
        ['*', 'leave word', 'forward'],
        ['2', 'key 2', 'question'],
      ],
    )
    const second = question.answers[2]?.then
    assert.ok(second?.kind === 'question')
    const third = second.question.answers[0]?.then
    assert.ok(third?.kind === 'question')
    assert.deepEqual(third.question.answers, [
      {
        digit: '#',
        name: '+14255550100',
        then: { kind: 'forward', as: 'number', to: 'sip:+14255550100@example.com;user=phone' },
      },
    ])
  })

  it('can leave the call unanswered until an agent answers', async () => {
    const { calls } = await settingsOf(huntGroup('    answer: onAgent\n'))
    assert.equal(calls.workflows[0]?.answer, 'onAgent')
  })

  const oneAnswer = (answer: string): Files => interactive(`      prompt: { say: hi }\n      answers:\n        - ${answer}\n`)
  for (const [what, files, expected] of [
    [
      'an unknown type',
      huntGroup('    type: interactiv\n'),
      "5:11: expected one of huntGroup, interactive, found 'interactiv'; did you mean 'interactive'?",
    ],
    ['a hunt group without a queue', { 'workflows.yaml': start }, "2:5: 'queue' is missing: type huntGroup needs it"],
    [
      'a question of a hunt group',
      huntGroup('    question: { prompt: { say: hi }, answers: [{ digit: 1, queue: support }] }\n'),
      "5:5: 'question' is not for huntGroup workflows; they have 'queue'",
    ],
    [
      'a queue of an interactive workflow',
      huntGroup('    type: interactive\n'),
      "4:5: 'queue' is not for interactive workflows; they have 'question'",
    ],
    [
      'an interactive workflow without a question',
      { 'workflows.yaml': `${start}    type: interactive\n` },
      "2:5: 'question' is missing: type interactive needs it",
    ],
    [
      'an interactive workflow that waits for an agent',
      {
        'workflows.yaml': `${start}    type: interactive\n    answer: onAgent\n    question: { prompt: { say: hi }, answers: [{ digit: 1, queue: support }] }\n`,
      },
      "5:13: an interactive workflow is answered atOnce: it asks before an agent answers; remove 'answer'",
    ],
    [
      'a language',
      huntGroup('    language: en_US\n'),
      "5:15: expected a language such as en-US or fr (with a hyphen), found 'en_US'",
    ],
    [
      'a time zone',
      huntGroup('    timeZone: Europe/Pariss\n'),
      "5:15: expected a time zone such as Europe/Paris, found 'Europe/Pariss'; did you mean 'Europe/Paris'?",
    ],
    [
      'an offset for a time zone',
      huntGroup('    timeZone: "+02:00"\n'),
      "5:15: expected a time zone such as Europe/Paris, found '+02:00'",
    ],
    [
      'a day',
      huntGroup('    hours: { mon-fry: ["09:00-10:00"] }\n'),
      "5:14: expected a day (mon, tue, wed, thu, fri, sat, sun) or days such as mon-fri, found 'mon-fry'; did you mean 'mon-fri'?",
    ],
    [
      'a day that occurs twice',
      huntGroup('    hours:\n      mon-fri: ["09:00-10:00"]\n      fri: ["12:00-13:00"]\n'),
      "7:7: fri is already used in 'mon-fri'; name each day once",
    ],
    [
      'a time of day',
      huntGroup('    hours: { mon: ["09:00-10:00", "9:00-25:00"] }\n'),
      `5:35: expected times such as "09:00-12:30" (00:00 to 24:00, two digits each, in quotes), found '9:00-25:00'`,
    ],
    [
      'a range without length',
      huntGroup('    hours: { mon: ["09:00-09:00"] }\n'),
      `5:20: expected an end that is not the beginning; a whole day is "00:00-24:00", found '09:00-09:00'`,
    ],
    [
      'one time where a list stands',
      huntGroup('    hours: { mon: "09:00-10:00" }\n'),
      "5:19: expected a list, found '09:00-10:00'",
    ],
    [
      'an unknown set of holidays',
      { ...huntGroup('    holidays: [won]\n'), 'holidays.yaml': holidays },
      "5:16: there is no set of holidays 'won'; did you mean 'one'?",
    ],
    [
      'an unknown queue for callers outside the hours',
      huntGroup('    closed: { action: { queue: suport } }\n'),
      "5:32: there is no queue 'suport'; did you mean 'support'?",
    ],
    [
      'two prompts before one action',
      huntGroup('    closed: { prompt: { say: a }, action: { disconnect: true, prompt: { say: b } } }\n'),
      "5:63: 'prompt' is already set beside the action; keep one of them",
    ],
    ['a key', oneAnswer('{ digit: 12, queue: support }'), '8:20: expected a key: 0 to 9, or "*" or "#" in quotes, found 12'],
    [
      'a key without quotes, which is a comment',
      interactive('      prompt: { say: hi }\n      answers:\n        - digit: #\n          queue: support\n'),
      '8:11: expected a key: 0 to 9, or "*" or "#" in quotes, found nothing',
    ],
    [
      'an answer without a key',
      oneAnswer('{ queue: support }'),
      '8:11: expected a key: 0 to 9, or "*" or "#" in quotes, found nothing',
    ],
    [
      'a key that occurs twice',
      oneAnswer('{ digit: 1, queue: support }\n        - { digit: "1", queue: support }'),
      '9:20: the key 1 is already used in answer 1',
    ],
    [
      'an answer that leads nowhere',
      oneAnswer('{ digit: 1, name: lost }'),
      '8:11: an answer needs one of queue, question, action',
    ],
    [
      'an answer that leads to two places',
      oneAnswer('{ digit: 1, queue: support, action: { disconnect: true } }'),
      "8:39: an answer has one of queue, question, action; 'queue' is already set",
    ],
    [
      'an unknown queue of an answer',
      oneAnswer('{ digit: 1, queue: suport }'),
      "8:30: there is no queue 'suport'; did you mean 'support'?",
    ],
    [
      'an unknown queue of an action of an answer, two questions deep',
      oneAnswer('{ digit: 1, question: { prompt: { say: b }, answers: [{ digit: 2, action: { queue: sales } }] } }'),
      "8:94: there is no queue 'sales'",
    ],
    [
      'a question without answers',
      interactive('      prompt: { say: hi }\n      answers: []\n'),
      '7:16: expected at least one answer, found an empty list',
    ],
    [
      'a question without a prompt',
      interactive('      answers: [{ digit: 1, queue: support }]\n'),
      "6:7: 'prompt' is missing: The question.",
    ],
    ['a misspelt key of an answer', oneAnswer('{ digit: 1, queu: support }'), "8:23: unknown key 'queu'; did you mean 'queue'?"],
  ] as const satisfies readonly (readonly [string, Files, string])[])
    it(`refuses ${what}`, async () => {
      const faults = await faultsOf(files)
      assert.ok(faults.includes(`workflows.yaml:${expected}`), faults.join('\n'))
    })

  for (const [what, days, expected] of [
    [
      'a date that does not exist',
      '{ name: x, from: 2026-02-30, to: 2026-03-01 }',
      "4:26: expected a date and time that exist, found '2026-02-30'",
    ],
    [
      'a date in words',
      '{ name: x, from: tomorrow, to: 2026-03-01 }',
      "4:26: expected a date such as 2026-12-24, or with a time 2026-12-24T13:00, found 'tomorrow'",
    ],
    [
      'an end that is the beginning',
      '{ name: x, from: 2026-01-01, to: 2026-01-01 }',
      "4:42: expected an end after the start (2026-01-01T00:00); 'to' itself is not part of the holiday: a whole day ends at the next date",
    ],
    [
      'a holiday without an end',
      '{ name: x, from: 2026-01-01 }',
      "4:9: 'to' is missing: The end, in the same format. It is not part of the holiday: a whole day ends at the next date.",
    ],
  ] as const)
    it(`refuses ${what} of a holiday`, async () => {
      const faults = await faultsOf({ 'holidays.yaml': `holidays:\n  - name: one\n    days:\n      - ${days}\n` })
      assert.ok(faults.includes(`holidays.yaml:${expected}`), faults.join('\n'))
    })

  it('accepts overlapping holidays, and refuses two sets with the same name', async () => {
    const twice = holidays.replace('name: other', 'name: one')
    const faults = await faultsOf({ 'holidays.yaml': twice })
    assert.deepEqual(faults, ["holidays.yaml:6:11: set of holidays 'one' is already defined at holidays.yaml:2:11"])
    const overlapping = holidays.replace('2027-01-02', '2027-02-01').replace('2026-12-27', '2027-01-15')
    const workflow = await workflowOf({ ...huntGroup('    holidays: [one]\n'), 'holidays.yaml': overlapping })
    assert.equal(workflow.holidays?.length, 2)
  })

  it('refuses a set of holidays that a workflow names twice, and more than 1,000 holidays of a workflow', async () => {
    const twice = { ...huntGroup('    holidays: [one, one]\n'), 'holidays.yaml': holidays }
    assert.deepEqual(
      (await faultsOf(twice)).map(fault => fault.replace(/^.*?: /, '')),
      [`set of holidays of this workflow: 'one' is already defined at workflows.yaml:5:16`],
    )
    const day = (at: number): string => `{ name: x, from: ${2027 + at}-01-01, to: ${2027 + at}-01-02 }`
    const set = (name: string, days: number): string =>
      `  - { name: ${name}, days: [${Array.from({ length: days }, (_, at) => day(at)).join(', ')}] }\n`
    const many = (days: number) => ({
      ...huntGroup('    holidays: [one, two]\n'),
      'holidays.yaml': `holidays:\n${set('one', 501)}${set('two', days)}`,
    })
    assert.equal((await workflowOf(many(499))).holidays?.length, 1_000)
    const [fault = ''] = await faultsOf(many(500))
    assert.match(fault, /these sets have 1001 holidays together; up to 1000 are possible$/)
  })

  it('accepts questions nested as deep as a person would write them, and refuses endless nesting', async () => {
    const nested = (levels: number): string =>
      levels === 0
        ? '{ prompt: { say: end }, answers: [{ digit: 1, queue: support }] }'
        : `{ prompt: { say: more }, answers: [{ digit: 1, question: ${nested(levels - 1)} }] }`
    const deep = (question: string): Files => ({ 'workflows.yaml': `${start}    type: interactive\n    question: ${question}\n` })
    assert.equal((await workflowOf(deep(nested(20)))).entry.kind, 'question')
    const faults = await faultsOf(deep(nested(80)))
    assert.match(faults[0] ?? '', /^workflows\.yaml:1:1: this file is too deep/)
    const circle = await faultsOf(deep('&again { prompt: { say: hi }, answers: [{ digit: 1, question: *again }] }'))
    assert.match(circle[0] ?? '', /^workflows\.yaml:\d+:\d+: /)
  })
})
