import { logAreas } from '../foundation/log.js'
import { reportCsv } from '../observability/csv.js'

/** One example of the body and of the answer of a request, for docs/openapi.json. A test checks them against the schemas. */
interface Example {
  readonly body?: unknown
  readonly answer?: unknown
}

const alice = 'sip:alice@example.com'
const callId = 'mx2vcmav-1nddrio4'
const [caller, arrivedAt, joinedAt, endedAt] = [
  'sip:+14255550123@example.com',
  '2026-11-23T08:00:00.000Z',
  '2026-11-23T08:00:12.000Z',
  '2026-11-23T08:03:12.000Z',
]

const session = {
  ...{
    open: false,
    name: 'ann',
    kind: 'user',
    role: 'agent',
    agent: alice,
    workflows: [],
    scopes: ['read', 'signIn', 'presence'],
  },
  ...{ expires: '2026-11-23T20:00:00.000Z', login: { password: true, oidc: null } },
}

const agent = {
  ...{ uri: alice, name: 'Alice Martin', homed: 'local' },
  presence: {
    ...{ state: 'available', since: arrivedAt, because: 'http: at her desk' },
    sources: [{ source: 'http', state: 'available', reason: 'at her desk', expires: null }],
    settableBy: ['http', 'console'],
  },
  groups: [{ name: 'support', participationPolicy: 'formal', signedIn: true, excluded: null }],
  ...{ activity: 'free', callId: null, offers: [], idleSince: arrivedAt, wrapUpUntil: null, pausedSince: null },
}

const ringing = {
  ...{ callId, workflow: 'support', direction: 'inbound', caller, callerName: 'Ann', arrivedAt },
  ...{ queue: 'support', state: 'ringing' },
  ...{ since: joinedAt, position: 1, estimatedWait: 30, answers: [{ digit: '2', name: 'support' }], agent: null, group: null },
  offers: [{ offer: `${callId}.1`, agent: alice, group: 'support' }],
  calling: null,
  forwardingTo: null,
  consultation: null,
  recording: null,
  screenPop: 'https://crm.example.com/?phone=%2B14255550123',
  supervisors: [],
}

const record = {
  ...{ callId, state: 'finished', workflow: 'support', direction: 'inbound', caller, callerName: 'Ann', arrivedAt },
  ...{ answeredAt: arrivedAt, joinedAt, endedAt, talked: 180 },
  waits: [{ queue: 'support', from: arrivedAt, waited: 12, outcome: 'answered' }],
  offers: [{ agent: alice, group: 'support', method: 'longestIdle', outcome: 'answered', rang: 8 }],
  ...{ answers: [], agent: alice, group: 'support', talks: [{ agent: alice, side: 'agent', from: joinedAt, to: endedAt }] },
  ...{ outcome: 'answered', cause: 'callerHungUp', status: 200 },
}

const decision = {
  ...{ at: '2026-11-23T08:00:04.000Z', queue: 'support', group: 'support', method: 'longestIdle' },
  candidates: [{ agent: alice, position: 1, idleSince: '2026-11-23T07:40:00.000Z' }],
  excluded: [
    {
      ...{ agent: 'sip:bob@example.com', why: 'onACall', until: null },
      presence: { state: 'busy', since: '2026-11-23T07:58:00.000Z', because: 'calls: in a call' },
    },
  ],
  ...{ unlisted: 0, passedOver: [] },
}

const explanation = {
  ...{ callId, workflow: 'support', arrivedAt, forgottenOffers: 0 },
  waits: [{ queue: 'support', from: arrivedAt, outcome: 'answered', waited: 12 }],
  offers: [{ offer: `${callId}.1`, agent: alice, decision, ended: { why: 'answered', code: null, at: joinedAt, rang: 8 } }],
  connected: { agent: alice, group: 'support', at: joinedAt, waited: 12 },
  steps: [{ at: arrivedAt, step: 'welcomed', text: 'hears the welcome' }],
  forwarded: null,
  finished: { at: endedAt, why: 'answered', cause: 'callerHungUp', waited: 12, talked: 180 },
}

