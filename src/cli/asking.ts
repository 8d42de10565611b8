import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { messageOf } from '../foundation/errors.js'
import { fetchTrusting } from './fetch-trusting.js'
import { textOption, type Arguments } from './command.js'
import { tell, type ExitCode, type Output, type Problem } from './output.js'

/** The options of every command that asks a running server. */
export const server = {
  server: {
    type: 'string',
    value: 'URL',
    says: 'the running server; default: the environment variable CARILLON_SERVER, else http://127.0.0.1:8080',
  },
  token: {
    type: 'string',
    value: 'TOKEN',
    says: 'an API token, made by `carillon make-token`; default: the environment variable CARILLON_TOKEN',
  },
  'token-file': {
    type: 'string',
    value: 'FILE',
    says: 'a file with the token; unlike --token, no other user can see it in the list of processes',
  },
  ca: {
    type: 'string',
    value: 'FILE',
    says: 'PEM certificates to trust besides those of the machine, for https; default: the environment variable CARILLON_CA',
  },
} as const
const defaultServer = 'http://127.0.0.1:8080'

export type Environment = Readonly<Record<string, string | undefined>>

/** Sends one request. If the server reports a problem or can't be reached, prints why and returns 1. */
export type Ask = (given: Arguments, output: Output, asked: Asked) => Promise<ExitCode>

export interface Asked {
  /** Default GET. */
  readonly method?: 'PUT' | 'POST' | 'DELETE'
  readonly path: string
  /** Sent as JSON. */
  readonly body?: unknown
  /** Default JSON. */
  readonly accept?: string
  /** A status other than 2xx whose answer `use` also reads. The exit code is still 1. */
  readonly also?: number
  readonly use: (response: Response) => Promise<void>
}

/** Sends requests to a running server, with the token from the command line or the environment. */
export function asking(env: Environment): Ask {
  return async (given, output, { method = 'GET', path, body, accept = 'application/json', also, use }) => {
    const base = serverOf(given, env)
    if (!isServer(base, output)) return 2
    const files = filesOf(given, env, output)
    if (!files) return 2
    try {
      const { token, authorities } = files
      const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
      const { headers, ...sent } = contentOf(body)
      const request = { method, ...sent, headers: { accept, ...authorization, ...headers } }
      const response = await (authorities === undefined ? fetch : fetchTrusting(authorities))(new URL(path, base), request)
      if (response.ok || response.status === also) {
        await use(response)
        return response.ok ? 0 : 1
      }
      tell(output, await problemOf(response))
    } catch (error) {
      tell(output, { kind: 'unreachable', message: `no answer from ${base} (${noAnswerWords(error)}` })
    }
    return 1
  }
}

/** Whether OpenSSL says that no authority that we trust has signed the certificate. */
const isUntrusted = (error: unknown): boolean =>
  /self[- ]signed|unable to (verify|get)|CERT|certificate/i.test(messageOf(error)) && !/WRONG_VERSION/i.test(messageOf(error))

/** Why there was no answer, and the remedy. The cause of a fetch error has the reason, such as a refused or reset connection. */
function noAnswerWords(error: unknown): string {
  const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const message = messageOf(reason)
  if (/wrong version number/i.test(message)) return 'it speaks no TLS); use http:// instead of https://'
  // HTTP clients refuse to talk to the ports of other protocols, such as SIP.
  if (message === 'bad port') return 'a blocked port); this is a port of another protocol, such as SIP: use that of http.listen'
  const remedy = isUntrusted(reason)
    ? 'if this is your own certificate authority, name it with --ca FILE'
    : 'is the server running, and is this its http.listen?'
  return `${message}); ${remedy}`
}

const contentOf = (body: unknown): { readonly headers?: Readonly<Record<string, string>>; readonly body?: string } =>
  body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }

/** The server that a command asks. */
const serverOf = (given: Arguments, env: Environment): string =>
  textOption(given, 'server') ?? env['CARILLON_SERVER'] ?? defaultServer

/** The token, and the certificates to trust besides those of Node. Undefined: a file can't be read, and the user was told. */
function filesOf(
  given: Arguments,
  env: Environment,
  output: Output,
): { readonly token: string | undefined; readonly authorities: string | undefined } | undefined {
  const read = (option: string, file: string | undefined): string | undefined => {
    try {
      return file === undefined ? undefined : readFileSync(file, 'utf8')
    } catch (error) {
      throw new Error(`--${option} can't be read: ${messageOf(error)}`, { cause: error })
    }
  }
  try {
    const file = textOption(given, 'token-file')
    const token = textOption(given, 'token') ?? read('token-file', file)?.trim() ?? env['CARILLON_TOKEN']
    return { token, authorities: read('ca', textOption(given, 'ca') ?? env['CARILLON_CA']) }
  } catch (error) {
    tell(output, { kind: 'file', message: messageOf(error) })
    return undefined
  }
}

/** Whether the text can be a server's URL. If not, prints why. */
export function isServer(base: string, output: Output): boolean {
  if (URL.canParse('/', base) && /^https?:$/.test(new URL(base).protocol)) return true
  tell(output, { kind: 'usage', message: `'${base}' is not a URL such as ${defaultServer}` })
  return false
}

/** A problem document (RFC 9457) as Carillon sends it. */
const refusal = z.looseObject({ detail: z.string(), requestId: z.string().optional() })

async function problemOf(response: Response): Promise<Problem> {
  const { status, statusText } = response
  const { data } = refusal.safeParse(jsonOf(await response.text()))
  // Something other than Carillon answered, so its status says the most.
  if (!data) return { kind: 'server', message: `the server answered ${status} ${statusText}`, status }
  const { detail, requestId } = data
  const message = `${detail}${status === 401 ? ' (--token, --token-file or CARILLON_TOKEN)' : ''}`
  return { kind: 'server', message, status, ...(requestId !== undefined && { requestId }) }
}

/** The value of a JSON text. Undefined: the text is not JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
