import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { get, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as measured } from 'node:timers/promises'
import { agentUri, configFiles, writeConfig } from '../../test/wire/harness/config.js'
import { eventually } from '../../test/wire/harness/eventually.js'
import { Kamailio } from '../../test/wire/harness/kamailio.js'
import { presenceOf, Publisher } from '../../test/wire/harness/publisher.js'
import { CarillonServer } from '../../test/wire/harness/server.js'
import type { BenchOptions } from './options.js'
import { usageOf } from './usage.js'

const watched = 5000
const perSecond = 200
/** PUBLISHes at once: as many as Kamailio's socket stands. */
const publishing = 20
const changes = 300
const calmSeconds = 20
const patience = 300_000

/** 5,000 agents of whom a Kamailio tells by two subscriptions each: until all are known, while nothing changes, and how soon a change is here. */
export async function measurePresence(options: BenchOptions): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-bench-'))
  const pbx = await Kamailio.start(folder, { memoryMb: 512 })
  const phone = await Publisher.open()
  let server: CarillonServer | undefined
  try {
    await publishAll(phone, pbx)
    await writePresenceConfig(join(folder, 'config'), pbx.port)
    server = await CarillonServer.start({
      configFolder: join(folder, 'config'),
      logLevel: options.logLevel,
      logFile: join(folder, 'server.log'),
    })
    return [
      `${watched} agents watched by presence and dialog at a Kamailio, ${perSecond} subscriptions begun a second:`,
      await untilKnown(server, 'all are known'),
      await calm(server),
      await changed(server, phone, pbx),
    ]
  } finally {
    phone.close()
    await server?.kill()
    await pbx.kill()
    await rm(folder, { recursive: true, force: true })
  }
}

const nameOf = (number: number): string => `agent${number}`

async function writePresenceConfig(folder: string, pbx: number): Promise<void> {
  const agents = Array.from({ length: watched }, (_, number) => nameOf(number))
  const groups = [{ name: 'all', method: 'longestIdle' as const, agents }]
  const presence = { default: ['subscribe'], subscribe: { perSecond, expires: '1h' } }
  const entries = agents.map(name => ({ name, contact: `sip:${name}@127.0.0.1:9` }))
  await writeConfig(folder, configFiles({ agents: entries, groups, outboundProxy: `sip:127.0.0.1:${pbx}`, presence }))
}

/** What each agent's phone says to Kamailio, before anybody watches. */
async function publishAll(phone: Publisher, pbx: Kamailio): Promise<void> {
  const to = `127.0.0.1:${pbx.port}`
  const numbers = Array.from({ length: watched }, (_, number) => number).values()
  const some = async (): Promise<void> => {
    for (const number of numbers) {
      const agent = agentUri(nameOf(number))
      await phone.publish(to, agent, 'presence', presenceOf(agent), { expires: 3600 })
    }
  }
  await Promise.all(Array.from({ length: publishing }, some))
}

/** From now until all subscriptions stand and all agents are available. */
async function untilKnown(server: CarillonServer, what: string): Promise<string> {
  const before = usageOf(server.pid)
  const from = performance.now()
  const all = async (): Promise<boolean> => {
    await measured(250)
    const active = await server.metric('carillon_presence_subscriptions', { state: 'active' })
    return active === 2 * watched && (await server.metric('carillon_agents', { state: 'available' })) === watched
  }
  await eventually(what, all, patience)
  const after = usageOf(server.pid)
  const took = performance.now() - from
  const each = (after.rssKiB - before.rssKiB) / watched
  return (
    `  ${what} after ${(took / 1000).toFixed(1)} s; ${(((after.cpuMs - before.cpuMs) / took) * 100).toFixed(0)} % of a core, ` +
    `${((after.cpuMs - before.cpuMs) / watched).toFixed(2)} ms an agent; ${each.toFixed(1)} kB of RSS an agent`
  )
}

async function calm(server: CarillonServer): Promise<string> {
  await measured(5_000)
  const before = usageOf(server.pid)
  await measured(calmSeconds * 1000)
  const used = usageOf(server.pid)
  const share = (used.cpuMs - before.cpuMs) / (calmSeconds * 10)
  return `  while nothing changes: ${share.toFixed(1)} % of a core, ${Math.round(used.rssKiB / 1024)} MB of RSS in all`
}

/** Each change goes from a phone's PUBLISH by way of Kamailio's NOTIFY to what the API's stream of events tells. */
async function changed(server: CarillonServer, phone: Publisher, pbx: Kamailio): Promise<string> {
  const shown = new Map<string, (at: number) => void>()
  const events = get(new URL('/api/events', server.http), stream =>
    followAgents(stream, (agent, state) => {
      if (state === 'away') shown.get(agent)?.(performance.now())
    }),
  )
  await once(events, 'response')
  const took: number[] = []
  for (let number = 0; number < changes; number += 1) {
    const agent = agentUri(nameOf((number * 7) % watched))
    const seen = new Promise<number>(resolve => shown.set(agent, resolve))
    const from = performance.now()
    const { status } = await phone.publish(`127.0.0.1:${pbx.port}`, agent, 'presence', presenceOf(agent, 'away'), {
      expires: 3600,
    })
    if (status !== 200) throw new Error(`Kamailio refuses a PUBLISH: ${status}`)
    took.push((await seen) - from)
  }
  events.destroy()
  const ordered = took.sort((a, b) => a - b)
  const share = (part: number): string => (ordered[Math.floor(part * (ordered.length - 1))] ?? NaN).toFixed(1)
  return `  from a phone's PUBLISH at Kamailio to the agent's new state here: median ${share(0.5)} ms, p99 ${share(0.99)} ms, worst ${share(1)} ms`
}

/** Tells each agent of whom `/api/events` tells. */
function followAgents(stream: IncomingMessage, told: (agent: string, state: string) => void): void {
  let text = ''
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    const events = (text + chunk).split('\n\n')
    text = events.pop() ?? ''
    for (const event of events) {
      const [, data] = /^event: agent\ndata: (.*)$/m.exec(event) ?? []
      if (data === undefined) continue
      const { uri, presence } = JSON.parse(data) as { uri: string; presence: { state: string } }
      told(uri, presence.state)
    }
  })
}
