import { agentHomes, participationPolicies, routingMethodNames } from '../routing/world/words.js'
import { readPhonePassword } from './passwords.js'
import { z } from 'zod'
import { millis, seconds } from '../foundation/time.js'
import {
  agent,
  block,
  byteSize,
  choice,
  complain,
  duration,
  host,
  language,
  listenUri,
  memorySize,
  name,
  origin,
  peer,
  portRange,
  read,
  sipUri,
  text,
  wholeNumber,
} from './fields.js'
import { phraseLanguages, phrasesIn } from './phrases.js'
import { action, music } from './schema-actions.js'
import { complainOfStrangers, proxies } from './schema-proxies.js'
import { transfers } from './schema-transfers.js'
import { http, tokenEntry, userEntry } from './schema-users.js'
import { holidaysEntry, workflowEntry } from './schema-workflows.js'

/**
 * Every key of the config folder, with the description that editors show. `npm run schema` makes the JSON Schemas in
 * config/schema/ from this. Keys of docs/contract.md that are not built yet are listed as `later`, so that their fault can say
 * so.
 */

const transactionReason = 'an INVITE transaction does not ring longer, RFC 3261 §16.6 timer C'
const alertTime = () => duration(seconds(10), seconds(180), transactionReason)
const wrapUp = () => duration(millis(0), seconds(3_600))

const listen = z
  .array(listenUri())
  .min(1, 'expected at least one address')
  .describe(
    'Where we listen for SIP: udp://, tcp://, tls://, ws:// (WebSocket) or wss:// (secure WebSocket), an IP address (0.0.0.0 or [::] for all) and a port.',
  )

const pemFile = (words: string) =>
  text(4_096).describe(`${words} in PEM. A relative path begins at the config folder. Read again when it changes.`).optional()
const tls = block('Certificates for tls:// and wss://, and for servers that are reached by TLS.', {
  certificate: pemFile('File with our certificate, followed by those between it and its authority,'),
  key: pemFile('File with the key of our certificate, without a passphrase,'),
  ca: pemFile('File with the authorities that we trust when we connect by TLS (default: those that come with Node),'),
  clientCa: pemFile('File with the authority of trusted peers: who shows a certificate of it may call as trustedPeers may,'),
  trustedNames: z
    .array(host())
    .describe(
      'Of those peers, only the ones whose certificate has one of these host names or SIP domains. Default: all of clientCa.',
    )
    .optional(),
}).superRefine(({ certificate, key, clientCa, trustedNames }, context) => {
  if (certificate !== undefined && key === undefined) complain(context, [], "'certificate' needs its 'key' beside it")
  if (key !== undefined && certificate === undefined) complain(context, [], "'key' needs its 'certificate' beside it")
  if (clientCa !== undefined && certificate === undefined)
    complain(context, ['clientCa'], "'clientCa' needs a 'certificate': peers that connect to us must see ours first", 'key')
  if (trustedNames && clientCa === undefined)
    complain(context, ['trustedNames'], "'trustedNames' chooses among the peers of 'clientCa', which is missing", 'key')
})

const webSocket = block('Phones in browsers (RFC 7118), where listen has ws:// or wss://.', {
  origins: z
    .array(origin())
    .describe(
      'Pages that may connect, by their origin such as https://rgs.example.com. Default: pages of our own hosts, of any port: that of http.url, sip.domain, sip.advertise, the addresses that are listened on, this machine. Clients that are not browsers send none and may connect.',
    )
    .optional(),
})

