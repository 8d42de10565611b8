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
  screenPop,
  sipUri,
  text,
  webSocketUrl,
  wholeNumber,
} from './fields.js'
import { readRedisUrl } from './redis-url.js'
import { phraseLanguages, phrasesIn } from './phrases.js'
import { action, music } from './schema-actions.js'
import { directory, readListPlace } from './schema-directory.js'
import { cluster } from './schema-cluster.js'
import { webhooks } from './schema-webhooks.js'
import { complainOfEngine, drachtio } from './schema-drachtio.js'
import { edits } from './schema-edits.js'
import { record, recordings } from './schema-recordings.js'
import { complainOfStrangers, proxies } from './schema-proxies.js'
import { supervised, supervision } from './schema-supervision.js'
import { transfers } from './schema-transfers.js'
import { http, tokenEntry, userEntry } from './schema-users.js'
import { holidaysEntry, hoursEntry, workflowEntry } from './schema-workflows.js'
import { presenceSourceWords, type RedisSettings } from './settings.js'

/**
 * Every key of the config folder, with the description that editors show. `npm run schema` makes the JSON Schemas in config/schema/ from
 * it. Keys of docs/contract.md that are not built yet are listed as `later`, so that their fault can say so.
 */

const transactionReason = 'an INVITE transaction does not ring longer, RFC 3261 §16.6 timer C'
const alertTime = () => duration(seconds(10), seconds(180), transactionReason)
const wrapUp = () => duration(millis(0), seconds(3_600))

const listen = z
  .array(listenUri())
  .min(1, 'expected at least one address')
  .describe(
    'Addresses to listen on for SIP: udp://, tcp://, tls://, ws:// (WebSocket) or wss:// (secure WebSocket), an IP address (0.0.0.0 or [::] for all) and a port. Default: udp://0.0.0.0:5060 and tcp://0.0.0.0:5060. Not with engine: drachtio.',
  )

const isForBrowsers = ({ transport }: { readonly transport: string }): boolean => transport === 'ws' || transport === 'wss'

/** The addresses on which we listen if the config names none. */
const everywhere = (['udp', 'tcp'] as const).map(transport => ({ transport, host: '0.0.0.0', port: 5060 }))

const pemFile = (words: string) =>
  text(4_096)
    .describe(`${words} A PEM file. A relative path starts at the config folder. The file is read again when it changes.`)
    .optional()
