import { fastifyCookie } from '@fastify/cookie'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { createHash } from 'node:crypto'
import type { Socket } from 'node:net'
import type { AccessSettings, OidcSettings, Rights, TokenSettings, UserSettings } from '../config/settings.js'
import { toWall, wallNow, type Clock } from '../foundation/clock.js'
import { later, millis, type Instant, type WallTime } from '../foundation/time.js'
import { OurBug } from '../foundation/result.js'
import { agentUri, groupName, namedAgent } from '../routing/world/ids.js'
import type { RoutingSettings } from '../routing/world/settings.js'
import type { Reader } from '../store/port.js'
import { whyNotFromThisMachine, isLoopbackName, namesHost } from './addresses.js'
import { phoneBody } from './bodies.js'
import { rightsByClaims } from './claims.js'
import type { PhoneHolder } from '../sip/index.js'
import { Logins } from './logins.js'
import { Problem } from './problem.js'
import { payerOf, personOf, refusal, sightOf, type Principal, type Sight, type Subject } from './rights.js'
import { routeOf, type Route } from './routes.js'
import { Sessions, type Login, type Session } from './sessions.js'
import { searchUnits, Shares, type Demand } from './shares.js'
import { whenOver } from './when-over.js'

interface AccessOptions {
  readonly settings: AccessSettings
  /** The routing settings of the running config. */
  readonly routing: () => RoutingSettings
  readonly clock: Clock
  readonly random: (size: number) => Uint8Array
  /** Whether browsers reach us over https, as far as the config says. */
  readonly secure: boolean
  /** Called with the person who made a request on this connection. Undefined: nobody proved who they are. */
  readonly proven: (socket: Socket, person: string | undefined) => void
  /** Called for a request by an unknown person. Returns why it is refused, or undefined. `cost`: how many requests it counts as. */
  readonly stranger: (request: FastifyRequest, cost: number) => Problem | undefined
}

/** Everybody on this machine, when no user is configured. */
const sessionCookie = 'carillon'
const thisMachine: Principal = { kind: 'loopback', name: 'this machine', role: 'admin', workflows: [] }

/** How a request was authenticated. */
interface Caller {
  readonly principal: Principal
  readonly session?: Session
  readonly token?: TokenSettings
}

/** How the store is read for a request. */
export interface StoreReading {
  readonly reader: Reader
  /** Call it when the store looked at many records or entries that do not match. It charges the person for them. */
  readonly searched: () => void
}

/**
 * The most phone credentials of one holder for one agent, or for guests. A session may have several windows, and a program may serve all
 * visitors of a site.
 */
const mostPhones = { session: 10, guestsOfProgram: 2_000 } as const

/** Authenticates and authorises each request, by the table of routes. */
export class Access {
  readonly sessions: Sessions
  readonly logins: Logins
  readonly #shares: Shares
  readonly #options: AccessOptions
  readonly #callers = new WeakMap<FastifyRequest, Caller>()
  readonly #replies = new WeakMap<FastifyRequest, FastifyReply>()
  readonly #sights = new Map<string, Sight>()
  #sightsOf: RoutingSettings | undefined
  #changed: (ended?: readonly string[]) => void = () => undefined
  #settings: AccessSettings