const sip = block(
  'The SIP side: where calls come in and whose calls are taken.',
  {
    listen: listen.prefault(['udp://0.0.0.0:5060', 'tcp://0.0.0.0:5060']),
    domain: host().describe('Our SIP domain: agents and workflows are named …@domain.'),
    advertise: host().describe('Host name or address that we name in Via and Contact; default: the local address.').optional(),
    trustedPeers: z
      .array(peer())
      .describe(
        'IP addresses and CIDR blocks of the PBX or SBC that may send calls without a password. All others are asked for an agent’s password (401) when they register or call in the name of our domain, and get 403 otherwise. Default: nobody.',
      )
      .prefault([]),
    proxies,
    outboundProxy: sipUri('anyUser')
      .describe('SIP URI of the PBX through which agents without a contact and forward targets are reached.')
      .optional(),
    digest: z
      .array(choice('sha-256 or md5.', ['sha-256', 'md5']))
      .min(1, 'expected at least one of sha-256, md5')
      .describe(
        'How phones may prove their password, the preferred way first. Old phones that fail when they are asked for sha-256 too need [md5].',
      )
      .prefault(['sha-256', 'md5']),
    tls: tls.optional(),
    webSocket: webSocket.prefault({}),
    capture: memorySize()
      .describe(
        'Memory for the latest SIP messages, which the ladder of a call is made of: 16MiB (the default) holds about 1,500 calls; none: no ladders.',
      )
      .prefault('16MiB'),
    maxCalls: wholeNumber(1, 1_000_000)
      .describe('Calls at one time: past it each new one gets 503 with Retry-After, whoever sends it. Each takes about 20 kB.')
      .prefault(20_000),
    callers: block('Limits of concurrent calls from callers who are not trusted peers.', {
      perAccount: wholeNumber(1, 100_000)
        .describe('Calls of one account (an agent, or the holder of guest credentials); above it 486. Default 10.')
        .prefault(10),
      perAddress: wholeNumber(1, 1_000_000)
        .describe(
          'Calls from one source address; past it 486. Behind a proxy that is no trusted peer all have the same. Default 50.',
        )
        .prefault(50),
      keptForPeers: wholeNumber(0, 100)
        .describe('Percent of maxCalls that only trusted peers can take; other callers get 503. Default 50.')
        .prefault(50),
    }).prefault({}),
    engine: choice('The SIP stack: embedded is our own.', ['embedded'], { drachtio: 'the drachtio engine' }).prefault('embedded'),
  },
  { drachtio: 'the drachtio engine' },
).superRefine(({ listen: points, tls: certificates, trustedPeers, proxies: named }, context) => {
  if (certificates?.clientCa === undefined) complainOfStrangers(trustedPeers, named, context)
  if (certificates?.certificate !== undefined) return
  points.forEach(({ transport }, index) => {
    if (transport === 'tls' || transport === 'wss')
      complain(
        context,
        ['listen', index],
        `${transport}:// needs a certificate: name its files in sip.tls.certificate and sip.tls.key`,
      )
  })
})

const media = block(
  'What callers hear from Carillon itself.',
  {
    engine: choice(
      'builtin: prompts, questions and music; none: signalling only, callers hear ringback until an agent answers.',
      ['none', 'builtin'],
      { rtpengine: 'rtpengine' },
    ).prefault('builtin'),
    ports: portRange()
      .describe('First and last UDP port of RTP and RTCP; each caller takes two while hearing us, each leg with a browser two.')
      .prefault('20000-29999'),
    browsers: block('Limits of concurrent legs with browsers.', {
      perAccount: wholeNumber(1, 1_000)
        .describe('Calls that one account, an agent or who took a guest’s credentials, may have in browsers. Default 5.')
        .prefault(5),
      perAddress: wholeNumber(1, 100_000)
        .describe('Calls of guests from one source address. Behind a proxy for WebSockets all have the same. Default 50.')
        .prefault(50),
      keptForAgents: wholeNumber(0, 100)
        .describe('Percent of the ports of browsers that guests can not take. Default 50.')
        .prefault(50),
    }).prefault({}),
    noMediaAfter: duration(seconds(10), seconds(86_400))
      .describe(
        'A caller who hears us and from whom no RTP and no RTCP comes for this long is hung up as noMedia, 10s to 24h. Longer for phones that send nothing while muted.',
      )
      .prefault('30s'),
    tts: block('How prompts are spoken; default: the built-in voice, which speaks English.', {
      command: z
        .array(z.string().min(1, 'expected a word').max(4_096, 'expected up to 4096 characters'))
        .min(1, 'expected a program and its arguments')
        .describe(
          'A program and its arguments: it reads text on its standard input and writes a WAV to its standard output. {language} is filled in.',
        ),
    }).optional(),
    cache: text(4_096)
      .describe(
        'Folder where spoken prompts are kept between starts. A relative path begins at the folder that holds the config folder. Default: speech beside the store.',
      )
      .optional(),
  },
  { rtpengine: 'rtpengine' },
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
  'Where sign-ins, round-robin pointers and calls in progress are kept: sqlite:PATH, or memory: (lost at a restart). A relative path begins at the folder that holds the config folder.',
)