const ladder = {
  ...{ callId, captured: true, complete: true },
  peers: [{ side: 'caller', uri: caller, address: '10.0.0.5:5060' }],
  messages: [
    {
      ...{ at: arrivedAt, peer: 0, direction: 'in', transport: 'udp', address: '10.0.0.5:5060', sipCallId: 'a84b4c76e66710' },
      ...{ method: 'INVITE', status: null, reasonPhrase: null, contentType: 'application/sdp', repeated: false },
      ...{ text: 'INVITE sip:support@example.com SIP/2.0\r\n…', leftOutBefore: 0 },
    },
  ],
}

const delivery = {
  ...{ id: '6f0c8c1e-3f0e-4c8e-9d1c-0d0f0a4b5c6d', event: 'call.ended', callId, at: endedAt, state: 'delivered', attempts: 1 },
  ...{ status: 204, because: null, took: 0.041, next: null },
}

const slot = (received: number) => ({ received, answered: Math.round(received * 0.88), abandoned: Math.round(received * 0.08) })

const report = {
  ...{ from: '2026-11-23T00:00:00.000Z', to: '2026-11-24T00:00:00.000Z', by: 'queue', interval: 'all', zone: 'Europe/Paris' },
  profile: {
    hours: Array.from({ length: 24 }, (_, hour) => slot(hour === 9 ? 50 : 0)),
    weekdays: Array.from({ length: 7 }, (_, day) => slot(day === 0 ? 50 : 0)),
  },
  rows: [
    {
      ...{ from: '', name: 'support', received: 50, successful: 46, offered: 55, answered: 44 },
      ...{ transferred: 3, abandonedByLync: 0.12, abandoned: 0.08, serviceLevel: 0.86, serviceLevelWaits: 48 },
      ...{ averageWait: 14, longestWait: 95, minutesPerAgent: 66, outbound: 0, outboundAnswered: 0, outboundMinutes: 0 },
    },
  ],
}

const groupChange = {
  ...{ kind: 'group', name: 'support', change: 'changed' },
  fields: [{ field: 'agentAlertTime', before: '15s', after: '20s' }],
}
const fault = "groups/support.yaml:5:21: expected 10s to 3m, found '5s'"
const edit = {
  kind: 'change',
  of: 'group',
  name: 'support',
  set: { agentAlertTime: '20s' },
  unset: [],
  version: '5f0c9a4e8a534a0e9d3c1c1f6f1f2f0b',
}
const effect = {
  ...{ done: true, id: null, file: 'groups/support.yaml', changes: [groupChange], warnings: [], faults: [], notCommitted: null },
  calls: [{ call: callId, queue: 'support', effect: 'keepsPlace', to: null, position: 1, stopsRinging: [], because: null }],
}
const recording = { file: 'prompts/support-welcome-3f9c0b1d2e4a5f60.wav', seconds: 4.2, bytes: 67_244, isUsed: true }
const callRecording = {
  ...{ callId, workflow: 'support', caller, callerName: 'Ann Caller', from: joinedAt, seconds: 170.5, bytes: 2_728_058 },
  isFinished: true,
  parts: [{ at: 0, from: joinedAt, to: endedAt, agent: alice }],
}
const auditEntry = {
  ...{ at: arrivedAt, who: 'max', kind: 'user', from: '10.0.0.7', what: `signed ${alice} in to support`, agent: alice },
  ...{ group: 'support', done: true, because: null },
}

