/** A made-up tenant: an auto attendant with a menu, two call queues and their resource accounts, as PowerShell 7 writes them. */

const id = (end: number): string => `f7a821dc-0000-0000-0000-${String(end).padStart(12, '0')}`
export const people = [1, 2, 3].map(index => ({
  Identity: id(index),
  UserPrincipalName: `agent${index}@example.com`,
  SipAddress: `sip:agent${index}@example.com`,
  DisplayName: `Agent ${index}`,
}))
const [salesQueue, supportQueue, menu, week, newYear, closedFlow, holidayFlow] = [11, 12, 13, 14, 15, 16, 17].map(id) as [
  string,
  string,
  string,
  string,
  string,
  string,
  string,
]
const [salesAccount, supportAccount, menuAccount] = [21, 22, 23].map(id) as [string, string, string]

export const accounts = [
  [salesAccount, 'sales', 'tel:+14255550101'],
  [supportAccount, 'support', null],
  [menuAccount, 'main', 'tel:+14255550100'],
].map(([ObjectId, name, PhoneNumber]) => ({
  ObjectId,
  ApplicationId: id(99),
  UserPrincipalName: `${name ?? ''}@example.com`,
  DisplayName: name,
  PhoneNumber,
}))

export const sales = {
  Identity: salesQueue,
  Name: 'Sales',
  LanguageId: 'en-US',
  RoutingMethod: 'LongestIdle',
  Agents: [
    { ObjectId: id(1), OptIn: true },
    { ObjectId: id(2), OptIn: true },
  ],
  Users: [id(1), id(2)],
  DistributionLists: [],
  AllowOptOut: false,
  PresenceBasedRouting: true,
  AgentAlertTime: 30,
  OverflowThreshold: 50,
  OverflowAction: 'Forward',
  OverflowActionTarget: { Id: supportAccount, Type: 'ApplicationEndpoint' },
  TimeoutThreshold: 300,
  TimeoutAction: 'Forward',
  TimeoutActionTarget: { Id: 'tel:+14255550199', Type: 'ExternalPstn' },
  TimeoutRedirectPhoneNumberTextToSpeechPrompt: 'We connect you.',
  NoAgentAction: 'Queue',
  WelcomeTextToSpeechPrompt: 'Welcome to sales.',
  ApplicationInstances: [salesAccount],
}
export const support = {
  ...sales,
  Identity: supportQueue,
  Name: 'Support',
  RoutingMethod: 'Attendant',
  Agents: [{ ObjectId: id(3), OptIn: true }],
  OverflowAction: 'DisconnectWithBusy',
  OverflowActionTarget: null,
  TimeoutAction: 'Disconnect',
  TimeoutActionTarget: null,
  WelcomeTextToSpeechPrompt: null,
  ApplicationInstances: [supportAccount],
}

const prompt = (words: string) => ({ ActiveType: 'TextToSpeech', TextToSpeechPrompt: words, AudioFilePrompt: null })
const automatic = (words: string, flow: string) => ({
  Id: flow,
  Name: 'flow',
  Greetings: [prompt(words)],
  Menu: { Name: 'menu', Prompts: [], MenuOptions: [{ Action: 'DisconnectCall', DtmfResponse: 'Automatic' }] },
})
const nine = [{ Start: '09:00:00', End: '17:00:00' }]

export const attendant = {
  Identity: menu,
  Name: 'Main number',
  LanguageId: 'en-US',
  TimeZoneId: 'UTC',
  Operator: { Id: id(3), Type: 'User' },
  DefaultCallFlow: {
    Id: id(18),
    Name: 'Default',
    Greetings: [prompt('Welcome to Contoso.')],
    Menu: {
      Name: 'Default menu',
      Prompts: [prompt('Press 1 for sales, 2 for support, or 0.')],
      MenuOptions: [
        {
          Action: 'TransferCallToTarget',
          DtmfResponse: 'Tone1',
          VoiceResponses: [],
          CallTarget: { Id: salesAccount, Type: 'ApplicationEndpoint' },
        },
        {
          Action: 'TransferCallToTarget',
          DtmfResponse: 'Tone2',
          VoiceResponses: [],
          CallTarget: { Id: supportAccount, Type: 'ApplicationEndpoint' },
        },
        { Action: 'TransferCallToOperator', DtmfResponse: 'Tone0', VoiceResponses: [] },
      ],
      DialByNameEnabled: false,
    },
  },
  CallFlows: [automatic('We are closed.', closedFlow), automatic('Happy new year.', holidayFlow)],
  Schedules: [
    {
      Id: week,
      Name: 'Office',
      WeeklyRecurrentSchedule: {
        ...Object.fromEntries(['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday'].map(day => [`${day}Hours`, nine])),
        ComplementEnabled: true,
      },
      FixedSchedule: null,
    },
  ],
  CallHandlingAssociations: [
    { Type: 'AfterHours', ScheduleId: week, CallFlowId: closedFlow, Enabled: true },
    { Type: 'Holiday', ScheduleId: newYear, CallFlowId: holidayFlow, Enabled: true },
  ],
  ApplicationInstances: [menuAccount],
}

export const schedule = {
  Id: newYear,
  Name: 'New Year',
  WeeklyRecurrentSchedule: null,
  FixedSchedule: { DateTimeRanges: [{ Start: '2028-01-01T00:00:00', End: '2028-01-02T00:00:00' }] },
}

/** The files of the export, with other objects in place of these. */
export const teamsFiles = (
  more: { readonly sales?: object; readonly support?: object; readonly attendant?: object; readonly schedule?: object } = {},
): Readonly<Record<string, string>> => ({
  'queues.json': JSON.stringify([
    { ...sales, ...more.sales },
    { ...support, ...more.support },
  ]),
  'attendants.json': JSON.stringify([{ ...attendant, ...more.attendant }]),
  'schedules.json': JSON.stringify([{ ...schedule, ...more.schedule }]),
  'accounts.json': JSON.stringify(accounts),
  'users.json': JSON.stringify(people),
})
