import { type WorkflowName, workflowName } from '../routing/world/ids.js'
import { httpTlsFiles } from './certificates.js'
import type { Gathered } from './gather.js'
import type { ConfigPaths } from './paths.js'
import type { Sections } from './schema.js'
import type { TokenEntry, UserEntry } from './schema-users.js'
import type { AccessSettings, HttpSettings, OidcSettings, Rights } from './settings.js'

/** The path to which the provider sends a browser back, on the address of the console. */
const callbackPath = '/api/session/oidc/callback'
const loopback = '127.0.0.1'

/**
 * Whether the config names no users, tokens or provider. HTTP is then served on loopback only, and everybody on this machine may do
 * everything.
 */
export const isOpen = ({ users, tokens }: Pick<Gathered, 'users' | 'tokens'>, { http }: Sections): boolean =>
  users.length + tokens.length === 0 && http.oidc === undefined

export const isLoopback = (host: string): boolean => host.startsWith('127.') || host === '::1'

export function httpSettings({ http }: Sections, paths: ConfigPaths, open: boolean): HttpSettings {
  const { listen, tls, url, trustedProxies, connections, metrics } = http
  return {
    host: open && !isLoopback(listen.host) ? loopback : listen.host,
    port: listen.port,
    trustedProxies,
    connections: { ...connections, strangers: Math.min(connections.strangers, connections.most) },
    ...(metrics && { metrics: { host: metrics.listen.host, port: metrics.listen.port, allow: metrics.allow } }),
    ...(tls && { tls: httpTlsFiles(tls, paths) }),
    ...(url !== undefined && { url }),
  }
}

export function accessSettings({ users, tokens }: Pick<Gathered, 'users' | 'tokens'>, { http }: Sections): AccessSettings {
  return {
    users: users.map(({ value }) => ({
      name: value.name,
      ...(value.password !== undefined && { passwordHash: value.password }),
      ...(value.oidc !== undefined && { oidc: value.oidc }),
      ...rightsOf(value),
    })),
    tokens: tokens.map(({ value }) => ({
      name: value.name,
      digest: value.hash,
      ...(value.scopes && { scopes: value.scopes }),
      ...(value.expires !== undefined && { expires: value.expires }),
      ...rightsOf(value),
    })),
    ...(http.oidc && { oidc: oidcSettings(http.oidc, http.url) }),
    sessions: http.sessions,
    keepAudit: http.audit.keep,
  }
}

function oidcSettings(oidc: NonNullable<Sections['http']['oidc']>, url: string | undefined): OidcSettings {
  const { issuer, clientId, clientSecret, scope, nameClaim, agentClaim, unverifiedEmail, rights } = oidc
  return {
    issuer,
    clientId,
    clientSecret,
    scope,
    nameClaim,
    unverifiedEmail,
    ...(agentClaim !== undefined && { agentClaim }),
    redirectUri: oidc.redirectUri ?? `${url ?? ''}${callbackPath}`,
    rights: rights.map(({ claim, value, role, workflows }) => ({ claim, value, role, workflows: named(workflows) })),
  }
}

const rightsOf = ({ role, agent, workflows }: UserEntry | TokenEntry): Rights => ({
  role,
  ...(agent !== undefined && { agent }),
  workflows: named(workflows),
})

const named = (workflows: readonly string[] | undefined): readonly WorkflowName[] =>
  (workflows ?? []).map(name => workflowName(name))
