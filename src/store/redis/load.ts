import { wallTime } from '../../foundation/time.js'
import { agentUri, callId, groupName } from '../../routing/world/ids.js'
import type { KeptRun, KeptState } from '../port.js'
import type { HashName } from './changes.js'
import { keysOf } from './claim.js'
import type { RedisConnection } from './connection.js'
import { texts } from './records.js'
import { loadScript } from './scripts.js'

type Fields = readonly (readonly [field: string, value: string])[]

/** All fields that outlive the process, by hash. */
export type Loaded = Readonly<Record<HashName, Fields>>

interface Everything {
  readonly loaded: Loaded
  /** When somebody wrote last. */
  readonly wrote: number
  /** The place of the newest entry of the audit log. */
  readonly newestEntry: string
}

export async function loadAll(redis: RedisConnection): Promise<Everything> {
  const reply = await redis.run(loadScript, keysOf(redis), [])
  const [wrote, ...hashes] = Array.isArray(reply) ? (reply as readonly unknown[]) : []
  const newestEntry = String(hashes.pop())
  const [signIns, pointers, calls, registrations, choices, agents, run] = hashes.map(fieldsIn)
  if (!signIns || !pointers || !calls || !registrations || !choices || !agents || !run)
    throw new Error('Redis sent an unknown answer')
  return {
    loaded: { 'sign-ins': signIns, pointers, calls, registrations, choices, agents, run },
    wrote: Number(wrote),
    newestEntry,
  }
}

/** A list of names, each with its value after it. */
function fieldsIn(reply: unknown): Fields {
  const all = texts(reply)
  return all.flatMap((field, index) => {
    const value = all[index + 1]
    return index % 2 === 0 && value !== undefined ? [[field, value] as const] : []
  })
}

export function keptIn(loaded: Loaded, wrote: number): KeptState {
  const lastRun = runIn(loaded.run)
  return {
    signIns: loaded['sign-ins'].flatMap(([field, at]) => {
      const [uri, group] = splitAtSpace(field)
      const agent = agentUri(uri)
      return agent.ok && group !== '' ? [{ agent: agent.value, group: groupName(group), at: wallTime(Number(at)) }] : []
    }),
    pointers: loaded.pointers.flatMap(([group, uri]) => {
      const agent = agentUri(uri)
      return agent.ok ? [{ group: groupName(group), agent: agent.value }] : []
    }),
    liveCalls: loaded.calls.map(([call, state]) => ({ call: callId(call), state })),
    registrations: loaded.registrations.map(([address, state]) => ({ address, state })),
    choices: loaded.choices.map(([agent, state]) => ({ agent, state })),
    agents: loaded.agents.map(([agent, state]) => ({ agent, state })),
    ...(lastRun && { lastRun }),
    ...(wrote > 0 && { wroteAt: wallTime(wrote) }),
  }
}

/** A URI contains no space. */
function splitAtSpace(text: string): [string, string] {
  const at = text.indexOf(' ')
  return [text.slice(0, at), text.slice(at + 1)]
}

function runIn(fields: Fields): KeptRun | undefined {
  const run = new Map(fields)
  const [version, began, ended] = ['version', 'began', 'ended'].map(name => run.get(name))
  if (version === undefined || began === undefined) return undefined
  return { version, beganAt: wallTime(Number(began)), endedAt: ended === undefined ? undefined : wallTime(Number(ended)) }
}