const tls = block('Certificates for tls:// and wss://, and for connections to other servers by TLS.', {
  certificate: pemFile("The server's certificate, followed by the intermediate certificates."),
  key: pemFile('The private key of the certificate, without a passphrase.'),
  ca: pemFile('Authorities to trust when this server connects to others by TLS. Default: the authorities that come with Node.'),
  clientCa: pemFile('Authority of trusted peers. A peer with a certificate from it has the rights of trustedPeers.'),
  trustedNames: z
    .array(host())
    .describe(
      'Trust only peers of clientCa whose certificate has one of these host names or SIP domains. Default: trust all of them.',
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

const webSocket = block(
  'Phones in browsers (RFC 7118). They need a ws:// or wss:// address in listen, or url with engine: drachtio.',
  {
    url: webSocketUrl()
      .describe(
        'Where phones in browsers connect, such as wss://sip.example.com:7443. Default: the first ws:// or wss:// address of listen. With engine: drachtio, it is the address of the drachtio-server for WebSocket. Without it the drachtio-server has no phones in browsers.',
      )
      .optional(),
    origins: z
      .array(origin())
      .describe(
        'Origins of the web pages that may connect, such as https://rgs.example.com. Default: pages on the hosts of http.url, sip.domain, sip.advertise, the listening addresses and this machine, on any port. Clients that are not browsers send no origin and may connect.',
      )
      .optional(),
  },
)

const sip = block('SIP: where calls arrive, and who may call.', {
  listen: listen.optional(),
  domain: host().describe('The SIP domain of this server. URIs of agents and workflows end with @domain.'),
  advertise: host().describe('Host name or address for Via and Contact. Default: the local address.').optional(),
  trustedPeers: z
    .array(peer())
    .describe(
      'IP addresses and CIDR blocks of the PBX or SBC that may send calls without a password. Other senders must give an agent’s password (401) to register or to call from an address in the SIP domain. All their other calls get 403. Default: none.',
    )
    .prefault([]),
  proxies,
  outboundProxy: sipUri('anyUser')
    .describe('SIP URI of the PBX through which Carillon calls forward targets, and agents without a contact.')
    .optional(),
  digest: z
    .array(choice('sha-256 or md5.', ['sha-256', 'md5']))
    .min(1, 'expected at least one of sha-256, md5')
    .describe(
      'Digest algorithms for passwords of phones, the preferred one first. Use [md5] for old phones that fail when sha-256 is offered too.',
    )
    .prefault(['sha-256', 'md5']),
  tls: tls.optional(),
  webSocket: webSocket.prefault({}),
  capture: memorySize()
    .describe(
      'Memory for the latest SIP messages, from which ladders of calls are drawn. 16MiB (the default) holds about 1,500 calls. none: store no messages.',
    )
    .prefault('16MiB'),
  maxCalls: wholeNumber(1, 1_000_000)
    .describe('The most calls at one time. Each further call gets 503 with Retry-After. A call takes about 20 kB of memory.')
    .prefault(20_000),
  callers: block('Limits for concurrent calls of callers who are not trusted peers.', {
    perAccount: wholeNumber(1, 100_000)
      .describe('The most calls of one account (an agent, or a guest with credentials). Further calls get 486. Default 10.')
      .prefault(10),
    perAddress: wholeNumber(1, 1_000_000)
      .describe(
        'The most calls from one source address. Further calls get 486. All callers behind a proxy share its address, unless it is a trusted peer. Default 50.',
      )
      .prefault(50),
    keptForPeers: wholeNumber(0, 100)
      .describe('Percentage of maxCalls that is kept for trusted peers. Other callers get 503. Default 50.')
      .prefault(50),
  }).prefault({}),
  overload: block('What happens to new calls beyond what the machine carries.', {
    refuse: z
      .boolean()
      .describe(
        'Refuse new calls beyond 50 a second with 503 while received messages wait for more than 150 ms. Calls of strangers are refused first. Calls in progress go on. A standstill of 2 s refuses nobody. Default true.',
      )
      .prefault(true),
  }).prefault({}),
  engine: choice("The SIP stack. embedded: Carillon's own. drachtio: one or several drachtio-servers.", [
    'embedded',
    'drachtio',
  ]).prefault('embedded'),
  drachtio: drachtio.optional(),
})
  .superRefine((entry, context) => {
    const { listen: points = [], tls: certificates, trustedPeers, proxies: named } = entry
    complainOfEngine(entry, context)
    if (entry.engine === 'embedded' && entry.webSocket.url !== undefined && !points.some(isForBrowsers))
      complain(context, ['webSocket', 'url'], "'url' needs a ws:// or wss:// address in listen", 'key')
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
  .transform(({ listen: points, ...rest }) => ({ ...rest, listen: points ?? (rest.engine === 'drachtio' ? [] : everywhere) }))

const media = block(
  'Media: prompts, questions and music for callers, and calls with browsers.',
  {
    engine: choice(
      'builtin: prompts, questions and music. none: signalling only; callers hear ringback until an agent answers.',
      ['none', 'builtin'],
      { rtpengine: 'rtpengine' },
    ).prefault('builtin'),
    ports: portRange()
      .describe(
        'First and last UDP port for RTP and RTCP. Each caller who hears Carillon takes two ports, and so does each leg with a browser.',
      )
      .prefault('20000-29999'),
    browsers: block('Limits for concurrent calls with browsers.', {
      perAccount: wholeNumber(1, 1_000)
        .describe('The most browser calls of one account (an agent, or a guest with credentials). Default 5.')
        .prefault(5),
      perAddress: wholeNumber(1, 100_000)
        .describe(
          'The most guest calls from one source address. All guests behind a WebSocket proxy share its address. Default 50.',
        )
        .prefault(50),
      keptForAgents: wholeNumber(0, 100)
        .describe('Percentage of the ports for browsers that guests can’t take. Default 50.')
        .prefault(50),
    }).prefault({}),
    noMediaAfter: duration(seconds(10), seconds(86_400))
      .describe(
        'Hang up a caller who hears Carillon and sends no RTP and no RTCP for this long, 10s to 24h. The outcome is noMedia. Use a longer time for phones that send nothing while muted.',
      )
      .prefault('30s'),
    anchor: choice(
      'Which talks pass through Carillon. anonymous: those of anonymous workflows, so that callers do not see the address of an agent; never; always. A workflow can ask for it with anchored.',
      ['never', 'anonymous', 'always'],
    ).prefault('anonymous'),
    tts: block('Speech for prompts. Default: the built-in voice for English, and espeak-ng for other languages.', {
      command: z
        .array(z.string().min(1, 'expected a word').max(4_096, 'expected up to 4096 characters'))
        .min(1, 'expected a program and its arguments')
        .describe(
          'A program and its arguments. It reads text from standard input and writes a WAV to standard output. {language} is replaced by the language.',
        ),
    }).optional(),
    cache: text(4_096)
      .describe(
        'Folder that keeps spoken prompts between starts. A relative path starts at the config folder. Default: the folder speech beside the store.',
      )
      .optional(),
  },
  { rtpengine: 'rtpengine' },
)

type StoreEntry = { readonly kind: 'memory' } | { readonly kind: 'sqlite'; readonly path: string } | RedisSettings

const store = read<StoreEntry>('sqlite:../data/carillon.db', value => {
  if (value === 'memory:' || value === 'memory') return { ok: true, value: { kind: 'memory' } }
  if (/^rediss?:/.test(value)) {
    const redis = readRedisUrl(value)
    return redis.ok ? { ok: true, value: { kind: 'redis', ...redis.value } } : redis
  }
  const path = /^sqlite:([^\0]+)$/.exec(value)?.[1]
  return path === undefined
    ? { ok: false, fault: 'expected sqlite:PATH, redis://HOST:PORT or memory' }
    : { ok: true, value: { kind: 'sqlite', path } }
}).describe(
  'Where sign-ins, round-robin pointers and calls in progress are stored: sqlite:PATH, redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE][?prefix=…] (rediss:// for TLS; several hosts separated by commas with ?sentinel=NAME or ?cluster), or memory (lost at a restart). Write the password as ${NAME}. A relative path starts at the config folder.',
)

const journal = block('The journal: every event, for explain and replay.', {
  folder: text(4_096)
    .describe(
      'Folder for the journal files. A relative path starts at the config folder. Default: the folder journal beside the store.',
    )
    .optional(),
  keep: duration(seconds(3_600), seconds(10 * 366 * 86_400))
    .describe('How long to keep journal files, at least 1h. Default 14d.')
    .prefault('14d'),
  maxFileSize: byteSize().describe('Start a new file at this size, 64KiB to 16GiB.').prefault('64MiB'),
})

const records = block('Call records, for reports.', {
  keep: duration(seconds(86_400), seconds(10 * 366 * 86_400))
    .describe('How long to keep them, at least 1d. Default 90d.')
    .prefault('90d'),
})

const log = block('The log of the server.', {
  callers: choice(
    'shown, or masked: of SIP URIs and numbers that are not of agents and workflows the log shows the host, and the last two digits of a number. Records and journal are not masked.',
    ['shown', 'masked'],
  ).prefault('shown'),
})

const agentDefaults = block('Settings for all agents. (The list of agents is in agents.yaml.)', {
  ringbackGracePeriod: duration(seconds(30), seconds(600))
    .describe('How long a call that an agent declined is not offered to that agent again, 30s to 600s.')
    .prefault('60s'),
  pauseAfterMisses: z
    .int('expected a whole number')
    .min(1, 'expected at least 1')
    .max(20, 'expected at most 20')
    .describe(
      'An agent who misses this many calls in a row, 1 to 20, gets no calls until they say that they are back. Calls of parallel and attendant groups do not count. Default: nobody is paused.',
    )
    .optional(),
  wrapUp: wrapUp().describe('Pause after each call, 0s to 1h. A group or an agent can have its own.').prefault('0s'),
  signIn: block('Agents sign in to groups from their phones, and out again, by dialling a code.', {
    code: z
      .string()
      .regex(/^\*?\d{1,8}$/, "expected 1 to 8 digits, with or without '*' before them, such as '*60'")
      .describe(
        "The code for all formal groups of the agent, such as '*60'. With the signInCode of a group after it, such as *601, it is the code for this group.",
      ),
    language: language().describe('The language in which the agent is told, such as en-US.').prefault('en-US'),
  })
    .superRefine(({ language: spoken }, context) => {
      if (!phrasesIn(spoken))
        complain(context, ['language'], `the sentences exist only in ${phraseLanguages().join(', ')}, not in ${spoken}`)
    })
    .optional(),
})

const sourceDescription = [
  'A source of presence.',
  'registration: available while a phone is registered on this server;',
  'publish: phones and PBXs send SIP PUBLISH;',
  'subscribe: Carillon sends SIP SUBSCRIBE to sip.outboundProxy;',
  'http: PUT /api/agents/{uri}/presence;',
  'console: what the agent chooses on the console.',
].join(' ')
const presenceSources = () =>
  z
    .union([
      choice('always: available unless in a call on this server.', ['always']),
      z.array(choice(sourceDescription, presenceSourceWords)).min(1, 'expected at least one source, or the word always'),
    ])
    .describe(
      'Where the presence of agents comes from: always (available unless in a call on this server), or a list of sources such as [registration, http].',
    )

const presenceSubscribe = block('Settings of the source subscribe.', {
  events: z
    .array(choice('presence: the presence that the agent chose; dialog: calls of the agent’s phones.', ['presence', 'dialog']))
    .min(1, 'expected presence, dialog or both')
    .describe('Event packages to subscribe to. Default: both. Leave out a package that the PBX does not support.')
    .prefault(['presence', 'dialog']),
  expires: duration(seconds(10), seconds(86_400))
    .describe('How long a subscription and what it reported are valid, 10s to 24h. Carillon renews it in time.')
    .prefault('1h'),
  perSecond: wholeNumber(1, 1_000)
    .describe('The most new subscriptions per second, 1 to 1000. Protects the PBX from too many at once.')
    .prefault(50),
})

const presence = block('Where the presence of agents comes from.', {
  default: presenceSources().prefault('always'),
  subscribe: presenceSubscribe.prefault({}),
})

const defaults = block('Defaults for groups and workflows.', {
  agentAlertTime: alertTime().describe('How long one offer rings, 10s to 180s.').prefault('20s'),
  musicOnHold: music()
    .describe('What waiting callers hear: builtin:default, a sound file or words (spoken in English).')
    .prefault('builtin:default'),
  screenPop: screenPop()
    .describe(
      'A page about the caller, for all workflows, such as https://crm.example.com/?phone={caller}. The console offers it to agents. Default: none.',
    )
    .prefault('none'),
})

/** The keys that may occur once in the whole folder. All have defaults, except `sip`, which needs a domain. */
export const sectionsSchema = z.strictObject({
  sip,
  http: http.prefault({}),
  media: media.prefault({}),
  store: store.prefault('sqlite:../data/carillon.db'),
  journal: journal.prefault({}),
  records: records.prefault({}),
  recordings: recordings.prefault({}),
  log: log.prefault({}),
  agents: agentDefaults.prefault({}),
  transfers: transfers.prefault({}),
  supervision: supervision.prefault({}),
  presence: presence.prefault({}),
  defaults: defaults.prefault({}),
  edits: edits.prefault({}),
  directory: directory.optional(),
  cluster: cluster.optional(),
  webhooks: webhooks.prefault([]),
})

const agentEntry = block(
  'A person who takes calls.',
  {
    uri: agent().describe("The agent's SIP URI. Groups list the agent by it."),
    name: text(128).describe('The name that people see.').optional(),
    homed: choice('local, or online: the agent stays in the lists but is never offered a call.', agentHomes).prefault('local'),
    contact: sipUri('withUser')
      .describe(
        "Address of the agent's phone, in addition to phones that register here. An agent without any phone here is called through sip.outboundProxy.",
      )
      .optional(),
    password: read('md5:…,sha-256:…', readPhonePassword)
      .describe(
        "Lets the agent's phones register here. The hash that `carillon hash-password --user USER --realm DOMAIN` prints. USER is the user part of the uri, DOMAIN is sip.domain.",
      )
      .optional(),
    contactNetworks: z
      .array(peer())
      .describe(
        'IP addresses and CIDR blocks that the Contact of a REGISTER may name although the REGISTER came from elsewhere. Needed for phones that receive on another port than they send from, or whose calls go to another device. Default: none.',
      )
      .optional(),
    presence: presenceSources().optional(),
    wrapUp: wrapUp().describe("The agent's pause after a call, 0s to 1h. Default: agents.wrapUp.").optional(),
  },
  { language: 'the console' },
)

const groupEntry = block('Agents, and how a call is offered to them.', {
  name: name().describe('Unique, 1 to 128 characters. Queues refer to the group by it.'),
  description: text(1_024).describe('A note for admins.').optional(),
  participationPolicy: choice(
    'informal: agents are always signed in; formal: they must sign in to the group.',
    participationPolicies,
  ).prefault('informal'),
  agentAlertTime: alertTime().describe('How long one offer rings, 10s to 180s. Default: defaults.agentAlertTime.').optional(),
  routingMethod: choice('The order in which a call rings agents.', routingMethodNames).prefault('parallel'),
  agents: z.array(agent()).describe('SIP URIs of the agents. roundRobin, serial and ties follow this order.').optional(),
  distributionList: text(4_096)
    .describe(
      'Instead of agents: a text file in the config folder with one SIP URI per line, where # starts a comment; or a group of the directory, such as ldap:///CN=Support,OU=Groups,DC=example,DC=com. A file is read again when it changes, a group at each directory.refresh.',
    )
    .optional(),
  wrapUp: wrapUp().describe("Pause after a call of this group, 0s to 1h. Overrides the agent's own.").optional(),
  signInCode: z
    .string()
    .regex(/^\d{1,6}$/, 'expected 1 to 6 digits in quotes')
    .describe(
      'Agents of a formal group sign in and out by dialling agents.signIn.code with these digits after it, 1 to 6 digits in quotes.',
    )
    .optional(),
  attendantOffers: wholeNumber(1, 100)
    .describe('attendant only: how many waiting calls may ring at one agent at the same time. Default 3.')
    .optional(),
}).superRefine((group, context) => {
  const both = group.agents !== undefined && group.distributionList !== undefined
  const none = group.agents === undefined && group.distributionList === undefined
  if (both) complain(context, ['distributionList'], "a group has 'agents' or 'distributionList', not both; remove one")
  if (none) complain(context, [], "a group needs 'agents' (a list of SIP URIs) or 'distributionList' (a text file)")
  const place = group.distributionList === undefined ? undefined : readListPlace(group.distributionList)
  if (place?.ok === false) complain(context, ['distributionList'], place.fault)
})

const announce = block('Announcements for waiting callers, in the language of the queue.', {
  position: z.boolean().describe('true: tell callers their place in line.').prefault(false),
  wait: z.boolean().describe('true: tell callers the estimated wait, based on the last calls.').prefault(false),
  every: duration(seconds(10), seconds(600)).describe('How often, 10s to 10m.').prefault('60s'),
}).superRefine(({ position, wait }, context) => {
  if (!position && !wait) complain(context, [], "'announce' has no effect; set position: true or wait: true")
})

const then = action.prefault({ disconnect: true })
const queueEntry = block('Waiting calls for an ordered list of agent groups.', {
  name: name().describe('Unique, 1 to 128 characters. Workflows and actions refer to the queue by it.'),
  description: text(1_024).describe('A note for admins.').optional(),
  groups: z.array(name()).describe('Names of agent groups, tried in this order.'),
  language: language().describe('Language of the announcements and of spoken prompts, such as en-US.').prefault('en-US'),
  announce: announce.optional(),
  record: record(),
  supervised: supervised(),
  timeout: block('The longest wait, and the action after it.', {
    after: duration(seconds(10), seconds(65_535), 'of waiting in this queue').describe(
      'How long a call may wait in this queue, 10s to 65535s.',
    ),
    action: then,
  }).optional(),
  overflow: block('The action when too many calls wait.', {
    waitingCalls: wholeNumber(0, 1_000).describe('How many calls may wait, 0 to 1000. With 0, no call waits.'),
    candidate: choice('The call that the action applies to: the newest or the oldest.', ['newest', 'oldest']).prefault('newest'),
    action: then,
  }).optional(),
  noAgents: block('The action when no agent can take the call.', {
    when: choice('noneConfigured: the groups have no agents. noneSignedIn: they have none, or no agent is signed in.', [
      'noneConfigured',
      'noneSignedIn',
    ]).prefault('noneConfigured'),
    action: then,
  }).prefault({}),
  serviceLevel: block('What metrics, reports and the wallboard count as good service. Default: 80 % within 20 s.', {
    within: duration(seconds(1), seconds(3_600))
      .describe('A call that is answered within this wait time counts as good, 1s to 1h.')
      .prefault('20s'),
    target: wholeNumber(1, 100).describe('The percentage of waits that should be good, 1 to 100.').prefault(80),
  }).optional(),
}).superRefine(({ announce: announced, language: spoken }, context) => {
  if (announced && !phrasesIn(spoken))
    complain(context, ['announce'], `announcements exist only in ${phraseLanguages().join(', ')}, not in ${spoken}`, 'key')
})

/** The keys that hold lists. Each may occur in any number of files. */
export const entrySchemas = {
  agents: agentEntry,
  groups: groupEntry,
  queues: queueEntry,
  workflows: workflowEntry,
  hours: hoursEntry,
  holidays: holidaysEntry,
  users: userEntry,
  tokens: tokenEntry,
} as const

export type Sections = z.output<typeof sectionsSchema>
export type AgentEntry = z.output<typeof agentEntry>
export type GroupEntry = z.output<typeof groupEntry>
export type QueueEntry = z.output<typeof queueEntry>
