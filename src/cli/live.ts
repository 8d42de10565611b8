import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock, wallNow } from '../foundation/clock.js'
import type { AgentDocument, CallDocument, CallRecordDocument, QueueDocument } from '../http/documents.js'
import { actingCommands } from './acting.js'
import { operatingCommands } from './operating.js'
import { bundleCommand } from './bundle.js'
import { recordingsCommand } from './recordings.js'
import { asking, server, type Ask, type Environment } from './asking.js'
import type { Paint, Tone } from './colours.js'
import { json, textOption, type Arguments, type Command } from './command.js'
import type { ExitCode, Output } from './output.js'
import { localTime, table } from './table.js'

/** Waits between two rounds of `--watch`. Resolves with false to end the watching. */
type Pause = () => Promise<boolean>
const twoSeconds: Pause = () => sleep(2_000, true)

/** The commands that ask a running server over its HTTP API. */
export function liveCommands(env: Environment, pause: Pause = twoSeconds): readonly Command[] {
  const ask = asking(env)
  return [
    listing(ask, pause, {
      name: 'agents',
      summary: 'lists agents with presence, sign-ins and what they do now',
      print: agentsTable,
    }),
    queuesCommand(ask, pause),
    callsCommand(ask, pause),
    healthCommand(ask),
    ...actingCommands(ask),
    ...operatingCommands(ask),
    recordingsCommand(ask),
    telling(
      ask,
      'explain',
      "prints each routing decision of a call with its reasons; CALL-ID is Carillon's own id of the call or the SIP Call-ID of one of its legs",
    ),
    bundleCommand(ask),
    ladderCommand(
      ask,
      'draws the SIP messages of a call between the caller, Carillon and the phones, as far back as they are stored; --pcap saves them for Wireshark; CALL-ID as for explain',
    ),
  ]
}

interface List {
  readonly name: string
  readonly summary: string
  readonly print: (documents: unknown, paint: Paint | undefined) => string
  /** A request that comes first. It is only made for text, not for JSON. */
  readonly before?: (given: Arguments, output: Output) => Promise<ExitCode>
}

function listing(ask: Ask, pause: Pause, { name, summary, print, before }: List): Command {
  return {
    name,
    usage: '[--watch] [--server URL] [--token TOKEN] [--json]',
    summary,
    options: { watch: { type: 'boolean', says: 'prints it again every 2 s, until Ctrl-C' }, ...server, ...json },
    takes: { least: 0, most: 0 },
    async run(given, output) {
      const isJson = given.options['json'] === true
      const once = async (): Promise<ExitCode> => {
        const code = isJson ? 0 : ((await before?.(given, output)) ?? 0)
        if (code !== 0) return code
        return ask(given, output, {
          path: `/api/${name}`,
          async use(response) {
            const documents: unknown = await response.json()
            output.out(isJson ? JSON.stringify(documents) : print(documents, output.paint))
          },
        })
      }
      let code = await once()
      // A server that does not answer for a moment is asked again.
      while (given.options['watch'] === true && code !== 2 && (await pause())) code = await once()
      return code
    },
  }
}

/** `carillon queues`: lists queues, including the ringing calls. Only the list of calls has those, so it is asked first. */
function queuesCommand(ask: Ask, pause: Pause): Command {
  const ringing = new Map<string, number>()
  const queues = listing(ask, pause, {
    name: 'queues',
    summary: 'lists queues with their waiting and ringing calls',
    print: (documents, paint) => queuesTable(documents, ringing, paint),
    async before(given, output) {
      ringing.clear()
      return ask(given, output, {
        path: '/api/calls',
        async use(response) {
          for (const { queue, state } of (await response.json()) as readonly CallDocument[])
            if (queue !== null && state === 'ringing') ringing.set(queue, (ringing.get(queue) ?? 0) + 1)
        },
      })
    },
  })
  return queues
}

/** `carillon calls`: calls in progress, or the latest calls that ended. */
function callsCommand(ask: Ask, pause: Pause): Command {
  const inProgress = listing(ask, pause, {
    name: 'calls',
    summary: 'lists the calls in progress; with --finished, the latest calls that ended',
    print: callsTable,
  })
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
          output.out(given.options['json'] === true ? JSON.stringify(calls) : finishedTable(calls, output.paint))
        },
      })
    },
  }
}

/** `carillon health`: shows the health of the server, for people and for health checks. Exits with 1 if the server is not ready. */
function healthCommand(ask: Ask): Command {
  return {
    name: 'health',
    usage: '[--server URL] [--json]',
    summary: 'says whether the server takes calls, and what is degraded; exits with 1 if it is not ready',
    options: { ...server, ...json },
    takes: { least: 0, most: 0 },
    run: (given, output) =>
      ask(given, output, {
        path: '/health/ready',
        also: 503,
        async use(response) {
          const health = (await response.json()) as HealthDocument
          if (given.options['json'] === true) output.out(JSON.stringify(health))
          else sayHealth(health, output)
        },
      }),
  }
}

