import { z } from 'zod'
import { editKindNames } from '../config/edit/edit-text.js'
import { supervisionModes } from '../calls/step.js'
import { roles, scopes } from '../config/settings.js'
import { logAreas, logLevels, type LogArea } from '../foundation/log.js'
import { presenceSourceNames } from '../presence/port.js'
import * as words from '../routing/world/words.js'
import { presenceSource as settingSource } from './bodies.js'
import { count, document, list, moment, span, text } from './shapes.js'

/** The JSON documents of the HTTP API (docs/contract.md), described in docs/openapi.json. Times are ISO 8601 in UTC, durations are seconds. */

/** The words of the API. Each is a type of its own for the console. */
export const presenceStateSchema = z.enum(words.presenceStates)
export const exclusionSchema = z.enum(words.exclusions)
export const routingMethodSchema = z.enum(words.routingMethodNames)
export const waitOutcomeSchema = z.enum(words.waitOutcomes)
export const offerEndSchema = z.enum(words.offerEnds)
export const causeSchema = z.enum(words.callFinishCauses)
export const supervisionModeSchema = z.enum(supervisionModes)
export const callEndSchema = z.enum(words.callEnds)

const presenceSource = z.enum([...presenceSourceNames, 'always'])
const presence = document({
  state: presenceStateSchema,
  since: moment,
  because: text.describe('Which source decided, and what it says.'),
})

export const agentSchema = document({
  uri: text,
  name: text.nullable(),
  homed: z.enum(words.agentHomes),
  presence: document({
    ...presence.unwrap().shape,
    sources: list(document({ source: presenceSource, state: presenceStateSchema, reason: text, expires: moment.nullable() })),
    settableBy: list(settingSource).describe('The sources for which the config allows this API to set it.'),
  }),
  groups: list(
    document({
      name: text,
      participationPolicy: z.enum(words.participationPolicies),
      signedIn: z.boolean(),
      excluded: exclusionSchema.nullable().describe('Why the group offers the agent no call now, as in `explain`.'),
    }),
  ),
  activity: z.enum(words.agentActivities),
  callId: text.nullable(),
  offers: list(text),
  idleSince: moment,
  wrapUpUntil: moment.nullable().describe('When the wrap-up ends by itself. Null: the agent is in none.'),
  pausedSince: moment
    .nullable()
    .describe('Since then no call is offered, because the agent missed too many calls in a row. Null: the agent is not paused.'),
})
export type AgentDocument = z.output<typeof agentSchema>

export const groupSchema = document({
  name: text,
  description: text.nullable(),
  routingMethod: routingMethodSchema,
  participationPolicy: z.enum(words.participationPolicies),
  agentAlertTime: span,
  agents: list(text),
})
export type GroupDocument = z.output<typeof groupSchema>

export const queueSchema = document({
  name: text,
  groups: list(text),
  waitingCalls: count,
  oldestWait: span.describe('How long the oldest waiting call has waited. 0: none waits.'),
  estimatedWait: span.nullable().describe('How long a caller who came now would wait. Null: not known yet.'),
  serviceLevel: document({
    within: span.describe('A wait that is answered within this time counts as good.'),
    target: z.number().describe('The share of waits that should be good, from 0 to 1.'),
  }),
})
export type QueueDocument = z.output<typeof queueSchema>

const direction = z
  .enum(['inbound', 'outbound'])
  .describe('outbound: an agent calls out on behalf of the workflow; the agent is the caller.')

