import { readFileSync } from 'node:fs'
import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { Sight } from '../cluster/sight.js'
import type { Settings } from '../config/settings.js'
import type { Log } from '../foundation/log.js'
import { systemClock as clock } from '../foundation/clock.js'
import { messageOf } from '../foundation/errors.js'
import { Connections } from '../http/connections.js'
import { guardedListener } from '../http/listener.js'
import { healthDocument } from '../http/health-metrics.js'
import type { Health } from '../http/live-server.js'
import { MetricsServer } from '../http/metrics-server.js'
import { version } from './version.js'

const json = 'application/json'
/** In seconds: by then another node has taken over, or this one. */
const retryAfter = '2'

interface StandbyHttpOptions {
  readonly settings: Settings['http']
  readonly sight: () => Sight
  readonly metrics: () => Promise<string>
  readonly log: Log
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
}

/** What a node that stands by says over HTTP: its health and figures, and to people, which node serves. */
export class StandbyHttp {
  // eslint-disable-next-line carillon/emitters -- `guardedListener` listens
  readonly #server: HttpServer
  readonly #metrics: MetricsServer | undefined

  constructor(private readonly options: StandbyHttpOptions) {
    const { settings, log, metrics } = options
    // A stranger with many connections must not keep out the program that moves the address.
    const connections = new Connections(settings.connections, settings.trustedProxies, clock)
    const tls = settings.tls && { cert: readFileSync(settings.tls.certificate), key: readFileSync(settings.tls.key) }
    // eslint-disable-next-line carillon/emitters -- `guardedListener` listens
    this.#server = guardedListener(
      { settings, ...(tls && { tls }), connections, log },
      (request, response) => void this.#answer(request, response),
    )
    const live = {
      health: () => this.#health(),
      metrics: async () => ({ contentType: 'text/plain; version=0.0.4; charset=utf-8', text: await metrics() }),
    }
    this.#metrics = settings.metrics && new MetricsServer(settings.metrics, live, log)
  }

  /** Resolves with the URL at which it listens. */
  async start(): Promise<string> {
    const { host, port, tls } = this.options.settings
    await this.#metrics?.start()
    this.#server.listen(port, host)
    await once(this.#server, 'listening')
    const address = this.#server.address()
    const bound = typeof address === 'object' && address ? address.port : port
    return `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${bound}`
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await Promise.all([closed, this.#metrics?.stop()])
  }

  async #answer({ url = '', headers }: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, type, body } = await this.#found(url, headers).catch((error: unknown) => {
      this.options.log.error(`a request failed: ${messageOf(error)}`, { event: 'http.failed' })
      return { status: 500, type: json, body: '{}' }
    })
    response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', 'retry-after': retryAfter })
    response.end(body)
  }

  async #found(url: string, headers: IncomingMessage['headers']): Promise<Answer> {
    const { settings, sight, metrics } = this.options
    if (url === '/health/live') return { status: 200, type: json, body: JSON.stringify({ status: 'live' }) }
    if (url === '/metrics' && !settings.metrics)
      return { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body: await metrics() }
    const isPerson = !url.startsWith('/health/') && headers.accept?.includes('text/html') === true
    if (isPerson)
      return { status: 503, type: 'text/html; charset=utf-8', body: pageFor(sight(), settings.url, headers['accept-language']) }
    const leads = url === '/health/leader' && sight().leader === sight().node
    return { status: leads ? 200 : 503, type: json, body: JSON.stringify(healthDocument(this.#health())) }
  }

  #health(): Health {
    const cluster = this.options.sight()
    const { role, node, leader = 'nobody' } = cluster
    const problem = role === 'lost' ? 'Redis does not answer' : `${leader === node ? 'starting' : 'standby'}: ${leader} leads`
    return { version, problems: [problem], degraded: [], cluster }
  }
}

/** Tells a person which node serves, in French or English. `url`: where the console is. */
function pageFor({ node, leader, since }: Sight, url: string | undefined, languages = ''): string {
  const isFrench = languages.toLowerCase().startsWith('fr')
  const words = isFrench
    ? {
        standsBy: `Le nœud ${node} est en attente.`,
        serves: 'Le service est assuré par',
        nobody: 'Aucun nœud n’assure le service.',
        since: 'depuis',
        open: 'Ouvrir la console',
      }
    : {
        standsBy: `The node ${node} stands by.`,
        serves: 'The node that serves is',
        nobody: 'No node serves.',
        since: 'since',
        open: 'Open the console',
      }
  const at = since === undefined ? '' : `, ${words.since} ${new Date(since).toISOString()}`
  const who = leader === undefined ? words.nobody : `${words.serves} ${leader}${at}.`
  const link = url === undefined ? '' : `<p><a href="${escaped(url)}">${words.open}</a></p>`
  const head = `<meta charset="utf-8"><meta http-equiv="refresh" content="5"><title>Carillon: ${node}</title>`
  return `<!doctype html><html lang="${isFrench ? 'fr' : 'en'}"><head>${head}</head><body><h1>Carillon</h1><p>${words.standsBy} ${who}</p>${link}</body></html>`
}

const escaped = (text: string): string => text.replace(/[&<>"]/g, char => `&#${char.charCodeAt(0)};`)
