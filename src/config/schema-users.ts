import { z } from 'zod'
import { fault, ok, type Result } from '../foundation/result.js'
import { wallTime, seconds, type WallTime } from '../foundation/time.js'
import { agent, block, choice, complain, duration, httpUri, name, peer, read, text, webUrl, wholeNumber } from './fields.js'
import { isUserPasswordHash } from './passwords.js'
import { roles, scopes, type Role } from './settings.js'

/** Who may do what over HTTP: users and tokens (users.yaml), and the section `http`. */

const roleWords = [
  'viewer: sees everything and changes nothing;',
  'agent: sees the own groups and queues, and changes only themselves;',
  'manager: of the named workflows, whose agents they sign in and out;',
  'admin: everything.',
].join(' ')

const rights = {
  role: choice(roleWords, roles),
  agent: agent().describe('The agent that this is, as a SIP URI of agents.yaml; needed with the role agent.').optional(),
  workflows: z.array(name()).min(1, 'expected at least one workflow').describe('manager only: names of workflows.').optional(),
}

/** Checks the keys that a role requires or forbids. */
function checkRights(
  given: { readonly role: Role; readonly agent?: unknown; readonly workflows?: unknown },
  context: z.core.$RefinementCtx,
): void {
  if (given.role === 'agent' && given.agent === undefined)
    complain(context, [], "the role agent needs 'agent': the SIP URI of the agent that this is")
  if (given.role === 'manager' && given.workflows === undefined)
    complain(context, [], "the role manager needs 'workflows': the names of those that are managed")
  if (given.role !== 'manager' && given.workflows !== undefined)
    complain(context, ['workflows'], `'workflows' belongs to the role manager, not to ${given.role}; remove it`, 'key')
}

const passwordHash = read('scrypt:…', value =>
  isUserPasswordHash(value)
    ? ok(value)
    : fault('expected what `carillon hash-password --user NAME` prints, scrypt:…; never the password itself'),
)

export const userEntry = block('A person who may use the console and the HTTP API.', {
  name: text(64).describe('The name for logging in, which the audit log also shows.'),
  password: passwordHash
    .describe(
      'What `carillon hash-password --user NAME` prints; without it this person can log in by http.oidc alone, under this name.',
    )
    .optional(),
  oidc: z
    .boolean()
    .describe(
      'With a password: whether whom http.oidc calls by this name has these rights, too. Only where nobody can choose this name at the provider.',
    )
    .optional(),
  ...rights,
}).superRefine(checkRights)

const tokenHash = read('sha-256:…', (value): Result<string> => {
  const [, digest] = /^sha-256:([0-9a-f]{64})$/i.exec(value) ?? []
  return digest === undefined
    ? fault('expected the hash that `carillon make-token` prints, sha-256:…; never the token itself')
    : ok(digest.toLowerCase())
})

const expires = read('2027-06-30', (value): Result<WallTime> => {
  const ms = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?Z)?$/.test(value) ? Date.parse(value) : NaN
  return Number.isNaN(ms) ? fault('expected a date in UTC such as 2027-06-30, or 2027-06-30T18:00Z') : ok(wallTime(ms))
})

const scopeWords = [
  'What of the role the token may use.',
  'read: what can be seen; presence: of agents; signIn: to groups;',
  'calls: decline, pick, end a wrap-up; phones: SIP credentials of browser phones.',
].join(' ')

export const tokenEntry = block('A token by which a program uses the HTTP API.', {
  name: text(64).describe('What the audit log names it by.'),
  hash: tokenHash.describe('What `carillon make-token` prints beside the token.'),
  ...rights,
  scopes: z
    .array(choice(scopeWords, scopes))
    .min(1, 'expected at least one scope')
    .describe('Parts of what the role allows; default: all.')
    .optional(),
  expires: expires.describe('When it expires, in UTC; default: never.').optional(),
}).superRefine(checkRights)

const claimRight = block('Users with this value of the claim get this role.', {
  claim: text(128).describe('The name of a claim of the ID token, such as groups.'),
  value: text(256).describe('Its value, or one of its values.'),
  role: rights.role,
  workflows: rights.workflows,
}).superRefine(({ role, workflows }, context) => checkRights({ role, workflows, agent: 'by agentClaim' }, context))

