import type { AgentDocument, CallDocument, CallRecordDocument, QueueDocument } from '../http/documents.js'
import { agentUri } from '../routing/world/ids.js'
import { readFileSync } from 'node:fs'
import { messageOf } from '../foundation/errors.js'
import { json, textOption, type Arguments, type Command, type ExitCode, type Output } from './command.js'
import { table } from './table.js'

export const server = {
  server: {
    type: 'string',
    value: 'URL',
    says: 'the running server; default: the environment variable CARILLON_SERVER, else http://127.0.0.1:8080',
  },
  token: {
    type: 'string',
    value: 'TOKEN',
    says: 'a token of users.yaml, made by `carillon make-token`; default: the environment variable CARILLON_TOKEN',
  },
  'token-file': {
    type: 'string',
    value: 'FILE',
    says: 'a file with the token; unlike --token, no other user can see it in the list of processes',
  },
} as const
const defaultServer = 'http://127.0.0.1:8080'

type Environment = Readonly<Record<string, string | undefined>>

/** Sends one request. If the server reports a problem or can't be reached, prints why and returns 1. */
export type Ask = (given: Arguments, output: Output, asked: Asked) => Promise<ExitCode>

export interface Asked {
  /** Default GET. */
  readonly method?: 'PUT' | 'DELETE'
  readonly path: string
  /** Default JSON. */
  readonly accept?: string
  /** A status besides 2xx that has an answer for `use`. The exit code is 1 all the same. */
  readonly also?: number
  readonly use: (response: Response) => Promise<void>
}

/** The commands that ask a running server over its HTTP API. */
export function liveCommands(env: Environment): readonly Command[] {
  const ask = asking(env)
  return [
    listing(ask, 'agents', 'lists agents with presence, sign-ins and what they do now', agentsTable),
    listing(ask, 'queues', 'lists queues with their waiting calls', queuesTable),
    callsCommand(ask),
    healthCommand(ask),
    signing(ask, 'sign-in', 'PUT', 'signs a formal agent in to a group'),
    signing(ask, 'sign-out', 'DELETE', 'signs a formal agent out of a group'),
    telling(
      ask,
      'explain',
      "prints each routing decision of a call with its reasons; CALL-ID is Carillon's own id of the call or the SIP Call-ID of one of its legs",
    ),
    telling(
      ask,
      'ladder',
      'draws the SIP messages of a call between the caller, Carillon and the phones, as far back as they are stored; CALL-ID as for explain',
    ),
  ]
}

/** Sends requests to a running server, with the token from the command line or the environment. */
export function asking(env: Environment): Ask {
  return async (given, output, { method = 'GET', path, accept = 'application/json', also, use }) => {
    const base = serverOf(given, env)
    if (!isServer(base, output)) return 2
    const token = tokenOf(given, env, output)
    if (token === 'unreadable') return 2
    try {
      const headers = { accept, ...(token && { authorization: `Bearer ${token.text}` }) }
      const response = await fetch(new URL(path, base), { method, headers })
      if (response.ok || response.status === also) {
        await use(response)
        return response.ok ? 0 : 1
      }
      output.err(`carillon: ${await problemOf(response)}`)
    } catch (error) {
      // fetch puts the reason (connection refused, reset) into the cause.
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)
      output.err(`carillon: no answer from ${base} (${cause}); is the server running, and is this its http.listen?`)
    }
    return 1
  }
}

/** The server that a command asks. */
export const serverOf = (given: Arguments, env: Environment): string =>
  textOption(given, 'server') ?? env['CARILLON_SERVER'] ?? defaultServer

/** Undefined: there is none. */
function tokenOf(given: Arguments, env: Environment, output: Output): { readonly text: string } | 'unreadable' | undefined {
  const said = textOption(given, 'token')
  const file = textOption(given, 'token-file')
  try {
    const text = said ?? (file === undefined ? env['CARILLON_TOKEN'] : readFileSync(file, 'utf8').trim())
    return text === undefined ? undefined : { text }
  } catch (error) {
    output.err(`carillon: --token-file can't be read: ${messageOf(error)}`)
    return 'unreadable'
  }
}

/** Whether the text can be a server's URL. If not, prints why. */
export function isServer(base: string, output: Output): boolean {
  if (URL.canParse('/', base) && /^https?:$/.test(new URL(base).protocol)) return true
  output.err(`carillon: '${base}' is not a URL such as ${defaultServer}`)
  return false
}

function listing(ask: Ask, name: string, summary: string, print: (documents: unknown) => string): Command {
  return {
    name,
    usage: '[--server URL] [--token TOKEN] [--json]',
    summary,
    options: { ...server, ...json },
    takes: { least: 0, most: 0 },
    run: (given, output) =>
      ask(given, output, {
        path: `/api/${name}`,
        async use(response) {
          const documents: unknown = await response.json()
          output.out(given.options['json'] === true ? JSON.stringify(documents) : print(documents))
        },
      }),
  }
}

/** `carillon calls`: calls in progress, or the latest calls that ended. */
function callsCommand(ask: Ask): Command {
  const inProgress = listing(
    ask,
    'calls',
    'lists the calls in progress; with --finished, the latest calls that ended',
    callsTable,
  )
  const finished = { type: 'boolean', says: 'lists the latest 25 calls that ended' } as const
  return {
    ...inProgress,
    usage: `[--finished] ${inProgress.usage}`,
    options: { finished, ...inProgress.options },
    run(given, output) {
      if (given.options['finished'] !== true) return inProgress.run(given, output)
      return ask(given, output, {
        path: '/api/calls?state=finished&limit=25',
        async use(response) {
          const { calls } = (await response.json()) as { readonly calls: readonly CallRecordDocument[] }
          output.out(given.options['json'] === true ? JSON.stringify(calls) : finishedTable(calls))
        },
      })
    },
  }
}

