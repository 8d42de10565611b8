import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { runCommand } from '../../../src/cli/command.js'
import { importCommand } from '../../../src/cli/import.js'
import type { Note } from '../../../src/import/notes.js'
import {
  clixml,
  Enumeration,
  exported,
  guid,
  identity,
  moment,
  span,
  uri,
  zip,
  type Properties,
  type Value,
} from '../../fakes/lync-export.js'
import { spiedOutput } from '../../fakes/spies.js'
import { newFolder, removeFolders, wav } from '../config/folder.js'

const id = (end: string): string => `08b3ffec-0000-0000-0000-${end.padStart(12, '0')}`

/** A help desk of one group, one queue and one workflow. */
const group: Properties = {
  Identity: identity(id('1')),
  Name: 'Help Desk',
  Description: 'First line',
  ParticipationPolicy: new Enumeration('Formal'),
  AgentAlertTime: 30,
  RoutingMethod: new Enumeration('LongestIdle'),
  DistributionGroupAddress: null,
  AgentsByUri: [uri('sip:alice@example.com'), uri('sip:Bob@example.com')],
}
const queue: Properties = {
  Identity: identity(id('2')),
  Name: 'Help Desk',
  AgentGroupIDList: [identity(id('1'))],
  TimeoutThreshold: 300,
  TimeoutAction: { Action: 'TransferToVoicemailUri', Uri: uri('sip:vm@example.com') },
  OverflowThreshold: 10,
  OverflowCandidate: 'NewestCall',
  OverflowAction: { Action: 'terminate', Prompt: { TextToSpeechPrompt: 'All lines are busy.' } },
}
const workflow: Properties = {
  Identity: identity(id('3')),
  Name: 'Help Desk',
  PrimaryUri: uri('sip:helpdesk@example.com'),
  LineUri: uri('tel:+14255550100;ext=4001'),
  DisplayNumber: '+1 (425) 555-0100',
  Active: true,
  Language: 'en-US',
  TimeZone: 'W. Europe Standard Time',
  Anonymous: false,
  Managed: false,
  ManagersByUri: [],
  EnabledForFederation: false,
  BusinessHoursID: identity(id('4')),
  HolidaySetIDList: [identity(id('5'))],
  DefaultAction: { Action: 'TransferToQueue', QueueID: identity(id('2')), Prompt: { TextToSpeechPrompt: 'Welcome.' } },
  NonBusinessHoursAction: { Action: 'TransferToPstn', Uri: uri('sip:+14255550199@example.com') },
  HolidayAction: { Action: 'Terminate' },
  CustomMusicOnHoldFile: null,
}
const hours: Properties = {
  Identity: identity(id('4')),
  Name: 'Office',
  ...Object.fromEntries(
    ['Monday', 'Tuesday', 'Friday'].map(day => [`${day}Hours1`, { OpenTime: span(540), CloseTime: span(1_080) }]),
  ),
  FridayHours2: { OpenTime: span(1_200), CloseTime: span(1_440) },
}
const holidays: Properties = {
  Identity: identity(id('5')),
  Name: `France_${id('99')}`,
  HolidayList: [
    { Name: 'Christmas', StartDate: moment('2027-12-24T13:00'), EndDate: moment('2027-12-27T00:00') },
    { Name: 'New Year', StartDate: moment('2028-01-01T00:00'), EndDate: null },
  ],
}
/** The site with other properties. */
const site = (
  more: { group?: Properties; queue?: Properties; workflow?: Properties; hours?: Properties; holidays?: Properties } = {},
) => ({
  AgentGroups: [{ ...group, ...more.group }] as readonly Value[],
  Queues: [{ ...queue, ...more.queue }] as readonly Value[],
  Workflows: [{ ...workflow, ...more.workflow }] as readonly Value[],
  HoursOfBusiness: [{ ...hours, ...more.hours }] as readonly Value[],
  HolidaySets: [{ ...holidays, ...more.holidays }] as readonly Value[],
})

interface Report {
  readonly taken: Readonly<Record<string, readonly string[]>>
  readonly files: readonly string[]
  readonly changed: readonly Note[]
  readonly notPossible: readonly Note[]
  readonly check: {
    readonly ok: boolean
    readonly faults: readonly unknown[]
    readonly warnings: readonly { readonly message: string }[]
  }
}

