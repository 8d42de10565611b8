import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import Negotiator from 'negotiator'
import { extname, join, relative, sep } from 'node:path'
import type { LiveServer } from './live-server.js'

/** The paths at which the console has a page. The console's code decides what the page shows. */
const pages = ['/', '/desk', '/wallboard', '/calls', '/calls/:callId', '/groups', '/try', '/login']

const page = 'index.html'
const year = 31_536_000

/** Content types of the files that `npm run build` makes. */
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
}

/** The build writes these compressed copies beside a file if they are smaller. The smallest comes first. */
const codings = [
  { name: 'br', ending: '.br' },
  { name: 'gzip', ending: '.gz' },
] as const
/** The longest Accept-Encoding that is read, in characters. */
const longestAccepted = 256
const codingNames: readonly string[] = codings.map(({ name }) => name)

/** A file, or a compressed copy of it. */
interface Form {
  readonly bytes: Buffer
  readonly headers: Readonly<Record<string, string>>
}

interface ConsoleFile {
  readonly plain: Form
  /** Compressed copies by coding. */
  readonly compressed: ReadonlyMap<string, Form>
}

/** Answers a person's request for an unknown address with the console's page, which says so. Undefined: a program sent the request. */
export type ShowsUnknown = (request: FastifyRequest, reply: FastifyReply) => FastifyReply | undefined

/**
 * The console (console/) as `npm run build` put it into this folder: the files at their paths, and the one page at each address. All files
 * are read once and kept, because requests of strangers must not open files.
 */
export function consoleRoutes(server: FastifyInstance, live: LiveServer, folder: string): ShowsUnknown {
  const files = filesIn(folder)
  const shown = files.get(`/${page}`)
  if (!shown) {
    server.get('/', (_request, reply) =>
      reply
        .code(503)
        .type('text/plain; charset=utf-8')
        .send('The console is not built: run `npm run build`, then start again.\n'),
    )
    return () => undefined
  }
  // The console's code knows no page at the path of the page's own file.
  server.get(`/${page}`, (_request, reply) => reply.redirect('/'))
  files.delete(`/${page}`)
  // A colon would start a parameter.
  for (const [path, file] of files) server.get(path.replaceAll(':', '::'), (request, reply) => send(request, reply, file))
  const show = (request: FastifyRequest, reply: FastifyReply): FastifyReply =>
    send(request, reply.headers(pageHeaders(phoneServerOf(live, request))), shown)
  for (const path of pages) server.get(path, show)
  return (request, reply) => (isForPeople(request) ? show(request, reply.code(404)) : undefined)
}

/** Whether a person typed or followed this address. Scripts and programs want data, and get problem details. */
const isForPeople = ({ method, url, headers: { accept = '' } }: FastifyRequest): boolean =>
  method === 'GET' && /\btext\/html\b/.test(accept) && !/^\/(?:api|assets)(?:[/?]|$)/.test(url)

function send(request: FastifyRequest, reply: FastifyReply, file: ConsoleFile): FastifyReply {
  const { bytes, headers } = formFor(request, file)
  void reply.headers(headers)
  return reply.statusCode === 200 && request.headers['if-none-match'] === headers['etag']
    ? reply.code(304).send()
    : reply.send(bytes)
}

/** The smallest form that the client accepts. */
function formFor({ headers }: FastifyRequest, { plain, compressed }: ConsoleFile): Form {
  const accepted = headers['accept-encoding']
  // No browser sends a longer header, and reading it takes time.
  if (compressed.size === 0 || accepted === undefined || accepted.length > longestAccepted) return plain
  const [best] = new Negotiator({ headers }).encodings([...compressed.keys(), 'identity'], { preferred: codingNames })
  return (best !== undefined && compressed.get(best)) || plain
}

/** The files by URL path. Empty if nothing was built. */
function filesIn(folder: string): Map<string, ConsoleFile> {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
    const contents = new Map(entries.map(({ parentPath, name }) => contentOf(folder, join(parentPath, name))))
    const paths = [...contents.keys()].filter(path => !codings.some(({ ending }) => path.endsWith(ending)))
    return new Map(paths.map(path => [path, fileAt(path, contents)]))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new Map()
    throw error
  }
}

function contentOf(folder: string, file: string): [path: string, bytes: Buffer] {
  return [`/${relative(folder, file).split(sep).join('/')}`, readFileSync(file)]
}

/** The file at this path, with its compressed copies. */
function fileAt(path: string, contents: ReadonlyMap<string, Buffer>): ConsoleFile {
  // An asset has a new name whenever its content changes, and the page contains the name.
  const isNamed = path.startsWith('/assets/')
  const shared = {
    'cache-control': isNamed ? `public, max-age=${year}, immutable` : 'no-cache',
    'content-type': types[extname(path)] ?? 'application/octet-stream',
  }
  const copies = codings.flatMap(({ name, ending }) => {
    const bytes = contents.get(`${path}${ending}`)
    return bytes ? [{ name, bytes }] : []
  })
  const varying = { ...shared, ...(copies.length > 0 && { vary: 'Accept-Encoding' }) }
  const form = (bytes: Buffer, coding?: string): Form => ({
    bytes,
    headers: { ...varying, etag: etagOf(bytes), ...(coding !== undefined && { 'content-encoding': coding }) },
  })
  return {
    plain: form(contents.get(path) ?? Buffer.alloc(0)),
    compressed: new Map(copies.map(({ name, bytes }) => [name, form(bytes, name)])),
  }
}

/** Each form has its own ETag (RFC 9110 §8.8.3.3). */
const etagOf = (bytes: Buffer): string => `"${createHash('sha256').update(bytes).digest('base64url')}"`

/** Undefined: there is no such address, or the request does not say by which name it reaches this machine. */
function phoneServerOf(live: LiveServer, { hostname }: FastifyRequest): URL | undefined {
  const server = live.phoneServer(hostname)
  return server !== undefined && URL.canParse(server) ? new URL(server) : undefined
}

/** The page loads files only from this server, and connects only to it and to the phone server. It may use the microphone only. */
function pageHeaders(phoneServer: URL | undefined): Record<string, string> {
  const phone = phoneServer === undefined ? '' : ` ${originOf(phoneServer)}`
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

/** A policy can't contain an IPv6 address (CSP3 §2.3.1), so the scheme is used instead. */
const originOf = ({ protocol, hostname, origin }: URL): string => (hostname.startsWith('[') ? protocol : origin)
