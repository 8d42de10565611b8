import { z } from 'zod'
import type { Scope } from '../config/settings.js'
import {
  consultBody,
  editBody,
  joinBody,
  loginBody,
  logLevelBody,
  phoneBody,
  pickBody,
  presenceBody,
  recordingBody,
  speechBody,
  supervisionBody,
} from './bodies.js'
import { callRecordingPageSchema, callRecordingSchema, waveformSchema } from './call-recording-documents.js'
import { clusterLeaveSchema } from './cluster-documents.js'
import * as documents from './documents.js'
import {
  auditListQuery,
  auditQuery,
  callListQuery,
  editQuery,
  ladderQuery,
  legQuery,
  pageSize,
  recordQuery,
  recordingQuery,
  reportQuery,
  soundQuery,
  storedQuery,
  supervisorQuery,
  takeBackQuery,
} from './queries.js'
import { reportSchema } from './report-documents.js'
import { deliverySchema, webhookSchema } from './webhook-documents.js'

/**
 * The least right that a route needs.
 * - nothing: everybody who reaches the port.
 * - sight: any role. The response shows only what the person may see.
 * - overview: every role except agent, because the response can't be limited to one agent.
 * - steer: the agent, a manager of the agent, or an admin. A manager must also manage the named group.
 * - self: the agent, or an admin.
 * - phone: the agent, or an admin. For a guest: any role.
 * - audit: a manager, limited to the managed agents, or an admin.
 * - edit: a manager, limited to what only their workflows use, or an admin.
 * - recording: a manager, limited to their workflows, an agent, limited to their own calls, or an admin.
 * - supervise: a manager, limited to their workflows, or an admin.
 * - admin: an admin.
 */
export type Need =
  'nothing' | 'sight' | 'overview' | 'steer' | 'self' | 'phone' | 'audit' | 'edit' | 'recording' | 'supervise' | 'admin'

export interface Route {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  /** In fastify's form: `/api/agents/:uri`. */
  readonly url: string
  readonly needs: Need
  /** The cost for a stranger's allowance of requests. Default 1: about what a 404 costs us. */
  readonly cost?: number
  /**
   * The cost for a known person's allowance of reads, in units of half a millisecond of work, measured with 1,000 agents and 20,000 records.
   * Default 1.
   */
  readonly load?: number | ((query: unknown) => number)
  /** The scope that a token needs. */
  readonly scope: Scope
  readonly summary: string
  readonly query?: z.ZodType
  readonly body?: z.ZodType
  /** The content type of a body that is not JSON. */
  readonly bodyType?: string
  /** The document of the 200 response. Without one the response is 204. */
  readonly answer?: z.ZodType
  /** Where the response, a 302, sends the browser. */
  readonly leads?: string
  /** What the response 503 means. It has the document of the 200 response. */
  readonly unready?: string
  /** The content type of a response that is not JSON. */
  readonly contentType?: string
  /** A change in words for the audit log: what was done, from the texts in its path and body. */
  readonly audit?: (of: Readonly<Record<string, string | undefined>>) => string
}

const agent = '/api/agents/:uri'
const recording = '/api/calls/:callId/recording'
const supervision = '/api/calls/:callId/supervision'
const signIn = `${agent}/groups/:name/sign-in`
const list = (item: z.ZodType): z.ZodType => z.array(item)
const callQuery = z.union([z.strictObject({ state: z.literal('active').optional() }), legQuery, recordQuery])
const text = z.string()
/** For the audit log: what a supervisor does with a call. */
const supervised: Readonly<Record<string, string>> = {
  listen: 'listened to the call',
  whisper: 'whispered to the agent of the call',
  barge: 'barged in on the call',
}
/** For a route that takes about a millisecond, or asks another server. */
const dear = 5

/** For an edit: the whole config is read in a thread of its own, and its settings are copied to this one. */
const editLoad = 60

