import { z } from 'zod'
import { millis, seconds } from '../foundation/time.js'
import {
  agent,
  block,
  byteSize,
  choice,
  duration,
  e164,
  host,
  httpUri,
  listenUri,
  name,
  peer,
  read,
  sipUri,
  target,
  text,
  wholeNumber,
} from './fields.js'

/**
 * Every key of the config folder, with the sentence that editors show for it: the JSON Schemas in config/schema/ are made from this
 * by `npm run schema`. Keys of docs/contract.md that are not built yet are named as `later`, so that their fault can say so.
 */

const transactionReason = 'an INVITE transaction does not ring longer, RFC 3261 §16.6 timer C'
const alertTime = () => duration(seconds(10), seconds(180), transactionReason)
const wrapUp = () => duration(millis(0), seconds(3_600))

const listen = z
  .array(listenUri())
  .min(1, 'expected at least one address')
  .describe('Where SIP is taken: udp:// or tcp://, an IP address (0.0.0.0 or [::] for all) and a port.')

const sip = block(
  'The SIP side: where calls come in and whose calls are taken.',
  {
    listen: listen.prefault(['udp://0.0.0.0:5060', 'tcp://0.0.0.0:5060']),
    domain: host().describe('Our SIP domain: agents and workflows are named …@domain.'),
    advertise: host().describe('Host name or address that we name in Via and Contact; default: the local address.').optional(),
    trustedPeers: z
      .array(peer())
      .describe('IP addresses and CIDR blocks of the PBX or SBC that may send calls; all others get 403. Default: nobody.')
      .prefault([]),
    outboundProxy: sipUri('anyUser')
      .describe('SIP URI of the PBX through which agents without a contact and forward targets are reached.')
      .optional(),
    engine: choice('The SIP stack: embedded is our own.', ['embedded'], { drachtio: 'the drachtio engine' }).prefault('embedded'),
  },
  { drachtio: 'the drachtio engine', tls: 'TLS', websocket: 'WebSocket' },
)

const http = block('The HTTP side: API, health and metrics.', {
  listen: httpUri()
    .describe('Address and port of HTTP. Until users can be configured it is loopback only: another address is replaced by it.')
    .prefault('http://127.0.0.1:8080'),
})

const media = block(
  'What callers hear from Carillon itself.',
  {
    engine: choice('none: signalling only, callers hear ringback until an agent answers.', ['none'], {
      builtin: 'the built-in media',
      rtpengine: 'rtpengine',
    }).prefault('none'),
  },
  { ports: 'the built-in media', rtpengine: 'rtpengine' },
)

export type StoreEntry = { readonly kind: 'memory' } | { readonly kind: 'sqlite'; readonly path: string }

const store = read<StoreEntry>('sqlite:./data/carillon.db', value => {
  if (value === 'memory:') return { ok: true, value: { kind: 'memory' } }
  if (/^rediss?:/.test(value))
    return { ok: false, fault: 'the redis store is not supported yet; expected sqlite:PATH or memory:' }
  const path = /^sqlite:([^\0]+)$/.exec(value)?.[1]
  return path === undefined
    ? { ok: false, fault: 'expected sqlite:PATH or memory:' }
    : { ok: true, value: { kind: 'sqlite', path } }
}).describe(
  'Where sign-ins and round-robin pointers are kept: sqlite:PATH, or memory: (lost at a restart). A relative path begins at the folder that holds the config folder.',
)

const journal = block('The record of every event, for explain and replay.', {
  folder: text(4_096)
    .describe(
      'Folder of the journal files. A relative path begins at the folder that holds the config folder. Default: journal beside the store.',
    )
    .optional(),
  keep: duration(seconds(3_600), seconds(10 * 366 * 86_400))
    .describe('How long journal files are kept, from 1h; default two weeks.')
    .prefault('336h'),
  maxFileSize: byteSize().describe('A new file begins past this size, 64KiB to 16GiB.').prefault('64MiB'),
})

const agentDefaults = block('What holds for all agents (the list of agents stands in agents.yaml).', {
  ringbackGracePeriod: duration(seconds(30), seconds(600))
    .describe('After a declined offer, the same call is not offered to that agent again before this, 30s to 600s.')
    .prefault('60s'),
  wrapUp: wrapUp().describe('Pause of an agent after a call, 0s to 1h; a group or an agent may have its own.').prefault('0s'),
})