export const callSchema = document({
  callId: text,
  workflow: text,
  direction,
  caller: text.describe("The caller's URI, without the escapes of its user part. Empty: not known."),
  callerName: text.nullable(),
  arrivedAt: moment,
  queue: text.nullable().describe('Where it waits, or waited before an agent answered. Null: in no queue.'),
  state: z.enum(words.callPhases),
  since: moment.describe('When this state began.'),
  position: count.nullable().describe('Place in the queue, from 1.'),
  estimatedWait: span.nullable().describe('How long the caller still waits in that place. Null: not known yet.'),
  answers: list(document({ digit: text, name: text })).describe('What the caller answered to questions, in order.'),
  agent: text.nullable(),
  group: text.nullable().describe('The agent group of the agent who took the call.'),
  offers: list(document({ offer: text, agent: text, group: text })),
  calling: text.nullable().describe('The URI that the agent calls or talks to, in an outbound call.'),
  forwardingTo: text.nullable().describe('The target that is being called, in the state forwarding.'),
  consultation: document({
    agent: text.nullable().describe('The agent who called `to`. Null: they have hung up.'),
    to: text,
    state: z.enum(['calling', 'talking']),
  })
    .nullable()
    .describe('An agent of the call talks to the target of a transfer first, and the other side waits.'),
  recording: z
    .enum(['off', 'on', 'paused', 'failed'])
    .nullable()
    .describe('Null: the call must not be recorded, or nobody talks yet. off: somebody may start it. failed: a fault ended it.'),
  screenPop: text.nullable().describe('The address of a page about the caller, from the config. Null: none.'),
  supervisors: list(
    document({
      name: text,
      agent: text.describe('Whose phone they use.'),
      mode: supervisionModeSchema,
      since: moment.nullable().describe('Null: their phone rings.'),
    }),
  ).describe('Who listens to the call. Empty for agents if supervision.shown is false.'),
})
export type CallDocument = z.output<typeof callSchema>

const transferSide = z.enum(words.transferSides)

export const recordSchema = document({
  callId: text,
  state: z.literal('finished'),
  workflow: text,
  direction,
  caller: text,
  callerName: text.optional(),
  arrivedAt: moment,
  answeredAt: moment
    .nullable()
    .describe("When the caller's INVITE was answered: by a prompt or music, or because the agent answered."),
  joinedAt: moment.nullable().describe('When the caller was joined with an agent or a forward target.'),
  endedAt: moment,
  talked: span,
  waits: list(document({ queue: text, from: moment, waited: span, outcome: waitOutcomeSchema })),
  offers: list(
    document({
      agent: text,
      group: text,
      method: routingMethodSchema,
      outcome: offerEndSchema,
      code: z.int().optional().describe('The SIP status of the refusal.'),
      rang: span,
    }),
  ),
  answers: list(document({ digit: text, name: text })),
  agent: text.optional().describe('The agent who answered, or who called out.'),
  group: text.optional(),
  talks: list(document({ agent: text, side: transferSide, from: moment, to: moment }))
    .optional()
    .describe('Agents who talked, also after transfers. Side `caller`: the agent made the call, or took the caller’s place.'),
  transfers: list(
    document({
      at: moment,
      by: transferSide,
      asker: text,
      to: text,
      consult: z.literal(true).optional().describe('The side that asked called `to` first, to talk.'),
      outcome: z
        .enum([...words.transferOutcomes, 'unfinished'])
        .describe(
          'busy: the agent behind `to` had another call. refused: the config does not allow it. unfinished: the call ended first.',
        ),
    }),
  )
    .optional()
    .describe(
      'Transfers that a side asked for, whether they succeeded or not. URIs of who asked and of who should take their place.',
    ),
  forwardedTo: text.optional(),
  forwardFailed: document({ to: text, code: z.int() })
    .optional()
    .describe('The last target of an action that did not take the call, and its SIP response code.'),
  transferredBy: transferSide.optional(),
  outcome: callEndSchema,
  cause: causeSchema.describe('Who ended the call. serverHungUp: the rule in `outcome` did.'),
  sipCallIds: list(text)
    .optional()
    .describe("SIP Call-IDs of the caller's leg, then of the others. Only for people who may act on any call."),
  status: z.int().optional().describe("The final SIP status of the caller's INVITE."),
  recorded: z
    .enum(['whole', 'partly', 'failed'])
    .optional()
    .describe(
      'How much of the talk was recorded; failed: a fault ended or prevented it. Absent: nothing. The recording itself may be deleted since.',
    ),
  supervised: list(document({ name: text, agent: text, modes: list(supervisionModeSchema), from: moment, to: moment }))
    .optional()
    .describe('Who listened to the call, and how. Absent for agents if supervision.shown is false.'),
  anchored: z.literal(true).optional().describe('Media of the talk passed through Carillon. Absent: media flowed directly.'),
})