/** Each 25 records of a page cost one unit. A search that needs more than one read of the store pays for each (`StoreReading.searched`). */
function loadOfPage(query: unknown): number {
  const read = pageQuery.safeParse(query)
  const { limit = 100 } = read.success ? read.data : {}
  return 1 + Math.ceil(limit / 25)
}
const pageQuery = z.object({ limit: z.coerce.number().min(1).max(pageSize).optional() })

const isFinished = (query: unknown): boolean => z.object({ state: z.literal('finished') }).safeParse(query).success
const loadOfCalls = (query: unknown): number => (isFinished(query) ? loadOfPage(query) : 2)

const get = (url: string, needs: Need, summary: string, more: Partial<Route> = {}): Route => ({
  method: 'GET',
  url,
  needs,
  scope: 'read',
  summary,
  ...more,
})
const change = (
  method: Route['method'],
  url: string,
  needs: Need,
  scope: Scope,
  summary: string,
  more: Partial<Route> = {},
): Route => ({ method, url, needs, scope, summary, ...more })

/** The whole HTTP API. Other paths outside `/api` are the console's files, which are public. */
export const routes: readonly Route[] = [
  get('/health/live', 'nothing', 'Whether the process runs', { answer: z.object({ status: z.literal('live') }) }),
  get('/health/leader', 'nothing', 'Whether this server serves: always if it is alone, in a cluster if it has the lease', {
    answer: z.object({ status: z.literal('leader') }),
  }),
  get('/health/ready', 'nothing', 'Whether calls are taken; if not, 503 with the reasons', {
    answer: documents.healthSchema,
    unready: 'No call is taken; `problems` says why.',
  }),
  get('/metrics', 'nothing', 'Metrics for Prometheus', {
    answer: text,
    contentType: 'text/plain',
    cost: dear,
    load: dear,
  }),

  get('/api/session', 'nothing', 'Who is logged in, and how to log in', { answer: documents.sessionSchema }),
  change('POST', '/api/session', 'nothing', 'read', 'Logs in; a cookie keeps the session', {
    body: loginBody,
    answer: documents.sessionSchema,
    audit: () => 'logged in',
  }),
  change('DELETE', '/api/session', 'nothing', 'read', 'Logs out', { audit: () => 'logged out' }),
  get('/api/session/oidc', 'nothing', 'Sends the browser to the OpenID provider', {
    leads: 'the OpenID provider',
    cost: dear,
  }),
  get('/api/session/oidc/callback', 'nothing', 'The address to which the OpenID provider sends the browser back', {
    leads: 'the console',
    cost: dear,
    audit: () => 'logged in by OpenID Connect',
  }),

  get('/api/agents', 'sight', 'All agents with presence and its sources, groups and current activity', {
    answer: list(documents.agentSchema),
    load: 16,
  }),
  get(agent, 'sight', 'One agent', { answer: documents.agentSchema }),
  change('PUT', `${agent}/presence`, 'steer', 'presence', 'Sets presence by the source http or console', {
    body: presenceBody,
    // A request that was refused before its body was read has no state.
    audit: ({ uri, state }) => `set the presence of ${uri ?? ''}${state === undefined ? '' : ` to ${state}`}`,
  }),
  change('DELETE', `${agent}/presence/:source`, 'steer', 'presence', 'Removes what the source http or console says', {
    audit: ({ uri }) => `took back the presence of ${uri ?? ''}`,
  }),
  change('PUT', signIn, 'steer', 'signIn', 'Signs a formal agent in to a group', {
    audit: ({ uri, name }) => `signed ${uri ?? ''} in to ${name ?? ''}`,
  }),
  change('DELETE', signIn, 'steer', 'signIn', 'Signs a formal agent out of a group', {
    audit: ({ uri, name }) => `signed ${uri ?? ''} out of ${name ?? ''}`,
  }),
  change('DELETE', `${agent}/wrap-up`, 'self', 'calls', 'Ends a wrap-up', {
    audit: ({ uri }) => `ended the wrap-up of ${uri ?? ''}`,
  }),
  change('DELETE', `${agent}/pause`, 'steer', 'presence', 'Ends the pause of an agent who missed too many calls', {
    audit: ({ uri }) => `ended the pause of ${uri ?? ''}`,
  }),
  change('DELETE', `${agent}/offers/:offer`, 'self', 'calls', 'Declines an offer that rings', {
    audit: ({ uri, offer }) => `declined the offer ${offer ?? ''} of ${uri ?? ''}`,
  }),
  change('POST', `${agent}/picks`, 'self', 'calls', 'Gives an attendant a waiting call out of its order', {
    body: pickBody,
    audit: ({ uri, callId }) => `picked the call${callId === undefined ? '' : ` ${callId}`} for ${uri ?? ''}`,
  }),
  change(
    'DELETE',
    `${agent}/transfer`,
    'self',
    'calls',
    'Takes back a transfer: the agent keeps the call. The target still rings, or talks to the agent first',
    {
      query: takeBackQuery,
      audit: ({ uri }) => `took back the transfer of ${uri ?? ''}`,
    },
  ),
  change(
    'POST',
    `${agent}/consultation`,
    'self',
    'calls',
    'Calls a colleague or a number to talk first, while the other side of the call waits with music',
    {
      body: consultBody,
      audit: ({ uri, to }) => `called${to === undefined ? '' : ` ${to}`} for ${uri ?? ''} before a transfer`,
    },
  ),
  get(`${agent}/outbound`, 'self', 'The workflows on whose behalf the agent may call out', {
    answer: list(documents.outboundSchema),
  }),
  change('POST', `${agent}/consultation/join`, 'self', 'calls', 'Joins the one who was called with the side that waits', {
    body: joinBody,
    audit: ({ uri }) => `completed the transfer of ${uri ?? ''}`,
  }),
  change('POST', '/api/phones', 'phone', 'phones', 'Issues SIP credentials for a phone in the browser, for an hour', {
    body: phoneBody,
    answer: documents.phoneSchema,
    audit: ({ agent = 'a guest' }) => `took SIP credentials for ${agent}`,
  }),

  get('/api/phones', 'overview', 'Registered phones, with their address and expiry', {
    answer: list(documents.registeredPhoneSchema),
    load: 4,
  }),

  get('/api/groups', 'sight', 'Agent groups', { answer: list(documents.groupSchema), load: 2 }),
  get('/api/queues', 'sight', 'Queues with their waiting calls', { answer: list(documents.queueSchema) }),
  get('/api/workflows', 'overview', 'What can be dialled, whether it is open, and which queues a call can reach now', {
    answer: list(documents.workflowSchema),
    load: 2,
  }),
  get(
    '/api/calls',
    'sight',
    'Calls in progress; with state=finished a page of records; with sipCallId the calls that have a leg with that SIP Call-ID',
    {
      query: callQuery,
      answer: z.union([list(documents.callSchema), documents.recordPageSchema, documents.foundCallsSchema]),
      load: loadOfCalls,
    },
  ),
  get('/api/calls/:callId', 'sight', 'One call, in progress or finished', {
    answer: z.union([documents.callSchema, documents.recordSchema]),
  }),
  get('/api/calls/:callId/explain', 'sight', 'Each routing decision of a call with its reasons (text/plain for people)', {
    answer: documents.explanationSchema,
    load: 8,
  }),
  get(
    '/api/calls/:callId/ladder',
    'overview',
    'The SIP messages of a call, as far back as they are kept (text/plain for people, or a file)',
    {
      query: ladderQuery,
      answer: documents.ladderSchema,
      load: 16,
    },
  ),
  get(
    '/api/calls/:callId/bundle',
    'admin',
    'A file for a bug report: the decisions, events, SIP messages and settings of a call, with other names, numbers and addresses',
    {
      answer: text,
      contentType: 'application/zip',
      audit: ({ callId = '' }) => `took a bundle of the call ${callId} for a bug report`,
    },
  ),
  change('PUT', recording, 'recording', 'calls', 'Starts, pauses, resumes or stops the recording of a call in progress', {
    body: recordingBody,
    audit: ({ callId = '', state = '' }) => `set the recording of the call ${callId} to ${state}`,
  }),
  get(recording, 'recording', 'What is known about the recording of a call', {
    answer: callRecordingSchema,
    scope: 'recordings',
  }),
  get(`${recording}/sound`, 'recording', 'The recording as a WAV, also in ranges: the caller is left, the agent right', {
    answer: text,
    contentType: 'audio/wav',
    scope: 'recordings',
    audit: ({ callId = '' }) => `listened to the recording of the call ${callId}`,
  }),
  get(`${recording}/file`, 'recording', 'The same WAV as a file to keep', {
    answer: text,
    contentType: 'audio/wav',
    scope: 'recordings',
    audit: ({ callId = '' }) => `downloaded the recording of the call ${callId}`,
  }),
  get(`${recording}/waveform`, 'recording', 'How loud each side is in each of up to 600 equal stretches of the recording', {
    answer: waveformSchema,
    scope: 'recordings',
    load: 16,
  }),
  change('DELETE', recording, 'admin', 'recordings', 'Deletes a recording', {
    audit: ({ callId = '' }) => `deleted the recording of the call ${callId}`,
  }),
  change('PUT', supervision, 'supervise', 'calls', 'Listens to a talk, or changes who hears the supervisor', {
    body: supervisionBody,
    audit: ({ callId = '', mode, agent: phone }) =>
      `${supervised[mode ?? ''] ?? 'supervised the call'} ${callId}${phone === undefined ? '' : ` at the phone of ${phone}`}`,
  }),
  change('DELETE', supervision, 'supervise', 'calls', 'No longer listens to a talk', {
    query: supervisorQuery,
    audit: ({ callId = '' }) => `stopped listening to the call ${callId}`,
  }),
  get('/api/recordings', 'recording', 'Recordings of calls, the latest first', {
    query: storedQuery,
    answer: callRecordingPageSchema,
    scope: 'recordings',
    load: loadOfPage,
  }),
  get('/api/report', 'overview', 'The usage of a period', { query: reportQuery, answer: reportSchema, load: 60 }),
  get('/api/report.csv', 'overview', 'The same report for spreadsheets: its rows as CSV', {
    query: reportQuery,
    answer: text,
    contentType: 'text/csv',
    load: 60,
  }),
  get('/api/calls.csv', 'sight', 'Finished calls for spreadsheets, the latest first: up to 20,000 as CSV', {
    query: callListQuery,
    answer: text,
    contentType: 'text/csv',
    load: 60,
  }),
  get(
    '/api/events',
    'sight',
    'Server-sent events: agent, group, queue and call with the current document; gone; config after each reading; alive at least every 15 s',
    {
      answer: text,
      contentType: 'text/event-stream',
    },
  ),
  get('/api/config', 'overview', 'The running config, for `carillon plan`', { answer: documents.configSchema, load: 5 }),
  get('/api/config/check', 'overview', 'The result of the last reading of the config, and what changed', {
    answer: documents.configCheckSchema,
  }),
  change('POST', '/api/config/reload', 'admin', 'operate', 'Reads the config again, as SIGHUP does, and returns the result', {
    answer: documents.configReloadSchema,
    audit: () => 'reloaded the config',
  }),
  change('POST', '/api/cluster/leave', 'admin', 'operate', 'Leaves the calls to a node that stands by, and ends this one', {
    answer: clusterLeaveSchema,
    audit: () => 'told the node to leave its calls to another one',
  }),
  get('/api/config/objects', 'edit', 'The workflows, queues, groups, agents and sets of holidays in the config files', {
    answer: list(documents.listedObjectSchema),
    scope: 'edit',
    load: editLoad,
  }),
  get('/api/config/objects/:of/:id', 'edit', 'One of these as its file has it, without secrets', {
    answer: documents.editableSchema,
    scope: 'edit',
    load: editLoad,
  }),
  {
    ...get('/api/config/edits/plan', 'edit', 'What an edit would change, also for calls that wait. Writes nothing', {
      body: editBody,
      answer: documents.editOutcomeSchema,
      scope: 'edit',
      load: editLoad,
    }),
    method: 'POST',
  },
  change('POST', '/api/config/edits', 'edit', 'edit', 'Edits the config files, and reads the config again', {
    body: editBody,
    answer: documents.editOutcomeSchema,
    audit: ({ kind = 'edit', of = '', name = '' }) => `edited the config: ${[kind, of, name].join(' ').trim()}`,
  }),
  get('/api/config/edits', 'edit', 'The latest edits, the latest first', {
    query: editQuery,
    answer: documents.editPageSchema,
    scope: 'edit',
    load: editLoad,
  }),
  change('POST', '/api/config/recordings', 'edit', 'edit', 'Keeps a sound for a prompt in the config folder', {
    query: recordingQuery,
    body: z.string().describe('A WAV: 8,000 samples of 16 bits a second, mono.'),
    bodyType: 'audio/wav',
    answer: documents.recordingSchema,
    audit: () => 'kept a sound for a prompt',
  }),
  get('/api/config/recordings', 'admin', 'The sounds that were recorded or uploaded in the console', {
    answer: documents.recordingListSchema,
    scope: 'edit',
    load: editLoad,
  }),
  change('DELETE', '/api/config/recordings', 'admin', 'edit', 'Removes such a sound, if the config does not name it', {
    query: soundQuery,
    audit: () => 'removed a sound for prompts',
  }),
  get('/api/config/recordings/sound', 'edit', 'The sound of a prompt, as a WAV', {
    query: soundQuery,
    answer: text,
    contentType: 'audio/wav',
    scope: 'edit',
    load: editLoad,
  }),
  {
    ...get('/api/config/speech', 'edit', 'Words as callers would hear them, as a WAV. Saves nothing', {
      body: speechBody,
      answer: text,
      contentType: 'audio/wav',
      scope: 'edit',
      load: 2 * editLoad,
    }),
    method: 'POST',
  },
  get('/api/log-levels', 'overview', 'The log level of each area', { answer: documents.logLevelsSchema }),
  change('PUT', '/api/log-levels/:area', 'admin', 'operate', 'Sets the log level of an area, or of all, until the server ends', {
    body: logLevelBody,
    audit: ({ area = '', level }) => `set the log level of ${area}${level === undefined ? '' : ` to ${level}`}`,
  }),
  get('/api/webhooks', 'admin', 'The programs that are told about calls', { answer: list(webhookSchema) }),
  get('/api/webhooks/:webhook/deliveries', 'admin', 'The latest 200 events for one of them, the latest first', {
    answer: list(deliverySchema),
    load: 4,
  }),
  change('POST', '/api/webhooks/:webhook/test', 'admin', 'operate', 'Sends a test now, and returns what became of it', {
    answer: deliverySchema,
    audit: ({ webhook = '' }) => `sent a test to the webhook ${webhook}`,
  }),
  get('/api/audit', 'audit', 'The audit log: who changed what', {
    query: auditQuery,
    answer: documents.auditPageSchema,
    load: loadOfPage,
  }),
  get('/api/audit.csv', 'audit', 'The same for spreadsheets, the latest first: up to 20,000 entries as CSV', {
    query: auditListQuery,
    answer: text,
    contentType: 'text/csv',
    load: 60,
  }),
  get('/api/openapi.json', 'nothing', 'This document', { answer: z.record(z.string(), z.unknown()) }),
]

/** The row of a method and a URL of fastify's routes. HEAD has the row of GET. */
export function routeOf(method: string, url: string): Route | undefined {
  return rows.get(`${method === 'HEAD' ? 'GET' : method} ${url}`)
}

const rows = new Map(routes.map(route => [`${route.method} ${route.url}`, route]))
