import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { asteriskDialect } from '../../test/fakes/pbx-documents.js'
import { eventually } from '../../test/wire/harness/eventually.js'
import { agentUri } from '../../test/wire/harness/config.js'
import { Caller, type Plan, type Story } from './callers.js'
import { Chance } from './chance.js'
import { Edits } from './edits.js'
import { Lives } from './lives.js'
import type { SoakOptions } from './options.js'
import { Peer } from './peer.js'
import { Phones } from './phones.js'
import { readRecords, type Records } from './records.js'
import { dialled, Site, type Dialled } from './site.js'
import { Watchers } from './watchers.js'

/** All parts of a soak test, and all that it saw. */
export interface Soak {
  readonly folder: string
  readonly options: SoakOptions
  readonly lives: Lives
  readonly edits: Edits
  readonly phones: Phones
  readonly watchers: Watchers
  readonly peers: { readonly callers: Peer; readonly pbx: Peer }
  readonly stories: Story[]
  /** Callers whose calls are in progress. */
  readonly callers: Set<Caller>
  readonly restarts: { readonly kind: 'killed' | 'left'; readonly from: number; to: number }[]
  /** What did not end after the load was over. */
  readonly leftOver: string[]
  records: Records | undefined
}

/** No restart in the last part of a run, because growth shows only in a long life. */
const restartsUntil = 0.6
const tickMs = 50
const endsWithin = 150_000
const signInEvery = 15
const elsewhereEvery = 2

/** Runs the load to its end. The code that called it checks the result and closes everything. */
export async function runSoak(options: SoakOptions, say: (line: string) => void): Promise<Soak> {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-soak-'))
  const sink = await openSink()
  const soak = await open(folder, options, sink.address().port)
  try {
    await soak.edits.write()
    await began(soak)
    const load = new Load(soak, sink.address().port)
    const end = performance.now() + options.minutes * 60_000
    load.start()
    await disrupt(soak, end, say)
    load.stop()
    await untilOver(soak, say)
  } finally {
    for (const peer of Object.values(soak.peers)) peer.close()
    sink.close()
    if (soak.lives.isUp) await soak.lives.kill()
  }
  return soak
}

export async function forget(soak: Soak): Promise<void> {
  await rm(soak.folder, { recursive: true, force: true })
}

/** Receives the sound for all peers. */
async function openSink(): Promise<Socket> {
  const socket = createSocket('udp4')
  socket.on('message', () => undefined)
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return socket
}

async function open(folder: string, options: SoakOptions, sink: number): Promise<Soak> {
  const peers = { callers: await Peer.open(), pbx: await Peer.open() }
  const site = new Site(options)
  const lives = new Lives(folder, options.logLevel)
  const watchers = new Watchers(peers.pbx, asteriskDialect(), extension => lagOf(extension))
  const phones = new Phones({
    ...{ peer: peers.pbx, watchers, chance: new Chance(options.seed + 1), sink, colleagues: site.agents },
    unwritten: options.unwritten,
    isSingle: extension => site.isSingle(extension),
    ended: () => undefined,
  })
  const edits = new Edits(site, lives, folder, { pbx: peers.pbx.port })
  const seen = { stories: [], callers: new Set<Caller>(), restarts: [], leftOver: [], records: undefined }
  return { folder, options, lives, edits, phones, watchers, peers, ...seen }
}

/** Each extension has a delay of its own, 0 to 900 ms, so that presence reports arrive before and after later events. */
const lagOf = (extension: string): number => (Number(/\d+$/.exec(extension)?.[0] ?? 0) % 10) * 100

/** Starts a server, and tells the peers its port. */
async function began({ lives, edits, peers }: Soak): Promise<void> {
  const server = await lives.start()
  if (lives.all.length === 1) await edits.write(server.listening)
  for (const peer of Object.values(peers)) peer.server = Number(server.sip().split(':').at(-1))
}

// ---- load

class Load {
  readonly #chance: Chance
  readonly #began = performance.now()
  #timer: NodeJS.Timeout | undefined
  #dialled = 0

  constructor(
    private readonly soak: Soak,
    private readonly sink: number,
  ) {
    this.#chance = new Chance(soak.options.seed)
  }

