import { readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { createServer, type RequestListener, type Server as HttpServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { join } from 'node:path'
import { once } from 'node:events'
import { LeaseKeeper } from '../cluster/keeper.js'
import { comeBack } from '../calls/drain.js'
import type { ClusterSettings, Settings } from '../config/settings.js'
import { systemClock as clock } from '../foundation/clock.js'
import { closesAll } from '../http/closes-all.js'
import type { Logger } from '../observability/logger.js'
import { findSilences } from '../media/engine.js'
import { EmbeddedSignaling } from '../signaling/embedded.js'
import type { RedisPlace } from '../store/redis/connection.js'
import { RedisLease } from '../store/redis/lease.js'
import { takeLock } from '../store/sqlite-lock.js'
import { pooledRandom } from './random.js'
import { version } from './version.js'

/** In ms. A health check needs one request, and gets its answer at once. */
const times = { requestTimeout: 5_000, headersTimeout: 5_000, handshakeTimeout: 5_000, keepAliveTimeout: 5_000 }

/** What the node that serves has. */
export interface Leadership {
  readonly token: number
  /** Whether this node may decide now. If it may not any more, the process ends before this returns. */
  mayDecide(): boolean
  /** Redis refuses this node for ever. The process ends. */
  lost(why: string): void
}

/** Ends the process at once: nothing that it would still do is its own to do. The other node has the calls. */
const end = (): never => process.exit(1)

/**
 * A node of a cluster, from its start until its process ends. It stands by until it has the lease: then it stops listening, and the server is
 * built as after a restart.
 */
export class ClusterNode {
  readonly #lease: RedisLease
  readonly #keeper: LeaseKeeper
  #http: HttpServer | undefined
  #sip: EmbeddedSignaling | undefined
  #token = 0

  constructor(
    private readonly settings: Pick<Settings, 'journal' | 'sip' | 'http' | 'media'>,
    private readonly cluster: ClusterSettings,
    place: RedisPlace,
    private readonly logger: Logger,
  ) {
    const { node, lease: span } = cluster
    this.#lease = new RedisLease(place, { node, span, clock })
    this.#keeper = new LeaseKeeper({
      ...{ clock, node, span, log: logger.log },
      ask: question => this.#lease.ask(question),
      over: () => end(),
    })
  }

  /** Resolves when this node leads, or at once if it is asked to end. */
  async standBy(ended: Promise<void>): Promise<Leadership | undefined> {
    // One process for each node on a machine.
    const { folder } = this.settings.journal
    await mkdir(folder, { recursive: true })
    await takeLock(join(folder, 'redis'), this.logger.log)
    await this.#lease.open()
    const sip = await this.#listen()
    const http = await this.#serveHealth()
    // Speech is made now, so that it is ready when calls come.
    await findSilences(this.settings.media, clock)
    this.logger.log.info?.(`${this.cluster.node} stands by`, { event: 'cluster.standsBy', node: this.cluster.node, sip, http })
    this.#keeper.begin()
    const token = await Promise.race([this.#keeper.leads, ended.then(() => undefined)])
    await this.#stopListening()
    if (token === undefined) {
      await this.stop()
      return undefined
    }
    this.#token = token
    return { token, mayDecide: () => this.#keeper.mayDecide(), lost: why => this.#lost(why) }
  }

  /** Gives the lease to the others, once the server has stopped. */
  async stop(): Promise<void> {
    this.#keeper.stop()
    if (this.#token > 0) await this.#lease.leave(this.#token).catch(() => undefined) // Without it the others wait for the lease's end.
    this.#lease.close()
  }

  #lost(why: string): void {
    this.logger.log.error(`this node leads no more: ${why}`, { event: 'cluster.lost', why })
    end()
  }

  /** Answers new calls and OPTIONS with 503. Requests within calls get no answer, because another node has these calls. */
  async #listen(): Promise<string> {
    const { listen } = this.cluster
    if (listen.length === 0) return ''
    const log = this.logger.area('sip')
    this.#sip = new EmbeddedSignaling({ sip: { ...this.settings.sip, listen }, clock, log, random: pooledRandom })
    const addresses = await this.#sip.start()
    this.#sip.handOver(comeBack)
    return addresses.join(' ')
  }

  async #serveHealth(): Promise<string> {
    const { host, port, tls } = this.settings.http
    const answer: RequestListener = (request, response) => {
      const isLive = request.url === '/health/live'
      response.writeHead(isLive ? 200 : 503, {
        'content-type': 'application/json',
        'cache-control': 'no-store',
        'retry-after': '2',
      })
      response.end(JSON.stringify(isLive ? { status: 'live' } : this.#health()))
    }
    this.#http = closesAll(
      tls
        ? createSecureServer({ ...times, cert: readFileSync(tls.certificate), key: readFileSync(tls.key) }, answer)
        : createServer(times, answer),
    )
    this.#http.maxConnections = 100
    this.#http.on('error', error => this.logger.log.warn(`HTTP: ${error.message}`, { event: 'cluster.http' }))
    this.#http.listen(port, host)
    await once(this.#http, 'listening')
    const address = this.#http.address()
    const bound = typeof address === 'object' && address ? address.port : port
    return `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${bound}`
  }

  #health(): object {
    const { state, isLost } = this.#keeper
    const leader = state.kind === 'following' ? (state.leader ?? 'nobody') : this.cluster.node
    const problem = isLost ? 'Redis does not answer' : `standby: ${leader} leads`
    return { status: 'not ready', version, problems: [problem], degraded: [], role: isLost ? 'lost' : 'standby' }
  }

  async #stopListening(): Promise<void> {
    const closed = this.#http && once(this.#http, 'close')
    this.#http?.close()
    this.#http?.closeAllConnections()
    await Promise.all([closed, this.#sip?.stop()])
  }
}
