import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from 'fastify'
import { isIP } from 'node:net'
import type { Log } from '../foundation/log.js'
import { OurBug } from '../foundation/result.js'
import { agentRoutes } from './agents.js'
import { callRoutes } from './calls.js'
import { configRoutes } from './config.js'
import { consoleRoutes } from './console.js'
import { eventRoutes } from './events.js'
import { groupAndQueueRoutes } from './groups-queues.js'
import { healthAndMetricsRoutes } from './health-metrics.js'
import type { LiveServer } from './live-server.js'
import { Problem } from './problem.js'
import { phoneRoutes } from './phones.js'
import { reportRoutes } from './records.js'

export interface HttpServer {
  /** Resolves with the URL it listens on, its port as bound. */
  start(): Promise<string>
  stop(): Promise<void>
}

export interface HttpServerOptions {
  readonly host: string
  readonly port: number
  readonly live: LiveServer
  readonly log: Log
  /** Where the built console lies. */
  readonly consoleFolder: string
}

const kibibyte = 1024

/** The HTTP door: API, health and metrics. No users are built yet, so it serves loopback only and answers only to loopback names. */
export function createHttpServer({ host, port, live, log, consoleFolder }: HttpServerOptions): HttpServer {
  const server = Fastify({
    bodyLimit: 64 * kibibyte,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 512 },
    // Paths that reach no route: escapes that are none, and names that are too long.
    frameworkErrors: (error, _request, reply) => void sendProblem(reply, asProblem(error, log)),
  })
  server.addHook('onRequest', (request, _reply, next) => {
    // A web page elsewhere must not reach us by a name of its own that points here (DNS rebinding).
    const { hostname } = request
    next(
      isLoopbackName(hostname)
        ? undefined
        : new Problem(403, `'${hostname}' is not a name of this server: use 127.0.0.1 or localhost`),
    )
  })
  answerProblems(server, log)
  healthAndMetricsRoutes(server, live)
  agentRoutes(server, live)
  groupAndQueueRoutes(server, live)
  callRoutes(server, live)
  reportRoutes(server, live)
  phoneRoutes(server, live)
  configRoutes(server, live)
  consoleRoutes(server, live, consoleFolder)
  const events = eventRoutes(server, live)
  return {
    start: () => server.listen({ host, port }),
    async stop() {
      events.close()
      await server.close()
    },
  }
}

/** True for names and addresses by which only this machine is reached. */
export function isLoopbackName(name: string): boolean {
  const bare = name.replace(/^\[|\]$/g, '').toLowerCase()
  if (bare === 'localhost' || bare === '::1') return true
  return isIP(bare) === 4 && bare.startsWith('127.')
}

function answerProblems(server: FastifyInstance, log: Log): void {
  server.setErrorHandler((error: FastifyError | Problem, _request, reply) => {
    return sendProblem(reply, asProblem(error, log))
  })
  server.setNotFoundHandler((request, reply) => {
    const [url = ''] = request.url.split('?')
    const allowed = server.supportedMethods.filter(method => {
      // Null, unlike what its type says, when there is none.
      const route: unknown = server.findRoute({ url, method })
      return route !== null
    })
    if (allowed.length === 0) return sendProblem(reply, new Problem(404, `there is no ${request.method} ${request.url}`))
    const allow = allowed.join(', ')
    void reply.header('allow', allow)
    return sendProblem(reply, new Problem(405, `there is no ${request.method} ${request.url}, but ${allow}`))
  })
}

function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply.code(problem.status).type('application/problem+json').send(problem.document())
}

function asProblem(error: FastifyError | Problem, log: Log): Problem {
  if (error instanceof Problem) return error
  if (!(error instanceof OurBug) && error.statusCode !== undefined && error.statusCode < 500)
    return new Problem(error.statusCode, error.message)
  log.error('an HTTP request met a fault of ours', { event: 'http.failed', msg: error.message, stack: error.stack })
  return new Problem(500, 'something is wrong inside Carillon; its log has the details')
}