  constructor(options: AccessOptions) {
    this.#options = options
    this.#settings = options.settings
    this.sessions = new Sessions(options.settings.sessions, options.clock, options.random, ended => this.#changed(ended))
    this.#shares = new Shares(options.clock)
    this.logins = new Logins(name => this.#settings.users.find(user => user.name === name), options.clock)
  }

  get settings(): AccessSettings {
    return this.#settings
  }

  /** True: no user is configured, so everybody on this machine may do everything, and nobody else anything. */
  get open(): boolean {
    const { users, tokens, oidc } = this.#settings
    return users.length + tokens.length === 0 && !oidc
  }

  /** Applies new settings at once, also to sessions: a role that was removed, a user who is gone, another password. */
  replaceSettings(settings: AccessSettings): void {
    this.#settings = settings
    this.sessions.replaceSpans(settings.sessions)
    this.#changed()
  }

  /** Sets the listener for ended sessions, which are named, and for changed rights. */
  onChange(listener: (ended?: readonly string[]) => void): void {
    this.#changed = listener
  }

  /** The holder of the credentials that this request gets. The credentials end with the session or the token. */
  holder(request: FastifyRequest, agent: string | undefined): PhoneHolder {
    const { session, principal, token } = this.#callers.get(request) ?? {}
    const payer = principal && { payer: payerOf(principal) }
    if (session && principal) return { id: session.id, person: personOf(principal), most: mostPhones.session, ...payer }
    const most = agent === undefined ? mostPhones.guestsOfProgram : mostPhones.session
    if (!token) return { id: thisMachine.name, most }
    const { clock } = this.#options
    const until = token.expires === undefined ? {} : { until: later(clock.now(), millis(token.expires - wallNow(clock))) }
    return { id: `token ${token.name} ${token.digest}`, most, ...payer, ...until }
  }

  /** Whether the session or token `holder` is valid, and its person may have a phone of the agent. Without an agent: of a guest. */
  mayHavePhone(holder: string, agent: string | undefined): boolean {
    const who = this.#holding(holder)
    const route = routeOf('POST', '/api/phones')
    const subject = agent === undefined ? { guest: true } : { agent: namedAgent(agent) }
    return who !== undefined && route !== undefined && refusal(route, who, subject, this.#sightOf(who)) === undefined
  }

  #holding(holder: string): Principal | undefined {
    if (holder === thisMachine.name) return this.open ? thisMachine : undefined
    const token = this.#settings.tokens.find(({ name, digest }) => holder === `token ${name} ${digest}`)
    if (token) return this.#isOver(token) ? undefined : principalOfToken(token)
    const login = this.sessions.look(holder)?.login
    return login && this.#principalOf(login)
  }

  #isOver({ expires }: TokenSettings): boolean {
    return expires !== undefined && expires <= wallNow(this.#options.clock)
  }

  /** Call it before the routes are added. It throws when a route of the API is added that is not in the table. */
  guard(server: FastifyInstance): void {
    // The plugin only writes our cookies. Its hook would read cookies, but only after our hook, which needs them.
    void server.register(fastifyCookie, { hook: false })
    server.addHook('onRoute', ({ method, url }) => {
      for (const each of [method].flat())
        if (url.startsWith('/api') && !routeOf(each, url)) throw new OurBug(`${each} ${url} is not in the table of routes`)
    })
    server.addHook('onRequest', (request, reply, next) => next(this.#admit(request, reply)))
    server.addHook('onSend', (request, reply, payload, next) => {
      const who = this.who(request)
      const bytes = typeof payload === 'string' || Buffer.isBuffer(payload) ? Buffer.byteLength(payload) : 0
      if (who) this.#shares.answers(who, bytes, told => whenOver(reply.raw, told))
      next()
    })
    server.addHook('preHandler', (request, _reply, next) => {
      const route = routeOf(request.method, request.routeOptions.url ?? '')
      const subject = route?.needs === 'phone' ? phoneSubject(request.body) : undefined
      next(route && subject && this.#refuse(request, route, subject))
    })
  }

  /** The person who asks. Undefined: the route needs no right and nobody has logged in. */
  who(request: FastifyRequest): Principal | undefined {
    return this.#callers.get(request)?.principal
  }

  /** The reads of the store end with the connection. */
  reading(request: FastifyRequest): StoreReading {
    const who = this.who(request)
    const response = this.#replies.get(request)?.raw
    if (!who || !response) throw new OurBug('nobody reads the store')
    const gone = new AbortController()
    whenOver(response, () => gone.abort())
    return { reader: { name: personOf(who), gone: gone.signal }, searched: () => this.#shares.charge(who, searchUnits) }
  }

  /** The name by which a person's turns are counted. */
  personOf(request: FastifyRequest): string {
    const who = this.who(request)
    return who ? personOf(who) : ''
  }

  /** Charges the person for work whose extent was unknown when the request was counted. */
  charge(request: FastifyRequest, units: number): void {
    const who = this.who(request)
    if (who) this.#shares.charge(who, units)
  }

  /** Charges for a change that was refused. */
  chargeRefused(request: FastifyRequest): void {
    const who = this.who(request)
    if (who) this.#shares.chargeRefused(who)
  }

  session(request: FastifyRequest): Session | undefined {
    return this.#callers.get(request)?.session
  }

  /** What the person of this request may see. */
  sight(request: FastifyRequest): Sight {
    const principal = this.who(request)
    if (!principal) throw new OurBug('what nobody may see was asked for')
    return this.#sightOf(principal)
  }

  /** True for people who may see everything. */
  seesAll(request: FastifyRequest): boolean {
    const role = this.who(request)?.role
    return role === 'viewer' || role === 'admin'
  }

  /** What the person who opened a stream may see now. Undefined: nothing any more. Does not count as use of the session. */
  sightNow(request: FastifyRequest): Sight | undefined {
    const who = this.whoNow(request)
    return who && this.#sightOf(who)
  }

  /** Who the person of a request is now, if they may still make it. A request may wait, while a token is removed or a role changes. */
  whoNow(request: FastifyRequest): Principal | undefined {
    const caller = this.#authenticate(request, false)
    const route = routeOf(request.method, request.routeOptions.url ?? '')
    if (caller instanceof Problem || !route) return undefined
    const { principal } = caller
    return refusal(route, principal, subjectOf(request), this.#sightOf(principal)) === undefined ? principal : undefined
  }

  /** Logs in. The response sets the cookie. An earlier session ends. */
  begin(request: FastifyRequest, reply: FastifyReply, login: Login): Principal | undefined {
    const principal = this.#principalOf(login)
    if (!principal) return undefined
    const before = this.cookieOf(request, sessionCookie)
    if (before !== undefined) this.sessions.end(before)
    const session = this.sessions.begin(login)
    if (!session) throw new Problem(503, 'too many people have logged in now; try again later')
    this.#callers.set(request, { principal, session })
    void reply.header('set-cookie', this.cookie(request, session.id, 'strict'))
    return principal
  }

  end(request: FastifyRequest, reply: FastifyReply): void {
    const id = this.cookieOf(request, sessionCookie)
    if (id === undefined) return
    this.sessions.end(id)
    void reply.header('set-cookie', this.cookie(request, '', 'strict'))
  }

  /** A cookie that scripts can't read, only for this host. An empty value deletes it. */
  cookie(request: FastifyRequest, value: string, sameSite: 'strict' | 'lax', name = sessionCookie): string {
    const gone = value === '' ? { maxAge: 0 } : {}
    return request.server.serializeCookie(prefixed(name, this.isSecure(request)), value, {
      path: '/',
      httpOnly: true,
      sameSite,
      secure: this.isSecure(request),
      ...gone,
    })
  }

  /**
   * The first cookie of this name, which `cookie` wrote. The library is not used, because it unescapes all other cookies too. A header full of
   * wrong escapes takes it 50 ms, before any limit knows the sender. Our cookies have no escapes.
   */
  cookieOf(request: FastifyRequest, name: string): string | undefined {
    const start = `${prefixed(name, this.isSecure(request))}=`
    const pair = request.headers.cookie?.split(';').find(each => each.trimStart().startsWith(start))
    return pair?.slice(pair.indexOf('=') + 1).trim()
  }

  /** A moment of the process's own time (`Clock.now`), as people read it. */
  wall(at: Instant): WallTime {
    return toWall(this.#options.clock, at)
  }

  isSecure(request: FastifyRequest): boolean {
    return request.protocol === 'https' || (this.#options.secure && !isLoopbackName(request.hostname))
  }

  #admit(request: FastifyRequest, reply: FastifyReply): Problem | undefined {
    const route = routeOf(request.method, request.routeOptions.url ?? '')
    this.#replies.set(request, reply)
    const caller = this.#callerOf(request)
    const limited = this.#limit(request, reply, caller, route)
    if (limited) return limited
    if (!namesHost(request)) return new Problem(400, 'the header Host names no host')
    if (!(caller instanceof Problem)) this.#callers.set(request, caller)
    else if (this.open && route?.url.startsWith('/health') !== true) return caller
    return route && request.method !== 'OPTIONS' ? this.#admitTo(route, request, caller) : undefined
  }

  #admitTo(route: Route, request: FastifyRequest, caller: Caller | Problem): Problem | undefined {
    const elsewhere = this.#fromElsewhere(request, route)
    if (elsewhere) return elsewhere
    if (route.needs === 'nothing') return undefined
    if (caller instanceof Problem) return caller
    return route.needs === 'phone' ? undefined : this.#refuse(request, route, subjectOf(request))
  }

  /** Limits strangers by address, and others by person. */
  #limit(request: FastifyRequest, reply: FastifyReply, caller: Caller | Problem, route: Route | undefined): Problem | undefined {
    const { socket } = request.raw
    if (caller instanceof Problem) {
      this.#options.proven(socket, undefined)
      return this.#options.stranger(request, route?.cost ?? 1)
    }
    this.#options.proven(socket, personOf(caller.principal))
    return this.#shares.refuses(caller.principal, told => whenOver(reply.raw, told), demandOf(request, route))
  }

  /** When no user is configured, requests from other machines are refused. */
  #callerOf(request: FastifyRequest): Caller | Problem {
    const why = this.open ? whyNotFromThisMachine(request) : undefined
    if (why === undefined) return this.#authenticate(request, true)
    return new Problem(403, `no user is configured, so only this machine is served, and ${why}`)
  }

  #refuse(request: FastifyRequest, route: Route, subject: Subject): Problem | undefined {
    const who = this.who(request)
    const why = who && refusal(route, who, subject, this.#sightOf(who))
    return why === undefined ? undefined : new Problem(403, why)
  }

  /** Refuses requests from pages of other sites, which may neither change anything with our cookie in the browser, nor log somebody in. */
  #fromElsewhere(request: FastifyRequest, route: Route): Problem | undefined {
    if (route.method === 'GET') return undefined
    const { origin, 'sec-fetch-site': site } = request.headers
    const said =
      site === undefined ? (origin === undefined ? undefined : isOwn(origin, request)) : site === 'same-origin' || site === 'none'
    if (said === false)
      return new Problem(403, 'this came from a page of another site: the console of this server alone may do it')
    if (said === undefined && this.session(request))
      return new Problem(
        403,
        'a change by a session needs the header Origin or Sec-Fetch-Site, as browsers send it; scripts use a token',
      )
    return undefined
  }

  #authenticate(request: FastifyRequest, use: boolean): Caller | Problem {
    if (this.open) return { principal: thisMachine }
    const { authorization } = request.headers
    if (authorization !== undefined) return this.#byToken(authorization)
    const id = this.cookieOf(request, sessionCookie)
    const session = id === undefined ? undefined : this.sessions.find(id, use)
    const principal = session && this.#principalOf(session.login)
    if (principal) return { principal, session }
    if (session) this.sessions.end(session.id)
    return new Problem(
      401,
      id === undefined ? 'log in, or send a token: Authorization: Bearer …' : 'the session is over: log in again',
    )
  }

  #byToken(authorization: string): Caller | Problem {
    const [, token] = /^Bearer +(\S+)$/i.exec(authorization) ?? []
    if (token === undefined) return new Problem(401, 'expected Authorization: Bearer and a token')
    const digest = createHash('sha256').update(token).digest('hex')
    const found = this.#settings.tokens.find(each => each.digest === digest)
    if (!found) return new Problem(401, 'this token is not known: `carillon make-token` makes one, users.yaml holds its hash')
    if (this.#isOver(found)) return new Problem(401, `the token '${found.name}' has expired`)
    return { principal: principalOfToken(found), token: found }
  }

  /** The rights in the current config. Undefined: none any more. */
  #principalOf(login: Login): Principal | undefined {
    const { users, oidc } = this.#settings
    const user = users.find(({ name }) => name === login.name)
    const rights = login.by === 'password' ? rightsByPassword(login, user) : rightsByProvider(login, user, oidc)
    if (!rights) return undefined
    const { role, agent, workflows } = rights
    return { kind: 'user', name: login.name, role, workflows, ...(agent !== undefined && { agent }) }
  }

  #sightOf(principal: Principal): Sight {
    const routing = this.#options.routing()
    if (routing !== this.#sightsOf) this.#sights.clear()
    this.#sightsOf = routing
    const { role, agent = '', workflows } = principal
    const key = JSON.stringify([role, agent, workflows])
    const known = this.#sights.get(key) ?? sightOf(principal, routing)
    this.#sights.set(key, known)
    return known
  }
}

/** The prefix `__Host-` binds the cookie to this host and to https (RFC 6265bis §4.1.3.2). */
const prefixed = (name: string, isSecure: boolean): string => (isSecure ? `__Host-${name}` : name)

const rightsByPassword = ({ passwordHash }: Login & { by: 'password' }, user: UserSettings | undefined): Rights | undefined =>
  user?.passwordHash === passwordHash ? user : undefined

/** A user with a password here can't be taken over by choosing the same name at the provider, unless the entry allows it. */
function rightsByProvider(
  { issuer, claims }: Login & { by: 'oidc' },
  user: UserSettings | undefined,
  oidc: OidcSettings | undefined,
): Rights | undefined {
  if (!oidc || issuer !== oidc.issuer) return undefined
  if (!user) return rightsByClaims(claims, oidc)
  return user.passwordHash === undefined || user.oidc === true ? user : undefined
}

function principalOfToken({ name, role, agent, workflows, scopes }: TokenSettings): Principal {
  return { kind: 'token', name, role, workflows, ...(agent !== undefined && { agent }), ...(scopes && { scopes }) }
}

/** A request without a route costs as little as the cheapest one. */
function demandOf({ query }: FastifyRequest, route: Route | undefined): Demand {
  if (route?.audit !== undefined) return { kind: 'change' }
  const load = route?.load ?? 1
  return { kind: 'read', load: typeof load === 'number' ? load : load(query) }
}

/** A URI that is not an agent's is left to the handler, which refuses it. */
function subjectOf(request: FastifyRequest): Subject {
  const { uri = '', name } = request.params as { readonly uri?: string; readonly name?: string }
  const agent = agentUri(uri)
  return { ...(agent.ok && { agent: agent.value }), ...(name !== undefined && { group: groupName(name) }) }
}

/** Undefined: the body names nobody, and the handler refuses it. */
function phoneSubject(body: unknown): Subject | undefined {
  const read = phoneBody.safeParse(body)
  if (!read.success) return undefined
  if ('guest' in read.data) return { guest: true }
  const agent = agentUri(read.data.agent)
  return agent.ok ? { agent: agent.value } : undefined
}

/** Over https, a page that came over http is of another site: anybody between the browser and us can write such a page. */
function isOwn(origin: string, request: FastifyRequest): boolean {
  if (!URL.canParse(origin)) return false
  const { host, protocol } = new URL(origin)
  return host === request.host && (request.protocol !== 'https' || protocol === 'https:')
}