/** `carillon health`: for people and for health checks. Exits with 1 if the server is not ready. */
function healthCommand(ask: Ask): Command {
  return {
    name: 'health',
    usage: '[--server URL] [--json]',
    summary: 'says whether the server takes calls, and what works worse than it should; exits with 1 if it is not ready',
    options: { ...server, ...json },
    takes: { least: 0, most: 0 },
    run: (given, output) =>
      ask(given, output, {
        path: '/health/ready',
        also: 503,
        async use(response) {
          const health = (await response.json()) as HealthDocument
          const { status, problems, degraded } = health
          if (given.options['json'] === true) output.out(JSON.stringify(health))
          else for (const line of [status, ...problems, ...degraded.map(each => `degraded: ${each}`)]) output.out(line)
        },
      }),
  }
}

interface HealthDocument {
  readonly status: string
  readonly problems: readonly string[]
  readonly degraded: readonly string[]
}

function signing(ask: Ask, name: string, method: 'PUT' | 'DELETE', summary: string): Command {
  return {
    name,
    usage: 'AGENT GROUP [--server URL] [--token TOKEN] [--json]',
    summary,
    options: { ...server, ...json },
    takes: { least: 2, most: 2 },
    run(given, output) {
      const [agent = '', group = ''] = given.positionals
      const uri = agentUri(agent)
      if (!uri.ok) {
        output.err(`carillon ${name}: ${uri.fault}`)
        return Promise.resolve(2)
      }
      const path = `/api/agents/${encodeURIComponent(agent)}/groups/${encodeURIComponent(group)}/sign-in`
      const use = (response: Response): Promise<void> => {
        const [, warning] = /"(.*)"/.exec(response.headers.get('warning') ?? '') ?? []
        if (warning !== undefined) output.err(`carillon: ${warning}`)
        const signedIn = method === 'PUT'
        const said = `${agent} is signed ${signedIn ? 'in to' : 'out of'} ${group}`
        output.out(given.options['json'] === true ? JSON.stringify({ agent, group, signedIn }) : said)
        return Promise.resolve()
      }
      return ask(given, output, { method, path, use })
    },
  }
}

/** Prints what the server says about a call, as text. */
function telling(ask: Ask, name: 'explain' | 'ladder', summary: string): Command {
  return {
    name,
    usage: 'CALL-ID [--server URL] [--token TOKEN] [--json]',
    summary,
    options: { ...server, ...json },
    takes: { least: 1, most: 1 },
    run: (given, output) =>
      ask(given, output, {
        path: `/api/calls/${encodeURIComponent(given.positionals[0] ?? '')}/${name}`,
        accept: given.options['json'] === true ? 'application/json' : 'text/plain',
        async use(response) {
          output.out((await response.text()).trimEnd())
        },
      }),
  }
}

async function problemOf(response: Response): Promise<string> {
  const text = await response.text()
  try {
    const problem: unknown = JSON.parse(text)
    if (typeof problem === 'object' && problem !== null && 'detail' in problem) return String(problem.detail)
  } catch {
    // Not JSON: something other than Carillon answered. Its status says the most.
  }
  return `the server answered ${response.status} ${response.statusText}`
}

// The server's own documents. Their shape is trusted and not checked again.
function agentsTable(documents: unknown): string {
  const rows = (documents as readonly AgentDocument[]).map(agent => [
    agent.uri,
    agent.presence.state,
    agent.presence.because,
    agent.activity,
    agent.groups
      .map(group => `${group.name}${group.participationPolicy === 'formal' ? (group.signedIn ? ' (in)' : ' (out)') : ''}`)
      .join(', '),
    agent.callId ?? '',
    notOffered(agent),
  ])
  return table(['AGENT', 'PRESENCE', 'BECAUSE', 'ACTIVITY', 'GROUPS', 'CALL', 'NOT OFFERED CALLS'], rows)
}

/** Why the agent gets no offers: one reason if it is the same for every group, otherwise one per group. */
function notOffered({ groups }: AgentDocument): string {
  const [first] = groups
  if (first && groups.every(group => group.excluded === first.excluded)) return words(first.excluded)
  return groups.flatMap(({ name, excluded }) => (excluded === null ? [] : [`${name}: ${words(excluded)}`])).join(', ')
}

/** Turns `homedOnline` into `homed online`. */
const words = (reason: string | null): string => (reason ?? '').replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`)

function queuesTable(documents: unknown): string {
  const rows = (documents as readonly QueueDocument[]).map(queue => [
    queue.name,
    String(queue.waitingCalls),
    `${Math.round(queue.oldestWait)}s`,
    queue.groups.join(', '),
  ])
  return table(['QUEUE', 'WAITING', 'OLDEST', 'GROUPS'], rows)
}

function callsTable(documents: unknown): string {
  const rows = (documents as readonly CallDocument[]).map(call => [
    call.callId,
    call.workflow,
    call.queue ?? '',
    call.state,
    call.since,
    call.position === null ? '' : String(call.position),
    call.agent ?? call.offers.map(offer => offer.agent).join(', '),
  ])
  return table(['CALL', 'WORKFLOW', 'QUEUE', 'STATE', 'SINCE', 'POSITION', 'AGENT'], rows)
}

function finishedTable(calls: readonly CallRecordDocument[]): string {
  const rows = calls.map(call => [
    call.callId,
    call.workflow,
    call.caller,
    call.arrivedAt,
    `${Math.round(call.talked)}s`,
    call.outcome,
    call.agent ?? call.forwardedTo ?? '',
  ])
  return table(['CALL', 'WORKFLOW', 'CALLER', 'ARRIVED', 'TALKED', 'OUTCOME', 'WITH'], rows)
}
