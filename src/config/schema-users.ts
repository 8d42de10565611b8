import { z } from 'zod'
import { fault, ok, type Result } from '../foundation/result.js'
import { wallTime, seconds, type WallTime } from '../foundation/time.js'
import { agent, block, choice, complain, duration, httpUri, name, peer, read, text, webUrl, wholeNumber } from './fields.js'
import { isUserPasswordHash } from './passwords.js'
import { roles, scopes, type Role } from './settings.js'

/** The schema of users and tokens (users.yaml) and of the section `http`: who may do what over HTTP. */

const roleWords = [
  'viewer: may see everything and change nothing;',
  'agent: may see their own groups and queues, and change only themselves;',
  'manager: may see everything, and change presence and sign-ins of the agents of the named workflows;',
  'admin: may do everything.',
].join(' ')

const rights = {
  role: choice(roleWords, roles),
  agent: agent().describe('SIP URI of the agent that this is, from agents.yaml. Needed with the role agent.').optional(),
  workflows: z.array(name()).min(1, 'expected at least one workflow').describe('manager only: names of workflows.').optional(),
}

/** Checks the keys that a role requires or forbids. */
function checkRights(
  given: { readonly role: Role; readonly agent?: unknown; readonly workflows?: unknown },
  context: z.core.$RefinementCtx,
): void {
  if (given.role === 'agent' && given.agent === undefined)
    complain(context, [], "the role agent needs 'agent', a SIP URI of agents.yaml")
  if (given.role === 'manager' && given.workflows === undefined)
    complain(context, [], "the role manager needs 'workflows', a list of workflow names")
  if (given.role !== 'manager' && given.workflows !== undefined)
    complain(context, ['workflows'], `'workflows' belongs to the role manager, not to ${given.role}; remove it`, 'key')
}

const passwordHash = read('scrypt:…', value =>
  isUserPasswordHash(value)
    ? ok(value)
    : fault('expected what `carillon hash-password --user NAME` prints, scrypt:…; never the password itself'),
)