/** By the method and URL of the route. */
export const examples: Readonly<Record<string, Example>> = {
  'GET /health/live': { answer: { status: 'live' } },
  'GET /health/leader': { answer: { status: 'leader' } },
  'GET /health/ready': {
    answer: {
      ...{ status: 'ready', version: '0.2.0', problems: [], degraded: [] },
      ...{ role: 'leader', node: 'a', leader: 'a', since: arrivedAt, standbys: ['b'] },
    },
  },
  'GET /metrics': {
    answer:
      '# HELP carillon_calls_arrived_total Calls that arrived, counted on arrival.\n# TYPE carillon_calls_arrived_total counter\ncarillon_calls_arrived_total{workflow="support"} 12\n',
  },
  'GET /api/session': { answer: session },
  'POST /api/session': { body: { name: 'ann', password: 'correct horse battery staple' }, answer: session },
  'GET /api/agents': { answer: [agent] },
  'GET /api/agents/:uri': { answer: agent },
  'PUT /api/agents/:uri/presence': { body: { state: 'busy', expires: '90m', source: 'http' } },
  'POST /api/agents/:uri/picks': { body: { callId } },
  'POST /api/agents/:uri/consultation': { body: { callId, to: 'sip:bob@example.com' } },
  'GET /api/agents/:uri/outbound': {
    answer: [
      {
        ...{ workflow: 'support', uri: 'sip:support@example.com', displayName: 'Support' },
        displayNumber: '+1 (425) 555-0100',
      },
    ],
  },
  'POST /api/agents/:uri/consultation/join': { body: { callId } },
  'POST /api/phones': {
    body: { agent: alice },
    answer: {
      ...{ uri: alice, user: 'browser-3f9c', password: 'q7Yt0Zc4', realm: 'example.com', server: 'wss://rgs.example.com:443' },
      expires: '2026-11-23T09:00:00.000Z',
    },
  },
  'GET /api/phones': {
    answer: [
      {
        ...{ agent: alice, contact: 'sip:alice@10.1.2.3:5060', transport: 'udp', reachedAt: '10.1.2.3:5060' },
        ...{ expires: '2026-11-23T08:10:00.000Z', isTemporary: false },
      },
    ],
  },
  'GET /api/groups': {
    answer: [
      {
        ...{ name: 'support', description: 'First-line support', routingMethod: 'longestIdle', participationPolicy: 'formal' },
        ...{ agentAlertTime: 20, agents: [alice, 'sip:bob@example.com'] },
      },
    ],
  },
  'GET /api/queues': {
    answer: [
      {
        ...{ name: 'support', groups: ['support'], waitingCalls: 1, oldestWait: 12, estimatedWait: 30 },
        serviceLevel: { within: 20, target: 0.8 },
      },
    ],
  },
  'GET /api/workflows': {
    answer: [
      {
        ...{
          name: 'support',
          uri: 'sip:support@example.com',
          number: '+14255550100',
          displayNumber: '+1 (425) 555-0100',
          displayName: 'Support',
        },
        ...{ opening: 'open', queues: ['support'] },
      },
    ],
  },
  'GET /api/calls': { answer: [ringing] },
  'GET /api/calls/:callId': { answer: record },
  'GET /api/calls/:callId/explain': { answer: explanation },
  'GET /api/calls/:callId/ladder': { answer: ladder },
  'GET /api/calls/:callId/bundle': { answer: 'PK…' },
  'GET /api/report': { answer: report },
  'GET /api/report.csv': { answer: reportCsv([...report.rows]).join('') },
  'GET /api/calls.csv': {
    answer:
      'arrivedAt,joinedAt,endedAt,caller,callerName,workflow,queue,group,agent,outcome,cause,status,waited,talked,forwardedTo,callId,direction\r\n' +
      `2026-11-23 09:00:00,2026-11-23 09:00:12,2026-11-23 09:03:12,${caller},Ann,support,support,support,${alice},answered,callerHungUp,200,12,180,,${callId},inbound\r\n`,
  },
  'GET /api/events': { answer: 'event: queue\ndata: {"name":"support","waitingCalls":1,…}\n\nevent: alive\ndata: {}\n\n' },
  'GET /api/config': {
    answer: {
      view: {
        workflows: [{ name: 'support', uri: 'sip:support@example.com', number: '+14255550100', displayName: 'Support' }],
        presence: [{ agent: alice, sources: 'http' }],
        server: { 'sip.domain': 'example.com', 'sip.listen': 'udp 0.0.0.0 port 5060' },
      },
      waiting: [],
      atNextStart: ['sip.listen'],
    },
  },
  'GET /api/config/check': {
    answer: { readAt: arrivedAt, faults: [], warnings: [], changes: [{ at: arrivedAt, changes: [groupChange] }] },
  },
  'POST /api/config/reload': {
    answer: { taken: false, faults: [fault], warnings: [], changes: [], restartNeeded: ['sip.listen'] },
  },
  'POST /api/cluster/leave': { answer: { node: 'a', to: ['b'] } },
  'GET /api/config/objects': { answer: [{ of: 'group', name: 'support', file: 'groups/support.yaml', mayEdit: true }] },
  'GET /api/config/objects/:of/:id': {
    answer: {
      ...{ of: 'group', name: 'support', file: 'groups/support.yaml', version: edit.version },
      fields: { name: 'support', agentAlertTime: '15s', agents: [alice] },
      ...{ hidden: [], mayChange: null, refusal: null, usedBy: [{ of: 'queue', name: 'support' }] },
    },
  },
  'POST /api/config/edits/plan': { body: edit, answer: effect },
  'POST /api/config/edits': { body: edit, answer: { ...effect, id: 12 } },
  'GET /api/config/edits': {
    answer: {
      edits: [
        {
          ...{ id: 12, at: arrivedAt, who: 'max', of: 'group', name: 'support', action: 'change', file: 'groups/support.yaml' },
          ...{ changes: [groupChange], undoes: null, mayUndo: true },
        },
      ],
      next: null,
    },
  },
  'PUT /api/calls/:callId/recording': { body: { state: 'paused' } },
  'GET /api/calls/:callId/recording': { answer: callRecording },
  'GET /api/calls/:callId/recording/sound': { answer: 'RIFF…' },
  'GET /api/calls/:callId/recording/file': { answer: 'RIFF…' },
  'GET /api/calls/:callId/recording/waveform': { answer: { caller: [0.1, 0.6, 0.2], agent: [0.4, 0, 0.5] } },
  'PUT /api/calls/:callId/supervision': { body: { mode: 'whisper' } },
  'GET /api/recordings': { answer: { recordings: [callRecording], next: null } },
  'POST /api/config/recordings': { body: 'RIFF…', answer: { ...recording, isUsed: false } },
  'GET /api/config/recordings': { answer: { recordings: [recording] } },
  'GET /api/config/recordings/sound': { answer: 'RIFF…' },
  'POST /api/config/speech': { body: { text: 'Welcome.', language: 'en-US' }, answer: 'RIFF…' },
  'GET /api/log-levels': { answer: Object.fromEntries(logAreas.map(area => [area, area === 'sip' ? 'debug' : 'info'])) },
  'PUT /api/log-levels/:area': { body: { level: 'debug' } },
  'GET /api/webhooks': {
    answer: [
      {
        ...{ name: 'crm', url: 'https://crm.example.com/carillon', events: ['call.arrived', 'call.ended'] },
        ...{ waiting: 1, delivered: 412, failed: 0, dropped: 0 },
      },
    ],
  },
  'GET /api/webhooks/:webhook/deliveries': { answer: [delivery] },
  'POST /api/webhooks/:webhook/test': { answer: { ...delivery, event: 'test', callId: null } },
  'GET /api/audit.csv': {
    answer:
      'at,who,kind,from,what,agent,group,done,because\r\n2026-11-23T09:00:00.000Z,max,user,10.0.0.7,reloaded the config,,,true,\r\n',
  },
  'GET /api/audit': { answer: { entries: [auditEntry], next: null } },
}
