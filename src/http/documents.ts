import { z } from 'zod'
import { roles, scopes } from '../config/settings.js'
import { presenceSourceNames } from '../presence/port.js'
import * as words from '../routing/world/words.js'
import { presenceSource as settingSource } from './bodies.js'

/** The JSON documents of the HTTP API (docs/contract.md), as docs/openapi.json describes them. Moments are ISO 8601 in UTC, spans are seconds. */

const text = z.string()
const moment = z.iso.datetime()
const span = z.number()
const count = z.int().nonnegative()
const list = <T extends z.ZodType>(item: T) => z.array(item).readonly()
const document = <T extends z.core.$ZodLooseShape>(shape: T) => z.object(shape).readonly()

/** The words of the API, each a type of its own for the console. */
export const presenceStateSchema = z.enum(words.presenceStates)
export const exclusionSchema = z.enum(words.exclusions)
export const routingMethodSchema = z.enum(words.routingMethodNames)
export const waitOutcomeSchema = z.enum(words.waitOutcomes)
export const offerEndSchema = z.enum(words.offerEnds)
export const causeSchema = z.enum(words.callFinishCauses)
export const callEndSchema = z.enum(words.callEnds)

const presenceSource = z.enum([...presenceSourceNames, 'always'])
const presence = document({
  state: presenceStateSchema,
  since: moment,
  because: text.describe('Which source decided, in its words.'),
})

export const agentSchema = document({
  uri: text,
  name: text.nullable(),
  homed: z.enum(words.agentHomes),
  presence: document({
    ...presence.unwrap().shape,
    sources: list(document({ source: presenceSource, state: presenceStateSchema, reason: text, expires: moment.nullable() })),
    settableBy: list(settingSource).describe('By which sources the config lets this API set it.'),
  }),
  groups: list(
    document({
      name: text,
      participationPolicy: z.enum(words.participationPolicies),
      signedIn: z.boolean(),
      excluded: exclusionSchema.nullable().describe('What keeps the group from offering the agent a call now, as in `explain`.'),
    }),
  ),
  activity: z.enum(words.agentActivities),
  callId: text.nullable(),
  offers: list(text),
  idleSince: moment,
  wrapUpUntil: moment.nullable().describe('When the pause after a call ends by itself; null outside of one.'),
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
  oldestWait: span.describe('How long the oldest waiting call has waited; 0 when none does.'),
  estimatedWait: span.nullable().describe('What a caller who came now would wait; null while nothing is known.'),
  serviceLevel: document({
    within: span.describe('A wait that is answered within this is good.'),
    target: z.number().describe('What share of the waits should be good, from 0 to 1.'),
  }),
})
export type QueueDocument = z.output<typeof queueSchema>

export const callSchema = document({
  callId: text,
  workflow: text,
  caller: text.describe("The caller's URI, without the escapes of its user part; empty when it is not known."),
  callerName: text.nullable(),
  arrivedAt: moment,
  queue: text.nullable(),
  state: z.enum(words.callPhases),
  since: moment.describe('When this state began.'),
  position: count.nullable().describe('Place in the queue, from 1.'),
  estimatedWait: span.nullable().describe('What is left to wait at that place; null while nothing is known.'),
  answers: list(document({ digit: text, name: text })).describe('What the caller answered to questions, in order.'),
  agent: text.nullable(),
  group: text.nullable().describe('For which the agent took the call.'),
  offers: list(document({ offer: text, agent: text, group: text })),
})
export type CallDocument = z.output<typeof callSchema>

const transferSide = z.enum(words.transferSides)

export const recordSchema = document({
  callId: text,
  state: z.literal('finished'),
  workflow: text,
  caller: text,
  callerName: text.optional(),
  arrivedAt: moment,
  answeredAt: moment.nullable().describe("When the caller's INVITE was answered: by a prompt or music, or with the agent."),
  joinedAt: moment.nullable().describe('When the caller and an agent, or a forward target, were joined.'),
  endedAt: moment,
  talked: span,
  waits: list(document({ queue: text, from: moment, waited: span, outcome: waitOutcomeSchema })),
  offers: list(
    document({
      ...{ agent: text, group: text, method: routingMethodSchema },
      ...{ outcome: offerEndSchema, code: z.int().optional().describe('SIP status of a refusal.'), rang: span },
    }),
  ),
  answers: list(document({ digit: text, name: text })),
  agent: text.optional().describe('Who answered.'),
  group: text.optional(),
  talks: list(document({ agent: text, side: transferSide, from: moment, to: moment }))
    .optional()
    .describe('Agents who talked, also after transfers; side caller: the agent made the call, or took the caller’s place.'),
  transfers: list(
    document({
      ...{ at: moment, by: transferSide, asker: text, to: text },
      outcome: z
        .enum([...words.transferOutcomes, 'unfinished'])
        .describe(
          'busy: the agent behind `to` had another call; refused: the config does not let them; unfinished: the call ended first.',
        ),
    }),
  )
    .optional()
    .describe('Transfers that a side asked for, done or not: who asked, and who was to take their place, as URIs.'),
  forwardedTo: text.optional(),
  forwardFailed: document({ to: text, code: z.int() })
    .optional()
    .describe('The last target of an action that did not take the call, and its SIP response code.'),
  transferredBy: transferSide.optional(),
  outcome: callEndSchema,
  cause: causeSchema.describe('Who ended it; serverHungUp: the rule that outcome names.'),
  sipCallIds: list(text)
    .optional()
    .describe("SIP Call-IDs of the caller's leg and then of the others; for those alone who may act on any call."),
  status: z.int().optional().describe("What the caller's INVITE was answered with."),
})