/** `ffmpeg`: the program. By default there is none. */
async function run(args: readonly string[], ffmpeg = '/nowhere/ffmpeg') {
  const output = spiedOutput()
  const code = await runCommand([importCommand(ffmpeg)], ['import', ...args], output)
  return { code, out: output.out.args.flat().join('\n'), err: output.err.args.flat().join('\n') }
}

function saved(bytes: Buffer, name = 'export.zip'): string {
  const file = join(newFolder(), name)
  writeFileSync(file, bytes)
  return file
}

/** Imports an export. The config must be valid, whatever the export has. */
async function imported(bytes: Buffer, ffmpeg?: string) {
  const to = join(newFolder(), 'config')
  const { code, out, err } = await run(['lync', saved(bytes), '--to', to, '--pbx', '10.0.0.5', '--json'], ffmpeg)
  assert.equal(err, '')
  const report = JSON.parse(out) as Report
  assert.deepEqual([code, report.check.faults], [0, []])
  const notes = [...report.changed, ...report.notPossible].map(
    ({ of, name, field, what }) => `${of} ${name} ${field ?? '-'}: ${what}`,
  )
  return { to, report, notes, text: (file: string): string => readFileSync(join(to, file), 'utf8') }
}

describe('carillon import lync', () => {
  after(removeFolders)

  it('writes a config as a person would have written it', async () => {
    const { report, text, notes } = await imported(exported(site()))
    assert.deepEqual(notes, ["holidays France days: 'New Year' ends with its day"])
    assert.deepEqual(report.taken['workflows'], ['Help Desk'])
    assert.equal(
      text('workflows.yaml'),
      `# What each dialled number does. Imported from Lync.
workflows:
  - name: Help Desk
    uri: sip:helpdesk@example.com
    number: +14255550100;ext=4001
    displayNumber: +1 (425) 555-0100
    type: huntGroup
    language: en-US
    timeZone: Europe/Berlin
    welcome: { say: Welcome. }
    hours: Office
    closed: { action: { number: '+14255550199' } }
    holidays: [France]
    holiday: { action: { disconnect: true } }
    queue: Help Desk
`,
    )
    assert.equal(
      text('groups.yaml'),
      `# Agents who share calls. Imported from Lync.
groups:
  - name: Help Desk
    description: First line
    participationPolicy: formal
    routingMethod: longestIdle
    agentAlertTime: 30s
    agents: [sip:alice@example.com, sip:Bob@example.com]
`,
    )
    assert.equal(
      text('hours.yaml'),
      `# Opening hours that workflows share. Imported from Lync.
hours:
  - name: Office
    week: { mon-tue: [09:00-18:00], fri: [09:00-18:00, 20:00-24:00] }
`,
    )
    assert.match(text('queues.yaml'), /timeout: \{ after: 5m, action: \{ voicemail: sip:vm@example\.com \} \}/)
    assert.match(text('holidays.yaml'), /from: 2027-12-24T13:00\n {8}to: 2027-12-27\n/)
    assert.match(
      text('carillon.yaml'),
      /domain: example\.com[^]*trustedPeers: \[ ?10\.0\.0\.5 ?\][^]*outboundProxy: sip:10\.0\.0\.5/,
    )
    assert.match(text('users.yaml'), /^# Who may use/)
  })

  const cases: readonly (readonly [what: string, more: Parameters<typeof site>[0], note: string, written: RegExp])[] = [
    [
      'an alert time above 180 s',
      { group: { AgentAlertTime: 300 } },
      'group Help Desk agentAlertTime: it was 300 s and is 180 s',
      /# Lync: it was 300 s and is 180 s\.\n {4}agentAlertTime: 180s/,
    ],
    [
      'an alert time below 10 s',
      { group: { AgentAlertTime: 5 } },
      'group Help Desk agentAlertTime: it was 5 s and is 10 s',
      /agentAlertTime: 10s/,
    ],
    [
      'an unknown routing method',
      { group: { RoutingMethod: 3 } },
      "group Help Desk routingMethod: the routing method '3' is not known",
      /routingMethod: parallel/,
    ],
    [
      'a group without agents',
      { group: { AgentsByUri: [] } },
      'group Help Desk agents: the group has no agents',
      /agents: \[ ?\]/,
    ],
    [
      'a distribution group',
      { group: { AgentsByUri: null, DistributionGroupAddress: 'help@example.com' } },
      'group Help Desk distributionList: its agents are the distribution group help@example.com, and no export has the members',
      /distributionList: lists\/help-desk\.txt/,
    ],
    [
      'an agent without a SIP URI',
      { group: { AgentsByUri: [uri('mailto:x'), uri('sip:alice@example.com')] } },
      "group Help Desk agents: the agent 'mailto:x' has no SIP URI",
      /agents: \[sip:alice@example\.com\]/,
    ],
    [
      'a queue without groups',
      { queue: { AgentGroupIDList: [] } },
      'queue Help Desk groups: the queue has no groups',
      /groups: \[ ?\]/,
    ],
    [
      'a group that is not in the export',
      { queue: { AgentGroupIDList: [identity(id('77'))] } },
      `queue Help Desk groups: a group (${id('77')}) is not in the export`,
      /groups: \[ ?\]/,
    ],
    [
      'a time-out below 10 s',
      { queue: { TimeoutThreshold: 3 } },
      'queue Help Desk timeout: it was 3 s and is 10 s',
      /after: 10s/,
    ],
    [
      'an overflow above 1,000',
      { queue: { OverflowThreshold: 5_000 } },
      'queue Help Desk overflow: it was 5000 calls and is 1000',
      /waitingCalls: 1000/,
    ],
    [
      'an action that is not known',
      { queue: { TimeoutAction: { Action: 'Explode' } } },
      "queue Help Desk timeout: has the action 'explode', which Carillon does not know",
      /timeout: \{ after: 5m, action: \{ disconnect: true \} \}/,
    ],
    [
      'a time zone that is not known',
      { workflow: { TimeZone: 'Mars Standard Time' } },
      "workflow Help Desk timeZone: the time zone 'Mars Standard Time' is not known",
      /# TODO \(timeZone\): the time zone 'Mars Standard Time' is not known/,
    ],
    [
      'hours that are not in the export',
      { workflow: { BusinessHoursID: identity(id('78')) } },
      `workflow Help Desk hours: its hours (${id('78')}) are not in the export`,
      /queue: Help Desk/,
    ],
    [
      'a queue that is not in the export',
      { workflow: { DefaultAction: { Action: 'TransferToQueue', QueueID: identity(id('79')) } } },
      `workflow Help Desk queue: leads to a queue that is not in the export (${id('79')})`,
      /queue: Help Desk \(2\)/,
    ],
    [
      'a workflow that only ends calls',
      { workflow: { DefaultAction: { Action: 'Terminate' } } },
      "workflow Help Desk queue: the queue 'Help Desk (2)' was added: it has no agents, and its action is what the workflow did",
      /queue: Help Desk \(2\)/,
    ],
    [
      'no address',
      { workflow: { PrimaryUri: null } },
      "workflow Help Desk uri: the address was '' and is sip:help-desk@example.com",
      /uri: sip:help-desk@example\.com/,
    ],
    [
      'a line that is no number',
      { workflow: { LineUri: uri('tel:help') } },
      "workflow Help Desk number: its line 'tel:help' is not a number",
      /type: huntGroup/,
    ],
    [
      'a language that is not known',
      { workflow: { Language: '??' } },
      "workflow Help Desk language: the language '??' is not known",
      /type: huntGroup/,
    ],
    [
      'a manager without a SIP URI',
      { workflow: { Managed: true, ManagersByUri: ['CONTOSO\\anna'] } },
      "workflow Help Desk -: its manager 'CONTOSO\\anna' has no SIP URI",
      /# TODO: its manager 'CONTOSO\\anna' has no SIP URI/,
    ],
    [
      'a manager',
      { workflow: { Managed: true, ManagersByUri: [uri('sip:anna@example.com')] } },
      'workflow Help Desk -: its manager anna has no log-in here',
      /# TODO: its manager anna/,
    ],
    [
      'no manager of a managed workflow',
      { workflow: { Managed: true } },
      'workflow Help Desk -: it is managed, and the export names no manager',
      /# TODO: it is managed/,
    ],
    [
      'callers of other companies',
      { workflow: { EnabledForFederation: true } },
      'workflow Help Desk -: federated partners could call it',
      /# Lync: federated partners could call it/,
    ],
    [
      'words with a variable',
      {
        workflow: {
          DefaultAction: {
            Action: 'TransferToQueue',
            QueueID: identity(id('2')),
            Prompt: { TextToSpeechPrompt: 'Price: ${PATH}' },
          },
        },
      },
      'workflow Help Desk welcome: the words of a prompt were changed',
      /say: ["']Price: \$ \{PATH\}["']/,
    ],
    [
      'hours that can’t be read',
      { hours: { MondayHours1: { OpenTime: 'nine', CloseTime: span(600) } } },
      "hours Office hours: a span on mon can't be read",
      /timeZone/,
    ],
    [
      'a holiday without a start',
      { holidays: { HolidayList: [{ Name: 'x', StartDate: 'soon', EndDate: null }] } },
      "holidays France days: the start of 'x' can't be read",
      /holidays: \[France\]/,
    ],
    [
      'a name with a line break',
      { workflow: { Name: 'Help\nDesk' } },
      "workflow Help Desk name: the name was 'Help Desk'",
      /name: Help Desk/,
    ],
    [
      'a missing sound',
      { workflow: { CustomMusicOnHoldFile: { UniqueName: 'abc', OriginalFileName: 'music.wma' } } },
      'sound music.wma -: is not in the export',
      /# TODO \(musicOnHold\): the sound 'music\.wma' is missing/,
    ],
  ]
  for (const [what, more, note, written] of cases)
    it(`reports ${what}`, async () => {
      const { notes, text } = await imported(exported(site(more)))
      assert.ok(notes.includes(note), notes.join('\n'))
      assert.match(['groups', 'queues', 'workflows'].map(file => text(`${file}.yaml`)).join(''), written)
    })

  const asking = (answers: readonly Value[], more: Properties = {}): Value => ({
    Action: 'TransferToQuestion',
    Question: { Prompt: { TextToSpeechPrompt: 'Press 1.' }, AnswerList: answers, ...more },
  })
  const toQueue: Properties = { Action: 'TransferToQueue', QueueID: identity(id('2')) }

  it('writes questions inside questions, and reports spoken answers, missing keys and missing words', async () => {
    const inner = asking([{ DtmfResponse: '2', Name: 'Windows', Action: toQueue }], { Prompt: null })
    const { notes, text } = await imported(
      exported(
        site({
          workflow: {
            DefaultAction: asking([
              { DtmfResponse: '1', VoiceResponseList: ['sales', 'new orders'], Name: 'Sales', Action: toQueue },
              { DtmfResponse: '#', Name: 'More', Action: inner },
              { DtmfResponse: null, VoiceResponseList: ['help'], Name: 'Help', Action: toQueue },
              { DtmfResponse: '1', Name: 'Again', Action: toQueue },
            ]),
          },
        }),
      ),
    )
    for (const note of [
      "callers could say 'sales', 'new orders'",
      "the answer 'Help' has no key",
      "the answer 'Again' has the key 1 of another answer",
      'a question has no words',
    ])
      assert.ok(notes.includes(`workflow Help Desk question: ${note}`), notes.join('\n'))
    assert.match(text('workflows.yaml'), /type: interactive[^]*question:[^]*For Windows, press 2\./)
  })

  it('writes something for a question without answers, and for questions nested without end', async () => {
    const none = await imported(exported(site({ workflow: { DefaultAction: asking([]) } })))
    assert.ok(none.notes.some(note => note.includes('no answer that callers can give by key')))
    let deep: Value = toQueue
    for (let level = 0; level < 20; level += 1) deep = asking([{ DtmfResponse: '1', Name: 'on', Action: deep }])
    const { notes } = await imported(exported(site({ workflow: { DefaultAction: deep } })))
    assert.ok(
      notes.some(note => note.includes('nested more than 12 times')),
      notes.join('\n'),
    )
  })

  it('gives each thing a name, address and number of its own', async () => {
    const twice = {
      AgentGroups: [group, { ...group, Identity: identity(id('11')) }],
      Queues: [queue, { ...queue, Identity: identity(id('12')), AgentGroupIDList: [identity(id('11'))] }],
      Workflows: [
        workflow,
        { ...workflow, Identity: identity(id('13')), DefaultAction: { Action: 'TransferToQueue', QueueID: identity(id('12')) } },
      ],
      HoursOfBusiness: [hours],
      HolidaySets: [holidays],
    }
    const { report, notes, text } = await imported(exported(twice))
    assert.deepEqual(report.taken['queues'], ['Help Desk', 'Help Desk (2)'])
    assert.ok(
      notes.includes('workflow Help Desk (2) uri: another workflow has the address sip:helpdesk@example.com, too'),
      notes.join('\n'),
    )
    assert.ok(
      notes.includes('workflow Help Desk (2) number: another workflow has the number +14255550100;ext=4001, too'),
      notes.join('\n'),
    )
    assert.match(text('queues.yaml'), /groups: \[Help Desk \(2\)\]/)
    assert.match(text('workflows.yaml'), /queue: Help Desk \(2\)/)
  })

  it('writes hours that only one workflow has into that workflow', async () => {
    const { text, to } = await imported(exported(site({ hours: { Name: `Help Desk_${id('3')}` } })))
    assert.match(text('workflows.yaml'), /hours: \{ mon-tue: \[09:00-18:00\]/)
    assert.ok(!existsSync(join(to, 'hours.yaml')))
  })

  it('gives queues the language of their workflow, and agents their names', async () => {
    const { text } = await imported(
      exported({
        ...site({ workflow: { Language: 'fr-FR' } }),
        Agents: [{ DisplayName: 'Alice Martin', SipAddress: 'sip:Alice@example.com' }],
      }),
    )
    assert.match(text('queues.yaml'), /language: fr-FR/)
    assert.match(text('agents.yaml'), /uri: sip:alice@example\.com\n {4}name: Alice Martin/)
  })

  it('writes the managers as comments, so that nobody is locked out', async () => {
    const { text } = await imported(exported(site({ workflow: { Managed: true, ManagersByUri: [uri('sip:anna@example.com')] } })))
    assert.match(
      text('users.yaml'),
      /^# {3}- \{ name: "anna", password: 'scrypt:…', role: manager, workflows: \["Help Desk"\] \}$/m,
    )
    assert.ok(!/^[^#]/m.test(text('users.yaml')))
  })

  describe('with sounds', () => {
    const welcome = (more: Properties = {}): Parameters<typeof site>[0] => ({
      workflow: {
        DefaultAction: {
          ...toQueue,
          Prompt: {
            TextToSpeechPrompt: null,
            AudioFilePrompt: { UniqueName: 'e1b2', OriginalFileName: 'Welcome (new).wma', ...more },
          },
        },
      },
    })
    const place = `${id('3')}/Prompts/e1b2`
    /** A program that writes a WAV to its last argument, as ffmpeg would. */
    function fakeFfmpeg(script = 'cp "$(dirname "$0")/good.wav" "$last"'): string {
      const folder = newFolder()
      writeFileSync(join(folder, 'good.wav'), wav())
      writeFileSync(join(folder, 'ffmpeg'), `#!/bin/sh\nfor last; do :; done\n${script}\n`, { mode: 0o755 })
      return join(folder, 'ffmpeg')
    }
    const wma = Buffer.concat([Buffer.from([0x30, 0x26, 0xb2, 0x75]), Buffer.alloc(100)])

    it('copies a WAV under its old name', async () => {
      const { text, report, to } = await imported(
        exported(site(welcome({ OriginalFileName: 'Welcome.wav' })), { [`${place}.wav`]: wav() }),
      )
      assert.deepEqual(readFileSync(join(to, 'prompts/welcome.wav')), wav())
      assert.match(text('workflows.yaml'), /welcome: \{ file: prompts\/welcome\.wav \}/)
      assert.deepEqual(report.taken['sounds'], ['prompts/welcome.wav'])
    })

    it('converts a WMA if ffmpeg is there', async () => {
      const { text, notes, to } = await imported(exported(site(welcome()), { [`${place}.wma`]: wma }), fakeFfmpeg())
      assert.deepEqual(readdirSync(join(to, 'prompts')), ['welcome-new.wav'])
      assert.match(text('workflows.yaml'), /welcome: \{ file: prompts\/welcome-new\.wav \}/)
      assert.ok(notes.includes('sound Welcome (new).wma -: was converted to prompts/welcome-new.wav'), notes.join('\n'))
    })

    for (const [what, program, bytes, why] of [
      [
        'ffmpeg is missing',
        undefined,
        wma,
        /^sound Welcome \(new\)\.wma -: can't be played \(.*\), and ffmpeg, which converts it, is not installed/,
      ],
      ['ffmpeg fails', 'echo "no such codec" >&2; exit 1', wma, /ffmpeg failed: no such codec/],
      ['ffmpeg writes something else', 'echo hello > "$last"', wma, /ffmpeg's result can't be played either: /],
      ['the format is unknown', undefined, Buffer.from('#EXTM3U\nfile:///etc/passwd\n'), /its format is unknown/],
    ] as const)
      it(`goes on without the sound if ${what}`, async () => {
        const { text, notes } = await imported(
          exported(site(welcome()), { [`${place}.wma`]: bytes }),
          program === undefined ? undefined : fakeFfmpeg(program),
        )
        assert.ok(
          notes.some(note => why.test(note)),
          notes.join('\n'),
        )
        assert.match(text('workflows.yaml'), /# TODO \(welcome\): the sound 'Welcome \(new\)\.wma' is missing/)
      })
  })

  it('reads a folder of JSON from ConvertTo-Json', async () => {
    const folder = newFolder()
    const ofJson = (value: unknown): unknown =>
      JSON.parse(JSON.stringify(value, (_key, each: unknown) => (isText(each) ? each.text : isWord(each) ? each.word : each)))
    const isText = (each: unknown): each is { text: string } => typeof each === 'object' && each !== null && 'tag' in each
    const isWord = (each: unknown): each is { word: string } => typeof each === 'object' && each !== null && 'word' in each
    writeFileSync(join(folder, 'groups.json'), `\uFEFF${JSON.stringify(ofJson([group]))}`)
    writeFileSync(join(folder, 'queues.json'), JSON.stringify({ value: ofJson([queue]), Count: 1 }))
    writeFileSync(join(folder, 'workflows.json'), JSON.stringify(ofJson(workflow)))
    const day = { OpenTime: { Ticks: 324_000_000_000, TotalMinutes: 540 }, CloseTime: { Hours: 18, TotalMinutes: 1_080 } }
    writeFileSync(
      join(folder, 'more.json'),
      JSON.stringify({ Hours: [{ ...(ofJson(hours) as object), MondayHours1: day }], Sets: [ofJson(holidays)] }),
    )
    const to = join(newFolder(), 'config')
    const { code, out, err } = await run(['lync', folder, '--to', to, '--json'])
    assert.deepEqual([code, err], [0, ''])
    const report = JSON.parse(out) as Report
    assert.deepEqual(
      report.notPossible.map(({ what }) => what),
      ['no export names the PBX'],
    )
    assert.match(readFileSync(join(to, 'hours.yaml'), 'utf8'), /mon-tue: \[09:00-18:00\]/)
  })

  it('prints a report that an admin can read', async () => {
    const to = join(newFolder(), 'config')
    const { code, out } = await run(['lync', saved(exported(site({ group: { AgentAlertTime: 300 } }))), '--to', to])
    assert.equal(code, 0)
    assert.match(out, /^Taken over from Lync\n {2}agents {8}2 {2}sip:alice@example\.com, sip:Bob@example\.com\n/)
    assert.match(
      out,
      /^Changed \(2\)\n {2}group 'Help Desk', agentAlertTime: it was 300 s and is 180 s\n {4}because: a phone rings/m,
    )
    assert.match(out, /^Not possible \(1\)\n {2}no export names the PBX\n {4}to do: give its address as --pbx/m)
    assert.match(out, /^Check\n( {2}.* \(warning\)\n)*.*config: valid, \d+ warnings$/m)
  })

  it('writes nothing with --dry-run', async () => {
    const to = join(newFolder(), 'config')
    const { code, out } = await run(['lync', saved(exported(site())), '--to', to, '--dry-run'])
    assert.equal(code, 0)
    assert.match(out, /^Nothing is written\. Without --dry-run, .* would have carillon\.yaml, /m)
    assert.ok(!existsSync(to))
  })

  it('does not write into a folder that has files, unless told, and never through a link', async () => {
    const [to, elsewhere, file] = [newFolder(), join(newFolder(), 'elsewhere'), saved(exported(site()))]
    writeFileSync(join(to, 'mine.txt'), 'mine')
    writeFileSync(elsewhere, 'untouched')
    symlinkSync(elsewhere, join(to, 'queues.yaml'))
    const refused = await run(['lync', file, '--to', to])
    assert.deepEqual(
      [refused.code, refused.err],
      [1, `carillon import: ${to} is not empty; import writes only into a new or an empty folder, unless you give --overwrite`],
    )
    assert.deepEqual(readdirSync(to), ['mine.txt', 'queues.yaml'])
    assert.equal((await run(['lync', file, '--to', to, '--overwrite'])).code, 0)
    assert.equal(readFileSync(join(to, 'mine.txt'), 'utf8'), 'mine')
    assert.equal(readFileSync(elsewhere, 'utf8'), 'untouched')
    assert.match(readFileSync(join(to, 'queues.yaml'), 'utf8'), /Help Desk/)
  })

  for (const [what, args, message] of [
    ['another product', ['linc', 'x', '--to', 'y'], /there is no importer 'linc'; did you mean 'lync'\?; expected lync/],
    ['no folder', ['lync', 'x'], /--to DIR is required/],
    ['a domain that is none', ['lync', 'x', '--to', 'y', '--domain', 'a b'], /--domain: expected a host name/],
    ['a PBX that is none', ['lync', 'x', '--to', 'y', '--pbx', 'a b'], /--pbx: /],
  ] as const)
    it(`refuses ${what} with 2`, async () => {
      const { code, err } = await run(args)
      assert.equal(code, 2)
      assert.match(err, message)
    })

  for (const [what, bytes, message] of [
    ['that is no ZIP', Buffer.from('hello'), /is not a ZIP file/],
    [
      'without Response Groups',
      zip([{ name: 'a.xml', bytes: Buffer.from(clixml([{ Name: 'x' }])) }]),
      /there are no Response Groups in it/,
    ],
    [
      'whose XML is broken',
      zip([{ name: 'Queues.xml', bytes: Buffer.from('<Objs') }]),
      /Queues\.xml is not written by PowerShell/,
    ],
  ] as const)
    it(`says what is wrong with a file ${what}, and writes nothing`, async () => {
      const to = join(newFolder(), 'config')
      const { code, err } = await run(['lync', saved(bytes), '--to', to])
      assert.equal(code, 1)
      assert.match(err, message)
      assert.ok(!existsSync(to))
    })

  it('goes on if one of several files can’t be read', async () => {
    const { AgentGroups, Queues } = site()
    const files = [
      { name: 'a/AgentGroups.xml', bytes: Buffer.from(clixml(AgentGroups)) },
      { name: 'a/Queues.xml', bytes: Buffer.from(clixml(Queues)) },
      { name: 'a/Workflows.xml', bytes: Buffer.from('<Objs') },
    ]
    const { notes } = await imported(zip(files))
    assert.ok(
      notes.some(note => note.includes('Workflows.xml is not written by PowerShell')),
      notes.join('\n'),
    )
  })

  it('writes a valid config or none, whatever the values of the export are', async () => {
    const odd = fc.oneof(
      fc.constantFrom<Value>(
        null,
        true,
        -1,
        1e9,
        '',
        ' ',
        'x'.repeat(5_000),
        '${HOME}',
        'a\0b',
        'sip:',
        'sip:@',
        'tel:',
        id('1'),
        [],
        [null],
      ),
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.constant<Value>({ Action: 'TransferToQuestion', Question: { AnswerList: [{ Action: toQueue }] } }),
      fc.constant<Value>(guid('zz')),
    )
    const changes = (of: Properties): fc.Arbitrary<Properties> =>
      fc.dictionary(fc.constantFrom(...Object.keys(of)), odd, { maxKeys: 3 }).map(more => ({ ...more }))
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          group: changes(group),
          queue: changes(queue),
          workflow: changes(workflow),
          hours: changes(hours),
          holidays: changes(holidays),
        }),
        async more => {
          const to = join(newFolder(), 'config')
          const { code, out, err } = await run(['lync', saved(exported(site(more))), '--to', to, '--json'])
          if (err === '') assert.deepEqual([code, (JSON.parse(out) as Report).check.faults], [0, []])
          else assert.match(err, /"kind":"input"/)
        },
      ),
      { numRuns: 40 },
    )
  })
})