const laterSources = {
  registration: 'presence by registration',
  publish: 'presence by PUBLISH',
  subscribe: 'presence by subscription',
  console: 'the console',
}
const presenceSources = () =>
  z
    .union([
      choice('always: counts as available unless in a call here.', ['always']),
      z
        .array(choice('A source of presence. http: PUT /api/agents/{uri}/presence.', ['http'], laterSources))
        .min(1, 'expected at least one source, or the word always'),
    ])
    .describe('Who says whether an agent is available: always (available unless in a call here), or a list of sources: [http].')

const presence = block('Where the availability of agents comes from.', { default: presenceSources().prefault('always') })

const defaults = block(
  'What holds where a group does not say otherwise.',
  { agentAlertTime: alertTime().describe('How long one offer rings at an agent, 10s to 180s.').prefault('20s') },
  { musicOnHold: 'hold music' },
)

/** The keys that stand once in the whole folder. Those that are left out have defaults, save `sip`, whose domain must be said. */
export const sectionsSchema = z.strictObject({
  sip,
  http: http.prefault({}),
  media: media.prefault({}),
  store: store.prefault('sqlite:./data/carillon.db'),
  journal: journal.prefault({}),
  agents: agentDefaults.prefault({}),
  presence: presence.prefault({}),
  defaults: defaults.prefault({}),
})

const agentEntry = block(
  'A person who takes calls.',
  {
    uri: agent().describe("The agent's SIP URI; groups name the agent by it."),
    name: text(128).describe('The name that people see.').optional(),
    homed: choice('local; an agent homed online stays listed and is never offered a call.', ['local', 'online']).prefault(
      'local',
    ),
    contact: sipUri('withUser').describe("Where the agent's phone is reached; default: by the outbound proxy.").optional(),
    presence: presenceSources().optional(),
    wrapUp: wrapUp().describe("The agent's own pause after a call, 0s to 1h; default: agents.wrapUp.").optional(),
  },
  { password: 'registration of phones', language: 'the console' },
)

const groupEntry = block('Agents, and how a call is offered to them.', {
  name: name().describe('Unique, 1 to 128 characters; queues name the group by it.'),
  description: text(1_024).describe('For admins alone.').optional(),
  participationPolicy: choice('informal: agents take part by themselves; formal: they must sign in to the group.', [
    'informal',
    'formal',
  ]).prefault('informal'),
  agentAlertTime: alertTime().describe('How long one offer rings, 10s to 180s; default: defaults.agentAlertTime.').optional(),
  routingMethod: choice('Whom a call rings first.', ['longestIdle', 'parallel', 'roundRobin', 'serial', 'attendant']).prefault(
    'parallel',
  ),
  agents: z.array(agent()).describe('SIP URIs of the agents; their order counts for roundRobin, serial and ties.').optional(),
  distributionList: text(4_096)
    .describe(
      'Instead of agents: a text file in the config folder, one SIP URI a line, # begins a comment. Read again when it changes.',
    )
    .optional(),
  wrapUp: wrapUp().describe("Pause after a call of this group, 0s to 1h; goes before the agent's own.").optional(),
  attendantOffers: wholeNumber(1, 100)
    .describe('attendant only: how many waiting calls may ring at one agent at once; default 3.')
    .optional(),
}).superRefine((group, context) => {
  const both = group.agents !== undefined && group.distributionList !== undefined
  const none = group.agents === undefined && group.distributionList === undefined
  if (both) complain(context, ['distributionList'], "a group has 'agents' or 'distributionList', not both; remove one")
  if (none) complain(context, [], "a group needs 'agents' (a list of SIP URIs) or 'distributionList' (a text file)")
})

const actionKeys = ['disconnect', 'voicemail', 'number', 'uri', 'queue'] as const
const actionBlock = block(
  'What befalls the call: exactly one of disconnect, voicemail, number, uri, queue.',
  {
    disconnect: z.literal(true).describe('The call is ended.').optional(),
    voicemail: target().describe('SIP URI of a mailbox.').optional(),
    number: e164()
      .describe('A telephone number: called as sip:NUMBER@HOST;user=phone at the outbound proxy, else at our domain.')
      .optional(),
    uri: target().describe('SIP URI that is called; a tel: URI is called like number.').optional(),
    queue: name().describe('Name of another queue, where a new wait begins.').optional(),
  },
  { prompt: 'prompts' },
)
  .meta({ minProperties: 1, maxProperties: 1 })
  .superRefine((action, context) => {
    const said = actionKeys.filter(key => action[key] !== undefined)
    if (said.length === 0) complain(context, [], `an action needs one of ${actionKeys.join(', ')}`)
    for (const key of said.slice(1))
      complain(context, [key], `an action has one of ${actionKeys.join(', ')}; '${said[0] ?? ''}' stands already`)
  })