export type CallRecordDocument = z.output<typeof recordSchema>

export const foundCallsSchema = document({
  calls: list(z.union([callSchema, recordSchema])).describe('Those in progress first, then the latest.'),
  next: z.null(),
})

export const recordPageSchema = document({
  calls: list(recordSchema),
  next: text.nullable().describe('The `cursor` of the next page.'),
})

const excludedAgent = document({
  ...{ agent: text, why: exclusionSchema, presence, until: moment.nullable() },
})
const decision = document({
  ...{ at: moment, queue: text, group: text, method: routingMethodSchema },
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
      ...{ offer: text, agent: text, decision },
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
  captured: z.boolean().describe('False: no SIP messages are kept here, by the config.'),
  complete: z.boolean().describe('False: the first of them are no longer kept.'),
  peers: list(
    document({
      side: z.enum(['caller', 'called']),
      uri: text,
      address: text.describe('Address and port of their first message.'),
    }),
  ).describe('Those who called first, then those who were called, each in the order of their first message.'),
  messages: list(
    document({
      at: moment,
      peer: count.describe('A place in `peers`.'),
      direction: z.enum(['in', 'out']).describe('As Carillon sees it.'),
      ...{ transport: text, address: text, sipCallId: text },
      method: text.describe('Of the request, or of that which the response answers.'),
      status: z.int().nullable().describe('Of a response.'),
      reasonPhrase: text.nullable(),
      contentType: text.nullable().describe('Null: nothing is in it.'),
      repeated: z.boolean().describe('A retransmission.'),
      text: text.describe('The whole message, without passwords, digests and the keys of media.'),
    }),
  ),
})
export type LadderDocument = z.output<typeof ladderSchema>

export const reportSchema = document({
  ...{ from: moment, to: moment, by: text, interval: text, zone: text },
  rows: list(
    document({
      ...{ from: text, name: text, received: count, successful: count, offered: count, answered: count, transferred: count },
      abandonedByLync: z.number().describe('(received - answered) / received.'),
      abandoned: z.number().describe('Callers who hung up before anybody answered, of all received.'),
      serviceLevel: z
        .number()
        .nullable()
        .describe("Waits answered within their queue's threshold, of those that count; null: none counts (docs/contract.md)."),
      serviceLevelWaits: count.describe('How many waits count for the service level.'),
      ...{ averageWait: span, longestWait: span, minutesPerAgent: z.number() },
    }),
  ),
})

export const phoneSchema = document({
  ...{ uri: text, user: text, password: text, realm: text },
  server: text.describe('Where it connects: ws://… or wss://…'),
  expires: moment,
})

export const sessionSchema = document({
  open: z
    .boolean()
    .describe('True: no user is configured; everybody on this machine may do everything, and nobody else anything.'),
  name: text.nullable().describe('Who this is; null: nobody has logged in.'),
  kind: z.enum(['user', 'token', 'loopback']).nullable(),
  role: z.enum(roles).nullable(),
  agent: text.nullable().describe('The agent that this is.'),
  workflows: list(text).describe('Of a manager: those that are managed.'),
  scopes: list(z.enum(scopes)).describe('Of a token: what of its role it may use.'),
  expires: moment.nullable().describe('When the session ends in any case.'),
  login: document({
    password: z.boolean().describe('Whether POST /api/session with a name and password can be of use.'),
    oidc: text.nullable().describe('Where the browser goes to log in by OpenID Connect.'),
  }),
})
export type SessionDocument = z.output<typeof sessionSchema>

export const auditSchema = document({
  at: moment,
  who: text,
  kind: z.enum(['user', 'token', 'loopback']),
  from: text.describe('The address that the request came from.'),
  what: text.describe('In words: signed sip:alice@example.com out of support.'),
  agent: text.nullable(),
  group: text.nullable(),
  done: z.boolean(),
  because: text.nullable().describe('Why it was not done.'),
})
export const auditPageSchema = document({ entries: list(auditSchema), next: text.nullable() })

export const healthSchema = document({ status: text, problems: list(text), degraded: list(text) })
export const configSchema = document({
  view: z
    .looseObject({
      workflows: list(z.looseObject({ name: text, uri: text, number: text.optional(), displayName: text })),
      presence: list(document({ agent: text, sources: text })),
      server: z.record(z.string(), text).describe('The settings of the server itself, in words.'),
    })
    .describe('The running config as `carillon plan` compares it.'),
  waiting: list(z.unknown()),
})

const fieldChange = document({
  field: text,
  before: text.optional(),
  after: text.optional(),
  added: list(text).optional().describe('Of a list: what came.'),
  removed: list(text).optional(),
  reordered: z.literal(true).optional().describe('The same entries in another order, which counts.'),
  atNextStart: z.literal(true).optional().describe('The server goes on as before until it is started anew.'),
})
const configChange = document({
  kind: z.enum(['server', 'workflow', 'queue', 'group', 'agent', 'prompt']),
  name: text,
  change: z.enum(['added', 'removed', 'changed']),
  fields: list(fieldChange),
})
export const configCheckSchema = document({
  readAt: moment,
  faults: list(text).describe('`file:line:column: message`. Not empty: that reading changed nothing.'),
  warnings: list(text),
  changes: list(document({ at: moment, changes: list(configChange) })).describe(
    'What changed since the start, the latest first.',
  ),
})
export type ConfigCheckDocument = z.output<typeof configCheckSchema>

export const problemSchema = document({
  ...{ type: text, title: text, status: z.int() },
  detail: text.describe('What was wrong with this request, and the remedy.'),
})