export type CallRecordDocument = z.output<typeof recordSchema>

export const foundCallsSchema = document({
  calls: list(z.union([callSchema, recordSchema])).describe('Calls in progress first, then the latest ones.'),
  next: z.null(),
})

export const recordPageSchema = document({
  calls: list(recordSchema),
  next: text.nullable().describe('The `cursor` of the next page.'),
})

const excludedAgent = document({
  agent: text,
  why: exclusionSchema,
  presence,
  until: moment.nullable(),
})
const decision = document({
  at: moment,
  queue: text,
  group: text,
  method: routingMethodSchema,
  candidates: list(document({ agent: text, position: count.optional(), idleSince: moment.optional() })),
  excluded: list(excludedAgent),
  unlisted: count,
  passedOver: list(document({ group: text, excluded: list(excludedAgent), unlisted: count })),
})

export const explanationSchema = document({
  callId: text,
  workflow: text,
  arrivedAt: moment,
  waits: list(document({ queue: text, from: moment, outcome: waitOutcomeSchema.nullable(), waited: span.nullable() })),
  forgottenOffers: count,
  offers: list(
    document({
      offer: text,
      agent: text,
      decision,
      ended: document({ why: offerEndSchema, code: z.int().nullable(), at: moment, rang: span }).nullable(),
    }),
  ),
  connected: document({ agent: text, group: text, at: moment, waited: span }).nullable(),
  steps: list(document({ at: moment, step: text, text })).describe(
    'What the workflow said and decided: welcomed, asked, notAnswered, gaveUp, forwarding, forwardFailed. `text` says it in words.',
  ),
  forwarded: document({ to: text, at: moment }).nullable(),
  finished: document({ at: moment, why: callEndSchema, cause: causeSchema, waited: span, talked: span }).nullable(),
})

export const ladderSchema = document({
  callId: text,
  captured: z.boolean().describe('False: the config keeps no SIP messages.'),
  complete: z.boolean().describe('False: the first messages are no longer kept.'),
  peers: list(
    document({
      side: z.enum(['caller', 'called']),
      uri: text,
      address: text.describe("The address and port of the peer's first message."),
    }),
  ).describe('The callers first, then the called, each in the order of their first message.'),
  messages: list(
    document({
      at: moment,
      peer: count.describe('An index in `peers`.'),
      direction: z.enum(['in', 'out']).describe('As seen by Carillon.'),
      transport: text,
      address: text,
      sipCallId: text,
      method: text.describe(
        'The method of the request, or of the request that the response answers. `unreadable`: neither can be read.',
      ),
      status: z.int().nullable().describe('The status of a response. Null: a request.'),
      reasonPhrase: text.nullable(),
      contentType: text.nullable().describe('Null: the message has no body.'),
      repeated: z.boolean().describe('True: the message is a retransmission.'),
      text: text.describe('The message without passwords, digests and media keys. `…` at the end: it is cut.'),
      leftOutBefore: count.describe('How many messages before this one are left out, because the call has too many.'),
    }),
  ),
})
export type LadderDocument = z.output<typeof ladderSchema>

export const phoneSchema = document({
  uri: text,
  user: text,
  password: text,
  realm: text,
  server: text.describe('The address to connect to: ws://… or wss://…'),
  expires: moment,
})

export const registeredPhoneSchema = document({
  agent: text,
  contact: text.describe('As the phone wrote it.'),
  transport: text,
  reachedAt: text.nullable().describe('The connection or address that reaches it. Null: its contact does.'),
  expires: moment,
  isTemporary: z.boolean().describe('It registered with temporary credentials, as phones in browsers do.'),
})
export type RegisteredPhoneDocument = z.output<typeof registeredPhoneSchema>