export const userEntry = block('A person who may use the console and the HTTP API.', {
  name: text(64).describe('The user name for logging in. The audit log shows it too.'),
  password: passwordHash
    .describe(
      'The hash that `carillon hash-password --user NAME` prints. Without it, this person can only log in by http.oidc, with this name.',
    )
    .optional(),
  oidc: z
    .boolean()
    .describe(
      'For a user with a password. true: a person that http.oidc reports with this name gets the same rights. Set it only if people can’t choose their names at the provider.',
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
  'Part of the role that the token may use.',
  'read: see what the role sees; presence: set presence; signIn: sign agents in and out;',
  'calls: decline, pick, end a wrap-up, start and stop recordings; recordings: hear, download and delete recordings of calls; phones: SIP credentials of browser phones; edit: edit the config; operate: reload the config, set log levels.',
].join(' ')

export const tokenEntry = block('A token with which a program uses the HTTP API.', {
  name: text(64).describe('The name of the token in the audit log.'),
  hash: tokenHash.describe('The hash that `carillon make-token` prints with the token.'),
  ...rights,
  scopes: z
    .array(choice(scopeWords, scopes))
    .min(1, 'expected at least one scope')
    .describe('Limits the token to parts of its role. Default: no limit.')
    .optional(),
  expires: expires.describe('When the token expires, in UTC. Default: never.').optional(),
}).superRefine(checkRights)

const claimRight = block('Gives a role to users with this claim.', {
  claim: text(128).describe('The name of a claim of the ID token, such as groups.'),
  value: text(256).describe('The value of the claim, or one of its values if it is a list.'),
  role: rights.role,
  workflows: rights.workflows,
}).superRefine(({ role, workflows }, context) => checkRights({ role, workflows, agent: 'by agentClaim' }, context))

const oidc = block('Logging in by OpenID Connect.', {
  issuer: webUrl()
    .refine(
      url => /^https:/.test(url) || /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(new URL(url).hostname),
      'expected an https:// URL (http:// only on this machine)',
    )
    .describe('The issuer, exactly as in its discovery document, such as https://login.example.com/realms/main.'),
  clientId: text(256).describe("Carillon's client id at the provider."),
  clientSecret: text(1_024).describe('The client secret. Take it from the environment: ${OIDC_SECRET}.'),
  redirectUri: webUrl()
    .describe('The redirect URI that is registered at the provider. Default: http.url followed by /api/session/oidc/callback.')
    .optional(),
  scope: text(512).describe('Scopes to request. Default: openid profile email.').prefault('openid profile email'),
  nameClaim: text(128)
    .describe('The claim with the person’s name in users.yaml and in the audit log. Default: preferred_username.')
    .prefault('preferred_username'),
  agentClaim: text(128)
    .describe("The claim with the person's agent: a SIP URI, or an e-mail address that becomes one with sip: before it.")
    .optional(),
  unverifiedEmail: choice(
    'What to do with the claim email without email_verified: true. Use accept only if users can’t change their e-mail address at the provider.',
    ['refuse', 'accept'],
  ).prefault('refuse'),
  rights: z
    .array(claimRight)
    .describe(
      'The first entry that matches a person gives the role. A person without a match can’t log in, unless users.yaml has the name.',
    )
    .prefault([]),
})

const sessions = block('Sessions of the console.', {
  idle: duration(seconds(300), seconds(7 * 86_400))
    .describe('A session ends after this time without a request, 5m to 7d. An open console sends requests.')
    .prefault('1h'),
  longest: duration(seconds(300), seconds(30 * 86_400))
    .describe('A session always ends after this time, 5m to 30d.')
    .prefault('12h'),
})

const audit = block('The audit log: changes and who made them.', {
  keep: duration(seconds(86_400), seconds(10 * 366 * 86_400))
    .describe('How long to keep entries, at least 1d. Default 365d.')
    .prefault('365d'),
})

const connections = block('Limits for HTTP connections without a log-in.', {
  most: wholeNumber(16, 100_000)
    .describe(
      'The most connections in all. Never more than a quarter of the files that the process may open, so that SIP has the rest.',
    )
    .prefault(1_000),
  strangers: wholeNumber(8, 100_000)
    .describe('The most connections without a log-in or token. Beyond it, the oldest of them is closed.')
    .prefault(400),
  perAddress: wholeNumber(4, 100_000)
    .describe('The most such connections from one address. Proxies in trustedProxies have no limit.')
    .prefault(64),
  requestWithin: duration(seconds(5), seconds(600))
    .describe('How long a request may take to arrive with its body, 5s to 10m.')
    .prefault('30s'),
})

const metrics = block('A separate address for /metrics and /health. With it, http.listen has no /metrics.', {
  listen: httpUri().describe('Address and port without TLS, such as http://0.0.0.0:9464.'),
  allow: z
    .array(peer())
    .min(1, 'expected at least one address or block: without any, nobody could read the metrics')
    .describe('IP addresses and CIDR blocks that may connect. Other connections are closed at once. Default: this machine.')
    .prefault(['127.0.0.0/8', '::1']),
}).superRefine(({ listen }, context) => {
  if (listen.secure)
    complain(context, ['listen'], 'metrics are served only by http://; use http://, or put a proxy with https in front')
})

export const http = block('HTTP: console, API, health and metrics.', {
  listen: httpUri()
    .describe('Address and port. Without any user or token, Carillon listens only on loopback, whatever the address is.')
    .prefault('http://127.0.0.1:8080'),
  url: webUrl()
    .describe(
      "URL of the console for agents' browsers, such as https://rgs.example.com. With it, each call to an agent's phone has a link to the page of the call (Call-Info).",
    )
    .optional(),
  tls: block('Certificate for an https:// listener. Relative paths start at the config folder.', {
    certificate: text(4_096).describe('A PEM file with the certificate, followed by the intermediate certificates.'),
    key: text(4_096).describe('A PEM file with the private key.'),
  }).optional(),
  trustedProxies: z
    .array(peer())
    .describe(
      'IP addresses and CIDR blocks of proxies in front of Carillon. Their X-Forwarded-For and X-Forwarded-Proto are trusted.',
    )
    .prefault([]),
  connections: connections.prefault({}),
  metrics: metrics.optional(),
  sessions: sessions.prefault({}),
  audit: audit.prefault({}),
  oidc: oidc.optional(),
}).superRefine(({ listen, tls, url, oidc: provider, metrics: apart }, context) => {
  if (apart && apart.listen.port !== 0 && apart.listen.port === listen.port)
    complain(context, ['metrics', 'listen'], `http.listen already has the port ${listen.port}; metrics need a port of their own`)
  if (listen.secure && !tls) complain(context, ['listen'], "https:// needs 'http.tls': a certificate and its key")
  if (!listen.secure && tls) complain(context, ['tls'], "'tls' has no effect while 'listen' is http://; use https://", 'key')
  if (provider && provider.redirectUri === undefined && url === undefined)
    complain(context, ['oidc'], 'the provider needs an address to send browsers back to; set http.url or http.oidc.redirectUri')
})

export type UserEntry = z.output<typeof userEntry>
export type TokenEntry = z.output<typeof tokenEntry>
