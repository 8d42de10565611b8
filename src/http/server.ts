import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { AccessSettings, HttpSettings } from '../config/settings.js'
import { whyNotBound } from '../foundation/errors.js'
import type { CacheStatistics } from '../foundation/cache.js'
import type { Clock } from '../foundation/clock.js'
import type { Log } from '../foundation/log.js'
import { AddressList } from '../sip/index.js'
import { Access } from './access.js'
import { writePlainly } from './addresses.js'
import { agentRoutes } from './agents.js'
import { auditNotes, auditRoutes, type AuditNote } from './audit.js'
import { callRecordingRoutes } from './call-recordings.js'
import { callRoutes } from './calls.js'
import { configRoutes } from './config.js'
import { editRoutes } from './edits.js'
import { Connections, type ConnectionStatistics } from './connections.js'
import { consoleRoutes, type ShowsUnknown } from './console.js'
import { eventRoutes } from './events.js'
import { groupAndQueueRoutes } from './groups-queues.js'
import { supervisionRoutes } from './supervision.js'
import { transferRoutes } from './transfers.js'
import { webhookRoutes } from './webhooks.js'
import { workflowRoutes } from './workflows.js'
import { healthRoutes, metricsElsewhere, metricsRoute } from './health-metrics.js'
import { guardedListener } from './listener.js'
import type { LiveServer } from './live-server.js'
import { logLevelRoutes } from './log-levels.js'
import { MetricsServer } from './metrics-server.js'
import { safeHeaders, Problem } from './problem.js'
import { asProblem, sendProblem } from './problem-answers.js'
import { oidcRoutes } from './oidc.js'
import { openApiText } from './openapi.js'
import { phoneRoutes } from './phones.js'
import { requestIdHeader, requestIdOf } from './request-id.js'
import { recordingRoutes } from './recordings.js'
import { reportRoutes } from './reports.js'
import { sessionRoutes, type LoginResult } from './session.js'
import { Strangers } from './strangers.js'

export interface HttpServer {
  /** Resolves with the URL on which it listens, with the bound port. */
  start(): Promise<string>
  /** The URL on which it listens. Undefined before. */
  readonly url: string | undefined
  readonly connections: ConnectionStatistics
  readonly caches: readonly CacheStatistics[]
  /** The URL of `http.metrics`, while it listens. */
  readonly metricsUrl: string | undefined
  /** Sets who may do what. */
  replaceAccess(settings: AccessSettings): void
  stop(): Promise<void>
}

/** Where the server listens, and who may do what. */
export interface HttpConfig {
  readonly settings: HttpSettings
  /** PEM texts for https. */
  readonly tls?: { readonly cert: string; readonly key: string }
  readonly access: AccessSettings
}

interface HttpServerOptions {
  readonly config: HttpConfig
  readonly live: LiveServer
  readonly clock: Clock
  readonly random: (size: number) => Uint8Array
  readonly log: Log
  /** The folder of the built console. */
  readonly consoleFolder: string
  /** Called for each password that was tried. */
  readonly loginTried?: (result: LoginResult) => void
}

const kibibyte = 1024
/** The most characters of a name in the log. */
const longestName = 128