function sayHealth({ status, version, problems, degraded }: HealthDocument, output: Output): void {
  const say = (tone: Tone, line: string): void => output.out(output.paint?.(tone, line) ?? line)
  say(problems.length > 0 ? 'bad' : degraded.length > 0 ? 'fair' : 'good', status)
  // A server of version 0.1 does not tell its version.
  if (version !== undefined) output.out(`Carillon ${version}`)
  for (const problem of problems) say('bad', problem)
  for (const each of degraded) say('fair', `degraded: ${each}`)
}

interface HealthDocument {
  readonly status: string
  readonly version?: string
  readonly problems: readonly string[]
  readonly degraded: readonly string[]
}

/** A command that prints what the server says about a call, as text. */
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

/** `carillon ladder`: prints the ladder, or saves it as a capture file. */
function ladderCommand(ask: Ask, summary: string): Command {
  const printed = telling(ask, 'ladder', summary)
  return {
    ...printed,
    usage: printed.usage.replace('CALL-ID', 'CALL-ID [--pcap FILE]'),
    options: {
      pcap: { type: 'string', value: 'FILE', says: 'saves the messages in FILE, for Wireshark and sngrep, and prints nothing' },
      ...printed.options,
    },
    run(given, output) {
      const file = textOption(given, 'pcap')
      if (file === undefined) return printed.run(given, output)
      return ask(given, output, {
        path: `/api/calls/${encodeURIComponent(given.positionals[0] ?? '')}/ladder?form=pcap`,
        accept: 'application/vnd.tcpdump.pcap',
        async use({ body }) {
          if (body) await pipeline(Readable.fromWeb(body), createWriteStream(file, { mode: 0o600 }))
        },
      })
    },
  }
}

// The documents below come from our own server, so their shape is trusted and not checked again.
function agentsTable(documents: unknown, paint?: Paint): string {
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
  return table(['AGENT', 'PRESENCE', 'BECAUSE', 'ACTIVITY', 'GROUPS', 'CALL', 'NOT OFFERED CALLS'], rows, paint)
}

/** Why the agent gets no offers: one reason if it is the same for every group, otherwise one per group. */
function notOffered({ groups }: AgentDocument): string {
  const [first] = groups
  if (first && groups.every(group => group.excluded === first.excluded)) return words(first.excluded)
  return groups.flatMap(({ name, excluded }) => (excluded === null ? [] : [`${name}: ${words(excluded)}`])).join(', ')
}

/** Turns `homedOnline` into `homed online`. */
const words = (reason: string | null): string => (reason ?? '').replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`)

function queuesTable(documents: unknown, ringing: ReadonlyMap<string, number>, paint?: Paint): string {
  const rows = (documents as readonly QueueDocument[]).map(queue => [
    queue.name,
    String(queue.waitingCalls),
    String(ringing.get(queue.name) ?? 0),
    `${Math.round(queue.oldestWait)}s`,
    queue.groups.join(', '),
  ])
  return table(['QUEUE', 'WAITING', 'RINGING', 'OLDEST', 'GROUPS'], rows, paint)
}

function callsTable(documents: unknown, paint?: Paint): string {
  const rows = (documents as readonly CallDocument[]).map(call => [
    call.callId,
    call.workflow,
    call.queue ?? '',
    call.state,
    forHowLong(call.since),
    call.position === null ? '' : String(call.position),
    // A server of version 0.1 does not name the target.
    call.agent ?? call.forwardingTo ?? call.offers.map(offer => offer.agent).join(', '),
  ])
  return table(['CALL', 'WORKFLOW', 'QUEUE', 'STATE', 'FOR', 'POSITION', 'AGENT'], rows, paint)
}

function finishedTable(calls: readonly CallRecordDocument[], paint?: Paint): string {
  const rows = calls.map(call => [
    call.callId,
    call.workflow,
    call.caller,
    localTime(call.arrivedAt),
    `${Math.round(call.talked)}s`,
    call.outcome,
    call.agent ?? call.forwardedTo ?? '',
  ])
  return table(['CALL', 'WORKFLOW', 'CALLER', 'ARRIVED', 'TALKED', 'OUTCOME', 'WITH'], rows, paint)
}

/** The time since this moment, such as `3 min`. */
function forHowLong(since: string): string {
  const seconds = Math.max(0, Math.round((wallNow(systemClock) - Date.parse(since)) / 1000))
  if (seconds < 60) return `${seconds} s`
  return seconds < 3_600
    ? `${Math.floor(seconds / 60)} min`
    : `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`
}
