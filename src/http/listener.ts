import { createServer as createHttp, type RequestListener, type Server } from 'node:http'
import { createServer as createHttps } from 'node:https'
import type { HttpSettings } from '../config/settings.js'
import { messageOf } from '../foundation/errors.js'
import type { Log } from '../foundation/log.js'
import { closesAll } from './closes-all.js'
import type { Connections } from './connections.js'
import { Pipelines } from './pipelines.js'

/** In ms. The head of a request is small. A new connection without a request ends after this time too. */
const headersWithin = 15_000
/** In ms, between two requests of a connection. */
const keepAliveTimeout = 30_000
/** The longest time, in ms, that a response may lie unread. */
const unreadFor = 30_000
/** In ms: the longest interval at which Node looks for slow requests, and the share of a request's time limit for this interval. */
const longestInterval = 5_000
const partsOfLimit = 6

interface ListenerOptions {
  readonly settings: Pick<HttpSettings, 'connections'>
  /** PEM texts for https. */
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer }
  readonly connections: Connections
  readonly log: Log
}

/** A server that does not listen yet, with all limits for connections and for requests that wait. */
export function guardedListener({ connections, log, ...config }: ListenerOptions, handle: RequestListener): Server {
  const pipelines = new Pipelines(
    (why, socket) => connections.closed(why, socket),
    error => log.error(`a request failed: ${messageOf(error)}`, { event: 'http.failed' }),
  )
  const server = bareListener(config)
  pipelines.serve(server, handle)
  pipelines.guard(server, unreadFor)
  connections.guard(server)
  // A connection can't be accepted, for example because no file descriptor is free. The next one may work.
  server.on('error', error => {
    // A failed start is reported by the code that requested it.
    if (server.listening) log.warn(`HTTP socket: ${error.message}; it goes on`, { event: 'http.socket' })
  })
  return server
}

function bareListener({ settings, tls }: Pick<ListenerOptions, 'settings' | 'tls'>): Server {
  const { requestWithin } = settings.connections
  const times = {
    requestTimeout: requestWithin,
    headersTimeout: Math.min(headersWithin, requestWithin),
    connectionsCheckingInterval: Math.min(longestInterval, Math.ceil(requestWithin / partsOfLimit)),
    keepAliveTimeout,
    requireHostHeader: false,
  }
  return closesAll(tls ? createHttps({ ...times, handshakeTimeout: times.headersTimeout, ...tls }) : createHttp(times))
}
