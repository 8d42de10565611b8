import type { AgentDocument, CallDocument, QueueDocument } from '../http/documents.js'
import { json, textOption, type Arguments, type Command, type ExitCode, type Output } from './command.js'
import { table } from './table.js'

export const server = {
  server: { type: 'string', value: 'URL', says: 'the running server; default http://127.0.0.1:8080' },
} as const
const defaultServer = 'http://127.0.0.1:8080'

/** The commands that ask a running server, over its HTTP API. */
export const liveCommands: readonly Command[] = [
  listing('agents', 'agents with presence, sign-ins and what they do now', agentsTable),
  listing('queues', 'queues with their waiting calls', queuesTable),
  listing('calls', 'calls that wait, ring or talk now', callsTable),
  signing('sign-in', 'PUT', 'signs a formal agent in to a group'),
  signing('sign-out', 'DELETE', 'signs a formal agent out of a group'),
  {
    name: 'explain',
    usage: 'CALL-ID [--server URL] [--json]',
    summary: 'prints each routing decision of a call with its reasons',
    options: { ...server, ...json },
    takes: { least: 1, most: 1 },
    run: explain,
  },
]

function listing(name: string, summary: string, print: (documents: unknown) => string): Command {
  return {
    name,
    usage: '[--server URL] [--json]',
    summary,
    options: { ...server, ...json },
    takes: { least: 0, most: 0 },
    run: (given, output) =>
      ask(given, output, 'GET', `/api/${name}`, async response => {
        const documents: unknown = await response.json()
        output.out(given.options['json'] === true ? JSON.stringify(documents) : print(documents))
      }),
  }
}

function signing(name: string, method: 'PUT' | 'DELETE', summary: string): Command {
  return {
    name,
    usage: 'AGENT GROUP [--server URL] [--json]',
    summary,
    options: { ...server, ...json },
    takes: { least: 2, most: 2 },
    run(given, output) {
      const [agent = '', group = ''] = given.positionals
      const path = `/api/agents/${encodeURIComponent(agent)}/groups/${encodeURIComponent(group)}/sign-in`
      return ask(given, output, method, path, response => {
        const [, warning] = /"(.*)"/.exec(response.headers.get('warning') ?? '') ?? []
        if (warning !== undefined) output.err(`carillon: ${warning}`)
        const signedIn = method === 'PUT'
        const said = `${agent} is signed ${signedIn ? 'in to' : 'out of'} ${group}`
        output.out(given.options['json'] === true ? JSON.stringify({ agent, group, signedIn }) : said)
        return Promise.resolve()
      })
    },
  }
}

function explain(given: Arguments, output: Output): Promise<ExitCode> {
  const path = `/api/calls/${encodeURIComponent(given.positionals[0] ?? '')}/explain`
  const ready = async (response: Response): Promise<void> => output.out((await response.text()).trimEnd())
  return ask(given, output, 'GET', path, ready, given.options['json'] === true ? 'application/json' : 'text/plain')
}

/** One request; a problem or an unreachable server is named and ends in 1. */
export async function ask(
  given: Arguments,
  output: Output,
  method: string,
  path: string,
  use: (response: Response) => Promise<void>,
  accept = 'application/json',
): Promise<ExitCode> {
  const base = textOption(given, 'server') ?? defaultServer
  if (!URL.canParse(path, base)) {
    output.err(`carillon: '${base}' is not a URL such as ${defaultServer}`)
    return 2
  }
  try {
    const response = await fetch(new URL(path, base), { method, headers: { accept } })
    if (response.ok) {
      await use(response)
      return 0
    }
    output.err(`carillon: ${await problemOf(response)}`)
  } catch (error) {
    // fetch hides the reason (connection refused, reset) in the cause.
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)
    output.err(`carillon: no answer from ${base} (${cause}); is the server running, and is this its http.listen?`)
  }
  return 1
}

async function problemOf(response: Response): Promise<string> {
  const text = await response.text()
  try {
    const problem: unknown = JSON.parse(text)
    if (typeof problem === 'object' && problem !== null && 'detail' in problem) return String(problem.detail)
  } catch {
    // Not JSON: something other than Carillon answered; its status says most.
  }
  return `the server answered ${response.status} ${response.statusText}`
}

// The server's own documents: their shape is trusted, not checked again.
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

/** Why: once when it is so for every group, else group by group. */
function notOffered({ groups }: AgentDocument): string {
  const [first] = groups
  if (first && groups.every(group => group.excluded === first.excluded)) return words(first.excluded)
  return groups.flatMap(({ name, excluded }) => (excluded === null ? [] : [`${name}: ${words(excluded)}`])).join(', ')
}

/** `homedOnline` as `homed online`. */
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