const action = actionBlock.prefault({ disconnect: true })

const queueEntry = block('Waiting calls for an ordered list of agent groups.', {
  name: name().describe('Unique, 1 to 128 characters; workflows and actions name the queue by it.'),
  description: text(1_024).describe('For admins alone.').optional(),
  groups: z.array(name()).describe('Names of agent groups, tried in this order.'),
  timeout: block('The longest wait, and what follows.', {
    after: duration(seconds(10), seconds(65_535), 'of waiting in this queue').describe('10s to 65535s of waiting in this queue.'),
    action,
  }).optional(),
  overflow: block('What follows when too many calls wait.', {
    waitingCalls: wholeNumber(0, 1_000).describe('How many calls may wait, 0 to 1000; at 0 nobody waits.'),
    candidate: choice('Which call the action befalls: the newest or the oldest.', ['newest', 'oldest']).prefault('newest'),
    action,
  }).optional(),
  noAgents: block('What follows when no agent can take the call.', {
    when: choice('noneConfigured: the groups have no agents; noneSignedIn: or none takes part now.', [
      'noneConfigured',
      'noneSignedIn',
    ]).prefault('noneConfigured'),
    action,
  }).prefault({}),
})

const placeholders = ['workflow', 'caller']
const callerDisplay = text(128).superRefine((value, context) => {
  for (const [, word = ''] of value.matchAll(/\{([^{}]*)\}/g))
    if (!placeholders.includes(word)) complain(context, [], `{${word}} is not filled in; expected {workflow} or {caller}`)
})

const laterOfWorkflows = {
  language: 'prompts',
  timeZone: 'opening hours',
  welcome: 'prompts',
  hours: 'opening hours',
  closed: 'opening hours',
  holidays: 'holidays',
  holiday: 'holidays',
  musicOnHold: 'hold music',
  question: 'interactive workflows',
  invalid: 'interactive workflows',
  noAnswer: 'interactive workflows',
  answer: 'media',
}

const workflowEntry = block(
  'What a dialled number does.',
  {
    name: name().describe('Unique, 1 to 128 characters.'),
    uri: sipUri('withUser').describe(
      'What callers dial, unique; matched by user part and host, or by user part alone when the host is ours.',
    ),
    number: e164().describe('The same as a telephone number in E.164, in quotes; unique.').optional(),
    displayName: text(128).describe('The name that agents see; default: the name.').optional(),
    description: text(1_024).describe('For admins alone.').optional(),
    active: z.boolean().describe('false: calls are answered 480 Temporarily Unavailable.').prefault(true),
    type: choice('huntGroup: straight to the queue.', ['huntGroup'], { interactive: 'interactive workflows' }).prefault(
      'huntGroup',
    ),
    anonymous: z.boolean().describe('true: the caller never learns who the agent is.').prefault(false),
    callerDisplay: callerDisplay
      .describe("What agents see as the caller's name; {workflow} and {caller} are filled in.")
      .prefault('{workflow}: {caller}'),
    queue: name().describe('Name of the queue where the calls wait.'),
  },
  laterOfWorkflows,
)

/** The keys that hold lists; each may stand in any number of files. */
export const entrySchemas = { agents: agentEntry, groups: groupEntry, queues: queueEntry, workflows: workflowEntry } as const

/** Top-level keys of the contract that are not built yet. */
export const laterTopLevel = {
  holidays: 'holidays',
  users: 'users',
  tts: 'spoken prompts',
  prompts: 'prompts',
}

export type Sections = z.output<typeof sectionsSchema>
export type AgentEntry = z.output<typeof agentEntry>
export type GroupEntry = z.output<typeof groupEntry>
export type QueueEntry = z.output<typeof queueEntry>
export type WorkflowEntry = z.output<typeof workflowEntry>
export type ActionEntry = z.output<typeof actionBlock>

/** A fault between keys: its message is a whole sentence, to which nothing found need be added. */
function complain(context: z.core.$RefinementCtx, path: string[], message: string): void {
  context.addIssue({ code: 'custom', path, message, params: { whole: true } })
}
