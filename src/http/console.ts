import serveFiles from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { existsSync } from 'node:fs'
import { join, sep } from 'node:path'
import type { LiveServer } from './live-server.js'

/** The addresses at which the console shows a page; what is shown, its own code decides. */
const pages = ['/', '/desk', '/wallboard', '/calls', '/calls/:callId', '/groups', '/try', '/login']

const page = 'index.html'
const year = 31_536_000

/** The console (console/), as `npm run build` put it into this folder: its files at their paths, its one page at the address of each. */
export function consoleRoutes(server: FastifyInstance, live: LiveServer, folder: string): void {
  if (!existsSync(join(folder, page))) {
    server.get('/', (_request, reply) =>
      reply
        .code(503)
        .type('text/plain; charset=utf-8')
        .send('The console is not built: run `npm run build`, then start again.\n'),
    )
    return
  }
  void server.register(serveFiles, {
    root: folder,
    index: false,
    wildcard: false,
    cacheControl: false,
    setHeaders: (reply, path) => {
      // The names of assets change with what they hold; the page names them.
      const named = path.includes(`${sep}assets${sep}`)
      void reply.header('cache-control', named ? `public, max-age=${year}, immutable` : 'no-cache')
      void reply.header('x-content-type-options', 'nosniff')
    },
  })
  const show = (request: FastifyRequest, reply: FastifyReply): FastifyReply =>
    reply.headers(pageHeaders(live.phoneServer(request.hostname))).sendFile(page)
  for (const path of pages) server.get(path, show)
}

/** Nothing but what stands here runs, and nothing is asked but this server; of the machine the microphone alone is used. */
function pageHeaders(phoneServer: string | undefined): Record<string, string> {
  const phone = phoneServer === undefined ? '' : ` ${sourceOf(new URL(phoneServer))}`
  return {
    'content-security-policy': [
      "default-src 'self'",
      `connect-src 'self'${phone}`,
      "object-src 'none'",
      "base-uri 'none'",
      "form-action 'self'",
      "frame-ancestors 'none'",
    ].join('; '),
    'permissions-policy': 'microphone=(self), camera=(), geolocation=()',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
  }
}

/** A policy can't name an IPv6 address (CSP3 §2.3.1): the scheme stands for it. */
const sourceOf = ({ protocol, hostname, origin }: URL): string => (hostname.startsWith('[') ? protocol : origin)
