import type { FastifyInstance, FastifyRequest } from 'fastify'
import { iso } from '../foundation/time.js'
import { scopes } from '../config/settings.js'
import { secondsPerGuess } from '../sip/index.js'
import type { Access } from './access.js'
import { loginBody } from './bodies.js'
import type { SessionDocument } from './documents.js'
import { Problem } from './problem.js'
import type { Principal } from './rights.js'

export type LoginResult = 'right' | 'wrong' | 'slowed'

/** A name and a password were tried, with this result. */
interface TriedLogin {
  readonly result: LoginResult
  readonly name: string
  /** The client's address. */
  readonly from: string
  readonly requestId: string
}

/** In bytes: anybody can send this body, and it holds at most a name and a password. */
const longestLogin = 4_096

/** `/api/session`: who is logged in; log-in by name and password; log-out. */
export function sessionRoutes(server: FastifyInstance, access: Access, tried: (login: TriedLogin) => void): void {
  server.get('/api/session', (request, reply) => {
    void reply.header('cache-control', 'no-store')
    return sessionDocument(access, request)
  })

  server.post('/api/session', { bodyLimit: longestLogin }, async (request, reply) => {
    const body = loginBody.safeParse(request.body)
    if (!body.success) throw new Problem(400, 'the body is {"name": …, "password": …}')
    if (access.open) throw new Problem(409, 'nobody is named in users.yaml: there is nothing to log in to')
    const { name, password } = body.data
    const outcome = await access.logins.attempt(name, password, request.ip)
    tried({ result: outcome.kind, name, from: request.ip, requestId: request.id })
    if (outcome.kind === 'slowed') {
      void reply.header('retry-after', String(secondsPerGuess))
      throw new Problem(
        429,
        `too many wrong passwords from this address, or log-ins by this name; try again in ${secondsPerGuess} seconds`,
      )
    }
    if (outcome.kind === 'wrong') throw new Problem(401, 'wrong name or password')
    const { user } = outcome
    if (!access.begin(request, reply, { by: 'password', name: user.name, passwordHash: user.passwordHash }))
      throw new Problem(401, 'this user has just left the config')
    void reply.header('cache-control', 'no-store')
    return sessionDocument(access, request)
  })

  server.delete('/api/session', (request, reply) => {
    access.end(request, reply)
    return reply.code(204).send()
  })
}

function sessionDocument(access: Access, request: FastifyRequest): SessionDocument {
  const { users, oidc } = access.settings
  const expires = access.session(request)?.expires
  return {
    open: access.open,
    ...personOf(access.who(request)),
    expires: expires === undefined ? null : iso(access.wall(expires)),
    login: {
      password: users.some(({ passwordHash }) => passwordHash !== undefined),
      oidc: oidc ? '/api/session/oidc' : null,
    },
  }
}

function personOf(
  who: Principal | undefined,
): Pick<SessionDocument, 'name' | 'kind' | 'role' | 'agent' | 'workflows' | 'scopes'> {
  if (!who) return { name: null, kind: null, role: null, agent: null, workflows: [], scopes: [] }
  const { name, kind, role, agent = null, workflows } = who
  return { name, kind, role, agent, workflows, scopes: who.scopes ?? scopes }
}