const journal = block('The record of every event, for explain and replay.', {
  folder: text(4_096)
    .describe(
      'Folder of the journal files. A relative path begins at the folder that holds the config folder. Default: journal beside the store.',
    )
    .optional(),
  keep: duration(seconds(3_600), seconds(10 * 366 * 86_400))
    .describe('How long journal files are kept, such as 14d (the default), from 1h.')
    .prefault('14d'),
  maxFileSize: byteSize().describe('A new file begins past this size, 64KiB to 16GiB.').prefault('64MiB'),
})

const records = block('The records of calls, for reports.', {
  keep: duration(seconds(86_400), seconds(10 * 366 * 86_400))
    .describe('How long they are kept, such as 90d (the default), from 1d.')
    .prefault('90d'),
})

const agentDefaults = block('What holds for all agents (the list of agents stands in agents.yaml).', {
  ringbackGracePeriod: duration(seconds(30), seconds(600))
    .describe('After a declined offer, the same call is not offered to that agent again before this, 30s to 600s.')
    .prefault('60s'),
  wrapUp: wrapUp().describe('Pause of an agent after a call, 0s to 1h; a group or an agent may have its own.').prefault('0s'),
})

const sourceWords = [
  'A source of presence.',
  'registration: available while a phone is registered here;',
  'publish: SIP PUBLISH to us;',
  'subscribe: our SIP SUBSCRIBE to sip.outboundProxy;',
  'http: PUT /api/agents/{uri}/presence;',
  'console: what the agent chooses on the console.',
].join(' ')
const presenceSources = () =>
  z
    .union([
      choice('always: counts as available unless in a call here.', ['always']),
      z
        .array(choice(sourceWords, ['registration', 'publish', 'subscribe', 'http', 'console']))
        .min(1, 'expected at least one source, or the word always'),
    ])
    .describe(
      'Who says whether an agent is available: always (available unless in a call here), or a list of sources such as [registration, http].',
    )

const presenceSubscribe = block('How the source subscribe asks the PBX.', {
  events: z
    .array(choice('presence: what the agent says; dialog: calls of the agent’s phones.', ['presence', 'dialog']))
    .min(1, 'expected presence, dialog or both')
    .describe('Event packages that are asked for; default both. Take one away that the PBX does not have.')
    .prefault(['presence', 'dialog']),
  expires: duration(seconds(10), seconds(86_400))
    .describe('How long one subscription stands before it must be renewed, 10s to 24h; what it said holds as long.')
    .prefault('1h'),
  perSecond: wholeNumber(1, 1_000)
    .describe('How many subscriptions begin in a second, 1 to 1000, so that the PBX stands it.')
    .prefault(50),
})

const presence = block('Where the availability of agents comes from.', {
  default: presenceSources().prefault('always'),
  subscribe: presenceSubscribe.prefault({}),
})

const defaults = block('What holds where a group or workflow does not say otherwise.', {
  agentAlertTime: alertTime().describe('How long one offer rings at an agent, 10s to 180s.').prefault('20s'),
  musicOnHold: music()
    .describe('What waiting callers hear: builtin:default, a file or words (spoken in English).')
    .prefault('builtin:default'),
})

/** The keys that may occur once in the whole folder. All have defaults, except `sip`, which needs a domain. */
export const sectionsSchema = z.strictObject({
  sip,
  http: http.prefault({}),
  media: media.prefault({}),
  store: store.prefault('sqlite:./data/carillon.db'),
  journal: journal.prefault({}),
  records: records.prefault({}),
  agents: agentDefaults.prefault({}),
  transfers: transfers.prefault({}),
  presence: presence.prefault({}),
  defaults: defaults.prefault({}),
})

