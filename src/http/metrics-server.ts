import Fastify, { type FastifyInstance } from 'fastify'
import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import type { MetricsListenSettings } from '../config/settings.js'
import { AddressList } from '../sip/index.js'
import { healthRoutes, metricsRoute } from './health-metrics.js'
import type { LiveServer } from './live-server.js'
import { Pipelines } from './pipelines.js'
import { safeHeaders } from './problem.js'

/** A few scrapers and probes. */
const mostConnections = 64
/** In ms. */
const requestWithin = 5_000
/** In ms: how long an answer may lie unread, at most. */
const unreadFor = 30_000
const times = {
  requestTimeout: requestWithin,
  headersTimeout: requestWithin,
  connectionsCheckingInterval: 1_000,
  keepAliveTimeout: 120_000,
  requireHostHeader: false,
}

/**
 * `/metrics` and `/health` alone, on an address of their own, so that a scraper on another machine needs neither a token nor the door of the
 * console. Whose address is not on the list is disconnected before a byte of them is read.
 */
export class MetricsServer {
  readonly #server: FastifyInstance
  readonly #allowed: AddressList

  constructor(
    private readonly settings: MetricsListenSettings,
    live: LiveServer,
  ) {
    this.#allowed = new AddressList(settings.allow)
    this.#server = Fastify({
      bodyLimit: 1_024,
      forceCloseConnections: true,
      serverFactory: handle => {
        const server = createServer(times)
        // Those who may ask are named in the config, so what is closed is not counted.
        const pipelines = new Pipelines(() => undefined)
        pipelines.serve(server, handle)
        pipelines.guard(server, unreadFor)
        return server
      },
    })
    this.#server.server.maxConnections = mostConnections
    this.#server.server.on('connection', (socket: Socket) => this.#admit(socket))
    this.#server.addHook('onRequest', (_request, reply, next) => {
      void reply.headers(safeHeaders)
      next()
    })
    healthRoutes(this.#server, live)
    metricsRoute(this.#server, live)
  }

  /** Resolves with the URL that it listens on, its port as bound. */
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