  start(): void {
    this.#timer = setInterval(() => {
      const due = Math.floor(((performance.now() - this.#began) / 1000) * this.soak.options.rate)
      for (; this.#dialled < due; this.#dialled += 1) this.#dial(this.#dialled)
    }, tickMs)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #dial(number: number): void {
    const { stories, callers, peers } = this.soak
    const name = this.#chance.weighed(dialled)
    const context = { peer: peers.callers, sink: this.sink, ended: () => callers.delete(caller) }
    const caller = new Caller(context, name, this.#plan(name), `sip:+1555${String(number).padStart(7, '0')}@127.0.0.1`)
    stories.push(caller.story)
    callers.add(caller)
    void caller.begin()
  }

  #plan(name: Dialled): Plan {
    const chance = this.#chance
    const ms = chance.between(200, 900)
    if (name === 'lobby' && chance.next() < 0.8) return { kind: 'leaves', after: chance.between(200, 6_000) }
    if (name === 'music') return { kind: chance.next() < 0.8 ? 'hears' : 'holds', ms: ms + 500 }
    if (name === 'tight') return { kind: 'talks', ms: ms * 4 }
    const kind = chance.weighed({ talks: 80, holds: 6, listens: 6, leaves: 8 })
    if (kind === 'listens') return { kind }
    return kind === 'leaves' ? { kind, after: chance.between(0, 1_500) } : { kind, ms }
  }
}

// ---- disturbances

interface Due {
  at: number
  readonly every: number
  readonly run: () => Promise<void>
}

/** One disturbance after another: samples, edits, restarts, sign-ins, other calls of agents. */
async function disrupt(soak: Soak, end: number, say: (line: string) => void): Promise<void> {
  const { options } = soak
  const began = performance.now()
  const restart = { count: 0, most: Math.floor((options.minutes * 60 * restartsUntil) / options.restartEvery) }
  const each = (seconds: number, run: () => Promise<void>): Due => ({ at: began + seconds * 1000, every: seconds * 1000, run })
  const dues = [
    each(options.sampleEvery, () => soak.lives.sample()),
    each(options.editEvery, () => soak.edits.edit()),
    each(options.restartEvery, async () => {
      if (restart.count < restart.most) await restarted(soak, restart.count++ % 2 === 0 ? 'left' : 'killed')
    }),
    each(Math.min(signInEvery, options.editEvery), () => signIn(soak)),
    each(elsewhereEvery, async () => elsewhere(soak)),
    each(60, async () => say(progress(soak, (performance.now() - began) / 60_000))),
  ]
  for (;;) {
    const next = dues.reduce((a, b) => (b.at < a.at ? b : a))
    if (next.at >= end) break
    await pause(Math.max(0, next.at - performance.now()))
    await next.run()
    next.at = Math.max(next.at + next.every, performance.now())
  }
  await pause(Math.max(0, end - performance.now()))
}

async function restarted(soak: Soak, kind: 'killed' | 'left'): Promise<void> {
  const { lives, phones, restarts, callers } = soak
  const restart = { kind, from: Date.now(), to: 0 }
  restarts.push(restart)
  if (kind === 'killed') await lives.kill()
  else await lives.leave()
  const down = Date.now()
  phones.left(kind === 'killed')
  await began(soak)
  restart.to = Date.now()
  // Their call may be lost, and then nobody would ever report its end.
  const isRecent = ({ story: { heardAt = 0 } }: Caller): boolean =>
    heardAt > restart.from - soak.options.unwritten && heardAt < down
  if (kind === 'killed') for (const caller of callers) if (isRecent(caller)) caller.loseHope()
}

/** An agent of the formal group comes or goes. */
async function signIn({ lives, phones }: Soak): Promise<void> {
  const path = `/api/agents/${encodeURIComponent(agentUri('lobby0'))}/groups/lobby/sign-in`
  const isIn = phones.counts['signed in'] !== phones.counts['signed out']
  const status = isIn ? await lives.server.delete(path) : await lives.server.put(path)
  if (status === 204) phones.count(isIn ? 'signed out' : 'signed in')
  else phones.wrongs.push(`${isIn ? 'sign-out' : 'sign-in'} of lobby0: HTTP ${status}`)
}

/** An agent has a call with somebody else, which only the PBX reports. */
function elsewhere({ phones, watchers }: Soak): void {
  const agent = phones.idle('')
  if (agent !== undefined) watchers.elsewhere(agent, 2_000)
}

function progress({ stories, phones, lives, watchers }: Soak, minutes: number): string {
  const open = stories.filter(({ outcome }) => outcome === undefined).length
  const sample = lives.current?.samples.at(-1)
  const heap = sample ? `heap ${sample.heapMiB.toFixed(1)} MiB, ${sample.descriptors} descriptors` : ''
  return `… ${minutes.toFixed(0)} min: ${stories.length} calls, ${open} open, ${phones.legs} legs at phones, ${watchers.told} NOTIFYs, ${heap}; ${phones.wrongs.length} wrong, ${phones.latestCancel.toFixed(0)} ms latest CANCEL`
}

// ---- the end

/** No new calls: everything must end, on both sides. */
async function untilOver(soak: Soak, say: (line: string) => void): Promise<void> {
  const { lives, stories, phones } = soak
  say('… no new calls: all must come to an end')
  const over = async (what: string, look: () => boolean | Promise<boolean>, tell: () => unknown): Promise<void> => {
    await eventually(what, look, endsWithin).catch(() => soak.leftOver.push(`${what}: not so, ${JSON.stringify(tell())}`))
  }
  const open = (): Story[] => stories.filter(({ outcome }) => outcome === undefined)
  await over('every call has an outcome', () => open().length === 0, () => open().slice(0, 5)) // prettier-ignore
  await over('no phone has a leg', () => phones.known === 0, () => phones.known) // prettier-ignore
  const calls = (): Promise<readonly unknown[]> => lives.server.calls()
  await over('the server has no call', async () => (await calls()).length === 0, () => 'see /api/calls') // prettier-ignore
  const held = async (): Promise<unknown[]> => {
    const agents = await lives.server.get<readonly { uri: string; activity: string; callId: string | null }[]>('/api/agents')
    return agents.filter(({ activity, callId }) => activity !== 'free' || callId !== null)
  }
  await over('every agent is free', async () => (await held()).length === 0, () => 'see /api/agents') // prettier-ignore
  await lives.sample()
  await writeFile(join(soak.folder, 'metrics.txt'), await lives.server.metrics())
  soak.records = await readRecords(lives.server)
  await lives.drain()
}
