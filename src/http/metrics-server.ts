import Fastify, { type FastifyError, type FastifyInstance } from 'fastify'
import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import type { MetricsListenSettings } from '../config/settings.js'
import { messageOf } from '../foundation/errors.js'
import type { Log } from '../foundation/log.js'
import { AddressList } from '../sip/index.js'
import { healthRoutes, metricsRoute } from './health-metrics.js'
import type { LiveServer } from './live-server.js'
import { Pipelines } from './pipelines.js'
import { Problem, safeHeaders } from './problem.js'
import { asProblem, sendProblem } from './problem-answers.js'
import { requestIdHeader, requestIdOf } from './request-id.js'

/** The most open connections: enough for a few scrapers and probes. */
const mostConnections = 64
/** How long a client may take to send a request, in ms. */
const requestWithin = 5_000
/** The longest time that a response may lie unread, in ms. */
const unreadFor = 30_000
const times = {
  requestTimeout: requestWithin,
  headersTimeout: requestWithin,
  connectionsCheckingInterval: 1_000,
  keepAliveTimeout: 120_000,
  requireHostHeader: false,
}

/**
 * `/metrics` and `/health` on an address of their own, so that a scraper on another machine needs neither a token nor access to the
 * console. A client whose address is not on the list is disconnected before anything is read.
 */
export class MetricsServer {
  readonly #server: FastifyInstance
  readonly #allowed: AddressList

  constructor(
    private readonly settings: MetricsListenSettings,
    live: Pick<LiveServer, 'health' | 'metrics'>,
    log: Log,
  ) {
    this.#allowed = new AddressList(settings.allow)
    this.#server = Fastify({
      bodyLimit: 1_024,
      genReqId: requestIdOf,
      requestIdHeader: false,
      forceCloseConnections: true,
      serverFactory: handle => {
        const server = createServer(times)
        // The allowed clients are in the config, so closed connections are not counted.
        const pipelines = new Pipelines(
          () => undefined,
          error => log.error(`a request failed: ${messageOf(error)}`, { event: 'http.failed' }),
        )
        pipelines.serve(server, handle)
        pipelines.guard(server, unreadFor)
        return server
      },
    })
    this.#server.server.maxConnections = mostConnections
    this.#server.server.on('connection', (socket: Socket) => this.#admit(socket))
    this.#server.addHook('onRequest', (request, reply, next) => {
      void reply.headers(safeHeaders).header(requestIdHeader, request.id)
      next()
    })
    this.#server.setErrorHandler((error: FastifyError | Problem, request, reply) =>
      sendProblem(reply, asProblem(error, request, log)),
    )
    this.#server.setNotFoundHandler((request, reply) =>
      sendProblem(reply, new Problem(404, `there is no ${request.method} ${request.url}`)),
    )
    healthRoutes(this.#server, live)
    metricsRoute(this.#server, live)
  }

  /** Resolves with the URL on which it listens, with the bound port. */
  start(): Promise<string> {
    return this.#server.listen({ host: this.settings.host, port: this.settings.port })
  }

  async stop(): Promise<void> {
    await this.#server.close()
  }

  #admit(socket: Socket): void {
    if (!this.#allowed.includes(socket.remoteAddress ?? '')) socket.destroy()
  }
}
