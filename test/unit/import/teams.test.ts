import assert from 'node:assert/strict'
import fc from 'fast-check'
import { attendant, sales, schedule, teamsFiles } from '../../fakes/teams-office.js'
import { removeFolders } from '../config/folder.js'
import { assertValidOrRefused, folderOf, importedFrom, runImport } from './importing.js'

type More = Parameters<typeof teamsFiles>[0]
const imported = (more: More = {}) => importedFrom('teams', teamsFiles(more))
/** The menu with other options. */
const withOptions = (...options: readonly object[]): More => ({
  attendant: {
    DefaultCallFlow: { ...attendant.DefaultCallFlow, Menu: { ...attendant.DefaultCallFlow.Menu, MenuOptions: options } },
  },
})

describe('carillon import teams', () => {
  after(removeFolders)

  it('writes a config as a person would have written it', async () => {
    const { text, changed, lost } = await imported()
    assert.deepEqual([changed, lost], [[], []])
    assert.equal(
      text('workflows.yaml'),
      `# What each dialled number does. Imported from Teams.
workflows:
  - name: Main number
    uri: sip:main@example.com
    number: '+14255550100'
    type: interactive
    language: en-US
    timeZone: UTC
    welcome: { say: Welcome to Contoso. }
    hours: Office
    closed: { prompt: { say: We are closed. }, action: { disconnect: true } }
    holidays: [New Year]
    holiday: { prompt: { say: Happy new year. }, action: { disconnect: true } }
    question:
      prompt:
        say: Press 1 for sales, 2 for support, or 0.
      answers:
        - digit: '1'
          queue: Sales
        - digit: '2'
          queue: Support
        - digit: '0'
          action:
            uri: sip:agent3@example.com
  - name: Sales
    uri: sip:sales@example.com
    number: '+14255550101'
    type: huntGroup
    language: en-US
    welcome: { say: Welcome to sales. }
    queue: Sales
`,
    )
    assert.match(
      text('groups.yaml'),
      /name: Sales\n {4}participationPolicy: informal\n {4}routingMethod: longestIdle\n {4}agentAlertTime: 30s\n {4}agents: \[sip:agent1@example\.com, sip:agent2@example\.com\]/,
    )
    assert.match(text('groups.yaml'), /name: Support[^]*routingMethod: parallel/)
    assert.match(text('agents.yaml'), /uri: sip:agent1@example\.com\n {4}name: Agent 1/)
    assert.match(text('queues.yaml'), /overflow: \{ waitingCalls: 50, candidate: newest, action: \{ queue: Support \} \}/)
    assert.match(text('queues.yaml'), /'\+14255550199', prompt: \{ say: We connect you\. \}/)
    assert.match(text('hours.yaml'), /name: Office\n {4}week: \{ mon-fri: \[09:00-17:00\] \}/)
    assert.match(text('holidays.yaml'), /from: 2028-01-01, to: 2028-01-02/)
  })

  const cases: readonly (readonly [what: string, more: More, note: string, file: string, written: RegExp])[] = [
    [
      'agents who are not in the export',
      { sales: { Agents: [{ ObjectId: 'f7a821dc-0000-0000-0000-000000000077' }] } },
      "group Sales agents: the agent 'f7a821dc-0000-0000-0000-000000000077' has no SIP URI",
      'groups.yaml',
      /name: Sales/,
    ],
    [
      'agents of a group of Microsoft 365',
      { sales: { Agents: [], Users: [], DistributionLists: ['f7a821dc-0000-0000-0000-000000000088'] } },
      'group Sales distributionList: its agents are the distribution group f7a821dc-0000-0000-0000-000000000088, and no export has the members',
      'groups.yaml',
      /distributionList: lists\/sales\.txt/,
    ],
    [
      'agents who could opt out',
      { sales: { AllowOptOut: true } },
      'group Sales participationPolicy: agents could opt out',
      'groups.yaml',
      /informal/,
    ],
    [
      'presence that does not count',
      { sales: { PresenceBasedRouting: false } },
      'queue Sales: presence did not count',
      'queues.yaml',
      /# Teams: presence did not count/,
    ],
    [
      'a method as a number',
      { sales: { RoutingMethod: 3 } },
      "group Sales routingMethod: the routing method '3' is not known",
      'groups.yaml',
      /parallel/,
    ],
    [
      'a shared mailbox',
      {
        sales: {
          TimeoutAction: 'SharedVoicemail',
          TimeoutActionTarget: { Id: 'f7a821dc-0000-0000-0000-000000000066', Type: 'SharedVoicemail' },
        },
      },
      "queue Sales timeout: leads to 'f7a821dc-0000-0000-0000-000000000066', which is not a SIP URI or a telephone number",
      'queues.yaml',
      /TODO/,
    ],
    [
      'call-backs',
      { sales: { IsCallbackEnabled: true } },
      'queue Sales: callers could ask to be called back',
      'queues.yaml',
      /call back/,
    ],
    [
      'music in a file',
      { sales: { MusicOnHoldFileName: 'jazz.mp3' } },
      "workflow Sales musicOnHold: the sound 'jazz.mp3' is missing",
      'workflows.yaml',
      /TODO/,
    ],
    [
      'a welcome of a queue that only a menu reaches',
      { support: { WelcomeTextToSpeechPrompt: 'Hi.' } },
      "queue Support: WelcomeTextToSpeechPrompt is left out: 'Hi.'",
      'queues.yaml',
      /Hi\./,
    ],
    [
      'hours in which it is closed',
      { attendant: { Schedules: [{ ...attendant.Schedules[0], WeeklyRecurrentSchedule: { ComplementEnabled: false } }] } },
      'workflow Main number hours: its schedule is not in the export, or says when it is closed',
      'workflows.yaml',
      /TODO \(hours\)/,
    ],
    [
      'an announcement',
      withOptions({ Action: 'Announcement', DtmfResponse: 'Tone4' }),
      "workflow Main number question: has the action 'announcement', which Carillon does not know",
      'workflows.yaml',
      /digit: '4'\n {10}action:\n {12}disconnect: true/,
    ],
    [
      'a menu that leads to itself',
      withOptions({ Action: 'TransferCallToTarget', DtmfResponse: 'ToneStar', CallTarget: { Id: attendant.Identity } }),
      "workflow Main number question: leads to the auto attendant 'Main number' again, or too deep",
      'workflows.yaml',
      /digit: '\*'/,
    ],
    [
      'spoken answers',
      withOptions({ Action: 'DisconnectCall', DtmfResponse: 'Tone1', VoiceResponses: ['bye'] }),
      "workflow Main number question: callers could say 'bye'",
      'workflows.yaml',
      /name: bye/,
    ],
  ]
  for (const [what, more, note, file, written] of cases)
    it(`tells of ${what}`, async () => {
      const { text, changed, lost } = await imported(more)
      assert.ok([...changed, ...lost].includes(note), [...changed, ...lost].join('\n'))
      assert.match(text(file), written)
    })

  it('makes a question inside a question of an auto attendant in a menu', async () => {
    const inner = {
      ...attendant,
      Identity: 'inner',
      Name: 'Inner',
      ApplicationInstances: ['inner-account'],
      Operator: null,
      CallHandlingAssociations: [],
    }
    const outer = {
      ...attendant,
      DefaultCallFlow: {
        Menu: { MenuOptions: [{ Action: 'TransferCallToTarget', DtmfResponse: 'Tone7', CallTarget: { Id: 'inner-account' } }] },
      },
    }
    const { text } = await importedFrom('teams', { ...teamsFiles(), 'attendants.json': JSON.stringify([outer, inner]) })
    assert.match(
      text('workflows.yaml'),
      /digit: '7'\n {10}question:\n[^]*say: Welcome to Contoso\. Press 1 [^]*digit: '1'\n {16}queue: Sales/,
    )
  })

  it('writes what happens while nobody is signed in, and the service level', async () => {
    const { text } = await imported({
      sales: {
        NoAgentAction: 'Disconnect',
        NoAgentDisconnectTextToSpeechPrompt: 'Nobody is here.',
        ServiceLevelThresholdResponseTimeInSecond: 40,
      },
    })
    assert.match(
      text('queues.yaml'),
      /noAgents: \{ when: noneSignedIn, action: \{ disconnect: true, prompt: \{ say: Nobody is here\. \} \} \}/,
    )
    assert.match(text('queues.yaml'), /serviceLevel: \{ within: 40s \}/)
  })

  it('refuses an export without queues', async () => {
    assert.match(
      (await runImport(['teams', folderOf({ 'a.json': '[]' }), '--dry-run'])).err,
      /neither call queues nor auto attendants/,
    )
  })

  it('writes a valid config or none, whatever the values of the export are', async () => {
    const odd = fc.oneof(
      fc.constantFrom<unknown>(
        null,
        true,
        -1,
        1e9,
        '',
        'x'.repeat(5_000),
        '${HOME}',
        'a\0b',
        [],
        [null],
        {},
        { Id: sales.Identity },
        [{ Start: '25:00' }],
        'Forward',
        attendant.DefaultCallFlow,
      ),
      fc.string({ unit: 'binary', maxLength: 20 }),
    )
    const changes = (of: object): fc.Arbitrary<object> =>
      fc.dictionary(fc.constantFrom(...Object.keys(of)), odd, { maxKeys: 3 }).map(more => ({ ...more }))
    await fc.assert(
      fc.asyncProperty(
        changes(sales),
        changes(attendant),
        changes(schedule),
        changes(attendant.DefaultCallFlow.Menu),
        async (queue, main, fixed, menu) => {
          const flow = { ...attendant.DefaultCallFlow, Menu: { ...attendant.DefaultCallFlow.Menu, ...menu } }
          await assertValidOrRefused(
            'teams',
            teamsFiles({ sales: queue, attendant: { DefaultCallFlow: flow, ...main }, schedule: fixed }),
          )
        },
      ),
      { numRuns: 60 },
    )
  })
})