/** The HTTP server: API, health and metrics. If no user is configured, it serves only this machine. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { config, live, log } = options
  const { settings } = config
  const connections = new Connections(settings.connections, settings.trustedProxies, options.clock)
  const strangers = new Strangers(options.clock, connections)
  const server = makeServer(options, connections, strangers)
  const access = openAccess(options, connections, strangers)
  headersOfEachAnswer(server)
  access.guard(server)
  answerProblems(server, log, auditNotes(server, live, access, log))
  healthRoutes(server, live)
  if (settings.metrics) metricsElsewhere(server)
  else metricsRoute(server, live)
  sessionRoutes(server, access, ({ result, name, from, requestId }) => {
    options.loginTried?.(result)
    // Slowed attempts are not logged, because a flood would write a line for each.
    if (result === 'wrong')
      log.warn('a log-in had a wrong name or password', {
        ...{ event: 'http.loginRefused', name: name.slice(0, longestName), from, requestId },
      })
  })
  const openId = oidcRoutes(server, access, options)
  const reports = apiRoutes(server, live, access, options.clock)
  server.get('/api/openapi.json', (_request, reply) => reply.type('application/json; charset=utf-8').send(openApiText()))
  const showsUnknown = consoleRoutes(server, live, options.consoleFolder)
  answerUnknown(server, showsUnknown)
  const metrics = settings.metrics && new MetricsServer(settings.metrics, live, log)
  let metricsUrl: string | undefined
  let url: string | undefined
  const events = eventRoutes(server, live, access, options.clock)
  return {
    async start() {
      metricsUrl = metrics && (await listening('http.metrics.listen', settings.metrics, () => metrics.start()))
      if (metricsUrl !== undefined) log.info?.(`metrics and health at ${metricsUrl}`, { event: 'http.metrics', url: metricsUrl })
      const bound = await listening('http.listen', settings, () => server.listen({ host: settings.host, port: settings.port }))
      // Fastify does not know that our own server uses TLS.
      url = config.tls ? bound.replace(/^http:/, 'https:') : bound
      return url
    },
    caches: [openId, reports],
    replaceAccess: replaced => access.replaceSettings(replaced),
    get connections() {
      return connections.statistics
    },
    get url() {
      return url
    },
    get metricsUrl() {
      return metricsUrl
    },
    async stop() {
      await metrics?.stop()
      events.close()
      access.sessions.stop()
      await server.close()
      live.editing.close()
    },
  }
}

function openAccess({ config, live, clock, random }: HttpServerOptions, connections: Connections, strangers: Strangers): Access {
  const { settings } = config
  return new Access({
    proven: (socket, person) => connections.prove(socket, person),
    stranger: (request, cost) => strangers.refuses(request, cost),
    settings: config.access,
    clock,
    random,
    routing: () => live.routing(),
    secure: settings.tls !== undefined || settings.url?.startsWith('https:') === true,
  })
}

function apiRoutes(server: FastifyInstance, live: LiveServer, access: Access, clock: Clock): CacheStatistics {
  agentRoutes(server, live, access)
  transferRoutes(server, live)
  groupAndQueueRoutes(server, live, access)
  workflowRoutes(server, live, access)
  callRoutes(server, live, access)
  callRecordingRoutes(server, live, access)
  supervisionRoutes(server, live, access)
  phoneRoutes(server, live, access)
  auditRoutes(server, live, access)
  configRoutes(server, live, access)
  editRoutes(server, live, access)
  recordingRoutes(server, live, access, clock)
  logLevelRoutes(server, live)
  webhookRoutes(server, live)
  return reportRoutes(server, live, access, clock)
}

/** Listens. A failure names the address and the key. */
async function listening(
  key: string,
  place: { readonly host: string; readonly port: number } | undefined,
  listen: () => Promise<string>,
): Promise<string> {
  try {
    return await listen()
  } catch (error) {
    const at = place ? `${place.host} port ${place.port}` : 'an address'
    throw new Error(`can't listen on ${at} (${key}): ${whyNotBound(error)}`, { cause: error })
  }
}

/** Zod reads input and JSON.stringify writes output. Fastify's own compilers would be loaded at each start and never used. */
const noCompilers = {
  // Fastify's types know only Ajv.
  buildValidator: (() => () => () => true) as never,
  buildSerializer: () => () => (document: unknown) => JSON.stringify(document),
}

function headersOfEachAnswer(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, next) => {
    void reply.headers(safeHeaders).header(requestIdHeader, request.id)
    // Data about calls and people must not be cached. A route can set another value.
    if (request.url.startsWith('/api') && request.routeOptions.url !== '/api/openapi.json')
      void reply.header('cache-control', 'no-store')
    next()
  })
}

function makeServer(options: HttpServerOptions, connections: Connections, strangers: Strangers): FastifyInstance {
  const { config, log } = options
  const { settings } = config
  const proxies = new AddressList(settings.trustedProxies)
  return Fastify({
    // Reading JSON takes up to 0.5 ms per KiB in the thread that also handles SIP.
    bodyLimit: 8 * kibibyte,
    genReqId: requestIdOf,
    requestIdHeader: false,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 512 },
    trustProxy: settings.trustedProxies.length > 0 ? (address: string) => proxies.includes(address) : false,
    schemaController: { compilersFactory: noCompilers },
    // Paths that reach no route: invalid escapes, and names that are too long. No hook sees them.
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) =>
      void sendProblem(reply, strangers.refuses(request) ?? asProblem(error, request, log)),
    // Called for each listening server. `localhost` has two.
    serverFactory: handle =>
      guardedListener({ ...config, connections, log }, (request, response) => {
        writePlainly(request.headers)
        handle(request, response)
      }),
  })
}

function answerProblems(server: FastifyInstance, log: Log, note: AuditNote): void {
  server.setErrorHandler((error: FastifyError | Problem, request, reply) => {
    const problem = asProblem(error, request, log)
    // A request over a limit adds no entry, because the limit should also protect the audit log.
    if (problem.status !== 429) note(request, problem.detail)
    if (problem.status === 401) void reply.header('www-authenticate', 'Bearer realm="carillon"')
    return sendProblem(reply, problem)
  })
}

function answerUnknown(server: FastifyInstance, showsUnknown: ShowsUnknown): void {
  server.setNotFoundHandler((request, reply) => {
    const [url = ''] = request.url.split('?')
    const allowed = server.supportedMethods.filter(method => {
      // `findRoute` returns null if there is no route, although its type says otherwise.
      const route: unknown = server.findRoute({ url, method })
      return route !== null
    })
    if (allowed.length === 0)
      return showsUnknown(request, reply) ?? sendProblem(reply, new Problem(404, `there is no ${request.method} ${request.url}`))
    const allow = allowed.join(', ')
    void reply.header('allow', allow)
    return sendProblem(reply, new Problem(405, `there is no ${request.method} ${request.url}, but ${allow}`))
  })
}