const oidc = block('Logging in by OpenID Connect.', {
  issuer: webUrl()
    .refine(
      url => /^https:/.test(url) || /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(new URL(url).hostname),
      'expected an https:// URL (http:// only on this machine)',
    )
    .describe('The issuer as its discovery document names it, such as https://login.example.com/realms/main.'),
  clientId: text(256).describe('The id under which the provider knows Carillon.'),
  clientSecret: text(1_024).describe('Best taken from the environment: ${OIDC_SECRET}.'),
  redirectUri: webUrl()
    .describe('Registered with the provider; default: http.url followed by /api/session/oidc/callback.')
    .optional(),
  scope: text(512).describe('What is asked for; default openid profile email.').prefault('openid profile email'),
  nameClaim: text(128)
    .describe(
      'The claim that holds the name for the audit log, and by which users.yaml knows the person; default preferred_username.',
    )
    .prefault('preferred_username'),
  agentClaim: text(128)
    .describe("The claim that names the person's agent: a SIP URI, or its part after sip: as an e-mail address is.")
    .optional(),
  unverifiedEmail: choice(
    'Whether the claim email is believed where the provider does not say email_verified: true. accept: only where its users can not set it.',
    ['refuse', 'accept'],
  ).prefault('refuse'),
  rights: z
    .array(claimRight)
    .describe('The first that fits a person gives the role; nobody fits: no log-in, unless users.yaml has the name.')
    .prefault([]),
})

const sessions = block('Sessions of the console.', {
  idle: duration(seconds(300), seconds(7 * 86_400))
    .describe('Without a request for this long a session ends, 5m to 7d; an open console keeps it.')
    .prefault('1h'),
  longest: duration(seconds(300), seconds(30 * 86_400))
    .describe('After this a session ends in any case, 5m to 30d.')
    .prefault('12h'),
})

const audit = block('The record of changes, and of who made them.', {
  keep: duration(seconds(86_400), seconds(10 * 366 * 86_400))
    .describe('How long it is kept, such as 365d (the default), from 1d.')
    .prefault('365d'),
})

const connections = block('Limits for HTTP connections without a log-in.', {
  most: wholeNumber(16, 100_000)
    .describe('Connections in all; a quarter of what the process may open, where that is less: the rest is kept for SIP.')
    .prefault(1_000),
  strangers: wholeNumber(8, 100_000)
    .describe('The part of them without a log-in or token; beyond it, the oldest of these is closed.')
    .prefault(400),
  perAddress: wholeNumber(4, 100_000)
    .describe('Such connections from one address; proxies in trustedProxies have no limit.')
    .prefault(64),
  requestWithin: duration(seconds(5), seconds(600))
    .describe('How long a request may take to arrive, its body included, 5s to 10m.')
    .prefault('30s'),
})

const metrics = block('An address of its own for /metrics and /health, with nothing else; http.listen then has no /metrics.', {
  listen: httpUri().describe('Address and port, such as http://0.0.0.0:9464; without TLS.'),
  allow: z
    .array(peer())
    .min(1, 'expected at least one address or block: without any, nobody could read the metrics')
    .describe('IP addresses and CIDR blocks that may connect; others are disconnected at once. Default: this machine.')
    .prefault(['127.0.0.0/8', '::1']),
}).superRefine(({ listen }, context) => {
  if (listen.secure) complain(context, ['listen'], 'metrics are given by http:// alone; say http://, or let a proxy speak https')
})

export const http = block('The HTTP side: console, API, health and metrics.', {
  listen: httpUri()
    .describe('Address and port of HTTP. Without any user or token it is loopback only: another address is replaced by it.')
    .prefault('http://127.0.0.1:8080'),
  url: webUrl()
    .describe(
      "Where agents' browsers reach the console, such as https://rgs.example.com; agents' phones are then given the page of each call (Call-Info).",
    )
    .optional(),
  tls: block('What an https:// listener shows. Relative paths begin at the folder that holds the config folder.', {
    certificate: text(4_096).describe('A PEM file: the certificate, and those that lead to its authority.'),
    key: text(4_096).describe('A PEM file: its private key.'),
  }).optional(),
  trustedProxies: z
    .array(peer())
    .describe('IP addresses and CIDR blocks of proxies before us, whose X-Forwarded-For and X-Forwarded-Proto are believed.')
    .prefault([]),
  connections: connections.prefault({}),
  metrics: metrics.optional(),
  sessions: sessions.prefault({}),
  audit: audit.prefault({}),
  oidc: oidc.optional(),
}).superRefine(({ listen, tls, url, oidc: provider, metrics: apart }, context) => {
  if (apart && apart.listen.port !== 0 && apart.listen.port === listen.port)
    complain(context, ['metrics', 'listen'], `http.listen has the port ${listen.port} already; metrics need one of their own`)
  if (listen.secure && !tls) complain(context, ['listen'], "https:// needs 'http.tls': a certificate and its key")
  if (!listen.secure && tls) complain(context, ['tls'], "'tls' has no effect while 'listen' is http://; make it https://", 'key')
  if (provider && provider.redirectUri === undefined && url === undefined)
    complain(context, ['oidc'], "the provider must know where to send a browser back to; say http.url, or oidc's own redirectUri")
})

export type UserEntry = z.output<typeof userEntry>
export type TokenEntry = z.output<typeof tokenEntry>