const levelSchema = z.enum(logLevels)
/** One key for each area. */
export const logLevelsSchema = document(
  Object.fromEntries(logAreas.map(area => [area, levelSchema])) as Record<LogArea, typeof levelSchema>,
)

export const sessionSchema = document({
  open: z
    .boolean()
    .describe('True: no user is configured. Everybody on this machine may do everything, and nobody else may do anything.'),
  name: text.nullable().describe('The name of the user or token. Null: nobody has logged in.'),
  kind: z.enum(['user', 'token', 'loopback']).nullable(),
  role: z.enum(roles).nullable(),
  agent: text.nullable().describe('The agent that this user is.'),
  workflows: list(text).describe('The workflows of a manager.'),
  scopes: list(z.enum(scopes)).describe('The parts of its role that a token may use.'),
  expires: moment.nullable().describe('When the session ends at the latest.'),
  login: document({
    password: z.boolean().describe('Whether a log-in with name and password (POST /api/session) is possible.'),
    oidc: text.nullable().describe('The address at which the browser logs in by OpenID Connect. Null: not possible.'),
  }),
})
export type SessionDocument = z.output<typeof sessionSchema>

export const auditSchema = document({
  at: moment,
  who: text,
  kind: z.enum(['user', 'token', 'loopback']),
  from: text.describe('The address from which the request came.'),
  what: text.describe('In words, such as: signed sip:alice@example.com out of support.'),
  agent: text.nullable(),
  group: text.nullable(),
  done: z.boolean(),
  because: text.nullable().describe('Why it was refused. Null: it was done.'),
})
export const auditPageSchema = document({ entries: list(auditSchema), next: text.nullable() })

export const workflowSchema = document({
  name: text,
  uri: text,
  number: text.nullable(),
  displayNumber: text.nullable().describe('The number as people see it.'),
  displayName: text,
  opening: z.enum(['open', 'closed', 'holiday', 'inactive']),
  queues: list(text).describe('The queues that a call can reach now, whatever the caller answers.'),
})
export type WorkflowDocument = z.output<typeof workflowSchema>

export const outboundSchema = document({
  workflow: text,
  uri: text.describe('For P-Preferred-Identity in the INVITE.'),
  displayName: text,
  displayNumber: text.nullable().describe('The number that the called person sees, as people write it.'),
})
export type OutboundDocument = z.output<typeof outboundSchema>

export const healthSchema = document({
  ...{ status: text, version: text, problems: list(text), degraded: list(text) },
  role: z.enum(['leader', 'standby', 'lost']).optional().describe('Of a node of a cluster. lost: Redis does not answer it.'),
  node: text.optional().describe('The name of this node of a cluster.'),
  leader: text.nullable().optional().describe('The node that serves. null: none that this node knows.'),
  since: text.nullable().optional().describe('Since when it serves, by the clock of Redis.'),
  standbys: list(text).optional().describe('The other nodes that could take over at once.'),
})
export const configSchema = document({
  view: z
    .looseObject({
      workflows: list(
        z.looseObject({ name: text, uri: text, number: text.optional(), displayNumber: text.optional(), displayName: text }),
      ),
      presence: list(document({ agent: text, sources: text })),
      server: z.record(z.string(), text).describe("The server's own settings, in words."),
    })
    .describe('The running config as `carillon plan` compares it.'),
  waiting: list(z.unknown()),
  atNextStart: list(text).describe('The keys of `view.server` of which a change takes effect at the next start.'),
})