const agentEntry = block(
  'A person who takes calls.',
  {
    uri: agent().describe("The agent's SIP URI; groups name the agent by it."),
    name: text(128).describe('The name that people see.').optional(),
    homed: choice('local; an agent homed online stays listed and is never offered a call.', agentHomes).prefault('local'),
    contact: sipUri('withUser')
      .describe("Where the agent's phone is reached, beside phones that register here; without both: by the outbound proxy.")
      .optional(),
    password: read('md5:…,sha-256:…', readPhonePassword)
      .describe(
        "With it the agent's phones may register here: what `carillon hash-password --user USER --realm DOMAIN` prints, USER being the user part of the uri and DOMAIN sip.domain.",
      )
      .optional(),
    contactNetworks: z
      .array(peer())
      .describe(
        'IP addresses and CIDR blocks in which a Contact of the agent’s registering phones is believed though it is not where the REGISTER came from: of phones that receive at another port than they send from, or whose calls are to go elsewhere. Default: none.',
      )
      .optional(),
    presence: presenceSources().optional(),
    wrapUp: wrapUp().describe("The agent's own pause after a call, 0s to 1h; default: agents.wrapUp.").optional(),
  },
  { language: 'the console' },
)

const groupEntry = block('Agents, and how a call is offered to them.', {
  name: name().describe('Unique, 1 to 128 characters; queues name the group by it.'),
  description: text(1_024).describe('For admins alone.').optional(),
  participationPolicy: choice(
    'informal: agents take part by themselves; formal: they must sign in to the group.',
    participationPolicies,
  ).prefault('informal'),
  agentAlertTime: alertTime().describe('How long one offer rings, 10s to 180s; default: defaults.agentAlertTime.').optional(),
  routingMethod: choice('The order in which a call rings agents.', routingMethodNames).prefault('parallel'),
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

const announce = block('What waiting callers are told, in the language of the queue.', {
  position: z.boolean().describe('true: their place in line.').prefault(false),
  wait: z.boolean().describe('true: how long the wait will be, as the last calls tell.').prefault(false),
  every: duration(seconds(10), seconds(600)).describe('How often, 10s to 10m.').prefault('60s'),
}).superRefine(({ position, wait }, context) => {
  if (!position && !wait) complain(context, [], "'announce' tells nothing; say position: true or wait: true")
})

const then = action.prefault({ disconnect: true })
const queueEntry = block('Waiting calls for an ordered list of agent groups.', {
  name: name().describe('Unique, 1 to 128 characters; workflows and actions name the queue by it.'),
  description: text(1_024).describe('For admins alone.').optional(),
  groups: z.array(name()).describe('Names of agent groups, tried in this order.'),
  language: language().describe('Language of the announcements and of spoken prompts, such as en-US.').prefault('en-US'),
  announce: announce.optional(),
  timeout: block('The longest wait, and what follows.', {
    after: duration(seconds(10), seconds(65_535), 'of waiting in this queue').describe('10s to 65535s of waiting in this queue.'),
    action: then,
  }).optional(),
  overflow: block('What follows when too many calls wait.', {
    waitingCalls: wholeNumber(0, 1_000).describe('How many calls may wait, 0 to 1000; at 0 nobody waits.'),
    candidate: choice('Which call the action applies to: the newest or the oldest.', ['newest', 'oldest']).prefault('newest'),
    action: then,
  }).optional(),
  noAgents: block('What follows when no agent can take the call.', {
    when: choice('noneConfigured: the groups have no agents; noneSignedIn: or none takes part now.', [
      'noneConfigured',
      'noneSignedIn',
    ]).prefault('noneConfigured'),
    action: then,
  }).prefault({}),
  serviceLevel: block('What metrics, reports and the wallboard count as good service; 80 % within 20 s where it is absent.', {
    within: duration(seconds(1), seconds(3_600))
      .describe('A wait that is answered within this is good, 1s to 1h.')
      .prefault('20s'),
    target: wholeNumber(1, 100).describe('How many percent of the waits should be good, 1 to 100.').prefault(80),
  }).optional(),
}).superRefine(({ announce: announced, language: spoken }, context) => {
  if (announced && !phrasesIn(spoken))
    complain(
      context,
      ['announce'],
      `announcements are spoken in ${phraseLanguages().join(' and ')} alone, not in ${spoken}`,
      'key',
    )
})

/** The keys that hold lists. Each may occur in any number of files. */
export const entrySchemas = {
  agents: agentEntry,
  groups: groupEntry,
  queues: queueEntry,
  workflows: workflowEntry,
  holidays: holidaysEntry,
  users: userEntry,
  tokens: tokenEntry,
} as const

export type Sections = z.output<typeof sectionsSchema>
export type AgentEntry = z.output<typeof agentEntry>
export type GroupEntry = z.output<typeof groupEntry>
export type QueueEntry = z.output<typeof queueEntry>
