import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { get, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as measured } from 'node:timers/promises'
import { agentUri, configFiles, writeConfig } from '../../test/wire/harness/config.js'
import { eventually } from '../../test/wire/harness/eventually.js'
import { Kamailio } from '../../test/wire/harness/kamailio.js'
import { dialogOf, presenceOf, Publisher } from '../../test/wire/harness/publisher.js'
import { CarillonServer } from '../../test/wire/harness/server.js'
import { Prober } from './gate.js'
import type { BenchOptions } from './options.js'
import { Tap } from './tap.js'
import { usageOf } from './usage.js'

const watched = 5000
const perSecond = 200
/** How many PUBLISHes are sent at once: as many as Kamailio's socket can take. */
const publishing = 20
const changes = 300
/** Agents with a group of their own, so that a call rings nobody else. */
const gated = 200
const calmSeconds = 20
const patience = 300_000

/**
 * 5,000 agents whose presence Kamailio publishes by two subscriptions each: the time until all are known, the cost while nothing changes,
 * the delay of a change, and the delay until a NOTIFY decides who is rung.
 */
export async function measurePresence(options: BenchOptions): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-bench-'))
  const pbx = await Kamailio.start(folder, { memoryMb: 512 })
  const [phone, tap, prober] = [await Publisher.open(), await Tap.open(pbx.port), await Prober.open()]
  let server: CarillonServer | undefined
  try {
    await publishAll(phone, pbx)
    await writePresenceConfig(join(folder, 'config'), tap.port, prober.port)
    server = await CarillonServer.start({
      configFolder: join(folder, 'config'),
      logLevel: options.logLevel,
      logFile: join(folder, 'server.log'),
    })
    return [
      `${watched} agents watched by presence and dialog at a Kamailio, ${perSecond} subscriptions begun a second:`,
      await untilKnown(server, 'all are known'),
      await calm(server),
      ...(await gate(server, { phone, pbx, tap, prober })),
      await changed(server, phone, pbx),
    ]
  } finally {
    for (const socket of [phone, tap, prober]) socket.close()
    await server?.kill()
    await pbx.kill()
    await rm(folder, { recursive: true, force: true })
  }
}

const nameOf = (number: number): string => `agent${number}`

async function writePresenceConfig(folder: string, pbx: number, phones: number): Promise<void> {
  const agents = Array.from({ length: watched }, (_, number) => nameOf(number))
  const method = 'longestIdle' as const
  const alone = agents.slice(0, gated).map(agent => ({ name: `only-${agent}`, method, agents: [agent] }))
  const groups = [{ name: 'all', method, agents }, ...alone]
  const presence = { default: ['subscribe'], subscribe: { perSecond, expires: '1h' } }
  const entries = agents.map(name => ({ name, contact: `sip:${name}@127.0.0.1:${phones}` }))
  await writeConfig(folder, configFiles({ agents: entries, groups, outboundProxy: `sip:127.0.0.1:${pbx}`, presence }))
}

/** The PUBLISH of each agent's phone to Kamailio, before anybody subscribes. */
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

/** The time until all subscriptions are active and all agents are available. */
async function untilKnown(server: CarillonServer, what: string): Promise<string> {
  const before = usageOf(server.pid)
  const from = performance.now()
  const all = async (): Promise<boolean> => {
    await measured(250)
    const active = await server.metric('carillon_presence_subscriptions', { state: 'active' })
    return active === 2 * watched && (await server.metric('carillon_agents', { group: 'all', state: 'available' })) === watched
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

/** Each change goes from a phone's PUBLISH through Kamailio's NOTIFY to the API's event stream. */
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
  return `  from a phone's PUBLISH at Kamailio to the agent's new state here: ${sharesOf(took)}`
}

interface Surroundings {
  readonly phone: Publisher
  readonly pbx: Kamailio
  readonly tap: Tap
  readonly prober: Prober
}

/** A caller dials right after the NOTIFY for busy, and must wait. The NOTIFY for the end of the call must ring the agent. */
async function gate(server: CarillonServer, { phone, pbx, tap, prober }: Surroundings): Promise<string[]> {
  const [to, sip] = [`127.0.0.1:${pbx.port}`, Number(new URL(`udp://${server.sip()}`).port)]
  const rung = new Map<string, (at: number) => void>()
  let wrongly = 0
  prober.onRung((agent, at) => {
    const awaited = rung.get(agent)
    if (awaited) awaited(at)
    else wrongly += 1
  })
  const [closed, opened]: [number[], number[]] = [[], []]
  for (let number = 0; number < gated; number += 1) {
    const [name, agent] = [nameOf(number), agentUri(nameOf(number))]
    await phone.publish(to, agent, 'presence', presenceOf(agent), { expires: 3600 })
    let call: ReturnType<Prober['dial']> | undefined
    const busy = tap.passed('confirmed', () => (call = prober.dial(sip, `only-${name}`)))
    const { etag } = await phone.publish(to, agent, 'dialog', dialogOf(agent, 'confirmed'), { expires: 3600 })
    const from = await busy
    closed.push(((await call?.waits) ?? NaN) - from)
    const rings = new Promise<number>(resolve => rung.set(name, resolve))
    const over = tap.passed('terminated')
    await phone.publish(to, agent, 'dialog', dialogOf(agent, 'terminated'), { expires: 3600, etag })
    opened.push((await rings) - (await over))
    call?.giveUp()
  }
  return [
    `  from the NOTIFY of a call to a caller who waits, dialled on its heels: ${sharesOf(closed)}; agents rung all the same: ${wrongly} of ${gated}`,
    `  from the NOTIFY that it is over to the INVITE at the agent's phone: ${sharesOf(opened)}`,
  ]
}

function sharesOf(took: readonly number[]): string {
  const ordered = [...took].sort((a, b) => a - b)
  const share = (part: number): string => (ordered[Math.floor(part * (ordered.length - 1))] ?? NaN).toFixed(1)
  return `median ${share(0.5)} ms, p99 ${share(0.99)} ms, worst ${share(1)} ms`
}

/** Reports each agent that `/api/events` names. */
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