const fieldChange = document({
  field: text,
  before: text.optional(),
  after: text.optional(),
  added: list(text).optional().describe('New entries of a list.'),
  removed: list(text).optional(),
  reordered: z.literal(true).optional().describe('The entries are the same, in another order.'),
  atNextStart: z.literal(true).optional().describe('The change takes effect at the next start.'),
})
const configChange = document({
  kind: z.enum(['server', 'workflow', 'queue', 'group', 'agent', 'prompt']),
  name: text,
  change: z.enum(['added', 'removed', 'changed']),
  fields: list(fieldChange),
})
export const configCheckSchema = document({
  readAt: moment,
  faults: list(text).describe('`file:line:column: message`. If there are any, the reload changed nothing.'),
  warnings: list(text),
  changes: list(document({ at: moment, changes: list(configChange) })).describe('Changes since the start, the latest first.'),
})
export const configReloadSchema = document({
  taken: z.boolean().describe('False: the config has faults, and the previous one stays in force.'),
  faults: list(text).describe('`file:line:column: message`.'),
  warnings: list(text),
  changes: list(configChange).describe('What this reading changed.'),
  restartNeeded: list(text).describe('Keys that changed since the start of the server and take effect at the next start.'),
})
export type ConfigReloadDocument = z.output<typeof configReloadSchema>
export type ConfigCheckDocument = z.output<typeof configCheckSchema>

const editKind = z.enum(editKindNames)
export const listedObjectSchema = document({
  of: editKind,
  name: text,
  file: text,
  mayEdit: z.boolean(),
})
export const editableSchema = document({
  of: editKind,
  name: text,
  file: text,
  version: text.describe('Of the file. An edit sends it back.'),
  fields: z.record(z.string(), z.unknown()).describe('As the file has them. A field that is absent has its default.'),
  hidden: list(text).describe('Fields that are neither shown nor changed: secrets, and values from the environment.'),
  mayChange: list(text).nullable().describe('The fields that this person may change. Null: all.'),
  refusal: text.nullable().describe('Why it can’t be edited here. Null: it can.'),
  usedBy: list(document({ of: editKind, name: text })).describe(
    'The objects that name it. While there are any, it can’t be removed.',
  ),
})
export type EditableDocument = z.output<typeof editableSchema>

export const editOutcomeSchema = document({
  done: z.boolean().describe('For a plan: whether it can be done. False: `faults` says why not.'),
  id: count.nullable().describe('Of the edit in the history. Null for a plan.'),
  file: text.nullable().describe('The file that the edit changes.'),
  changes: list(configChange),
  calls: list(
    document({
      call: text,
      queue: text.describe('Where the call waits now.'),
      effect: z.enum(['keepsPlace', 'moves', 'forwarded', 'ended']),
      to: text.nullable(),
      position: count.nullable(),
      stopsRinging: list(text).describe('Agents whose phones stop ringing.'),
      because: text.nullable(),
    }),
  ).describe('What happens to the calls that wait now, at most 200.'),
  warnings: list(text),
  faults: list(
    document({
      file: text,
      line: count,
      column: count,
      message: text,
      field: text.nullable().describe('Such as `hours.mon-fri.0`.'),
    }),
  ),
  notCommitted: text.nullable().describe('Why git has no commit of the edit.'),
})
export type EditOutcomeDocument = z.output<typeof editOutcomeSchema>

export const recordingSchema = document({
  file: text.describe('As a prompt names it.'),
  seconds: span,
  bytes: count,
  isUsed: z.boolean().describe('Whether a file of the config names it.'),
})
export type RecordingDocument = z.output<typeof recordingSchema>
export const recordingListSchema = document({ recordings: list(recordingSchema) })
export type RecordingListDocument = z.output<typeof recordingListSchema>

const pastEdit = document({
  id: count,
  at: moment,
  who: text,
  of: editKind,
  name: text,
  action: z.enum(['change', 'add', 'remove']),
  file: text,
  changes: list(configChange),
  undoes: count.nullable().describe('The edit that this one took back.'),
  mayUndo: z.boolean(),
})
export const editPageSchema = document({ edits: list(pastEdit), next: text.nullable() })
export type EditPageDocument = z.output<typeof editPageSchema>

export const problemSchema = document({
  type: text,
  title: text,
  status: z.int(),
  detail: text.describe('What is wrong with the request, and the remedy.'),
  requestId: text.describe('The X-Request-Id of the request. The log has it, too.'),
})
