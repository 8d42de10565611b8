import type { ChildProcess } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { CarillonServer } from '../../test/wire/harness/server.js'
import { Chance } from '../soak/chance.js'
import { Peer } from '../soak/peer.js'
import { Agents } from './agents.js'
import { Callers } from './callers.js'
import type { DemoOptions } from './options.js'
import { answerAll } from './pbx.js'
import { assureFree } from './ports.js'
import { progressOf, whatToLookAt } from './report.js'
import { copySample, forgetSite, useFreePorts } from './site.js'
import { Sound } from './sound.js'

/** Shows a line to the person at the terminal. */
export type Say = (line: string) => void

const progressEveryMs = 5_000
/** Callers who dial in the first seconds, so that there is something to see. */
const firstCallers = 5
/** How long the end waits for a side that does not answer. */
const endsWithinMs = 3_000
const seed = 20

/** The sample with its agents and callers. `end` closes what was opened, latest first. */
export class Demo {
  /** Resolves if the server ends by itself. */
  readonly broken: Promise<string>
  #isOver = false
  #child: ChildProcess | undefined
  #tellBroken: (why: string) => void = () => undefined
  readonly #open: (() => Promise<unknown>)[] = []

  constructor(
    private readonly options: DemoOptions,
    private readonly say: Say,
  ) {
    this.broken = new Promise(resolve => (this.#tellBroken = resolve))
    // The server must not outlive the demo, for any reason.
    process.once('exit', () => this.#child?.kill('SIGKILL'))
  }

  async begin(): Promise<void> {
    const { options } = this
    const site = await copySample()
    this.#open.push(() => forgetSite(site))
    if (!options.freePorts) await assureFree(site.places, site.http)
    const pbx = await this.#peer(options.freePorts ? 0 : site.pbx.port)
    const callers = await this.#peer(0)
    const sound = await Sound.open()
    this.#open.push(async () => sound.close())
    answerAll(pbx, sound.port)
    if (options.freePorts) await useFreePorts(site, pbx.port)
    this.say('Starting the server …')
    const server = await this.#serve(site.config)
    if (this.#isOver) return
    for (const peer of [pbx, callers]) peer.server = Number(server.sip().split(':').at(-1))
    const agents = new Agents(server, options.agents, new Chance(seed))
    this.#open.push(() => agents.end())
    await agents.begin()
    if (this.#isOver) return
    const stream = new Callers({ peer: callers, sound, chance: new Chance(seed + 1) })
    this.#open.push(() => stream.end())
    stream.begin(options.callsPerMinute, firstCallers)
    for (const line of whatToLookAt(server.http, agents.names, options.callsPerMinute, site.config)) this.say(line)
    void this.#report(server, stream, agents)
  }

  async end(): Promise<void> {
    this.#isOver = true
    for (const close of this.#open.splice(0).reverse()) await Promise.race([close(), pause(2 * endsWithinMs)])
  }

  async #peer(port: number): Promise<Peer> {
    const peer = await Peer.open(port)
    this.#open.push(async () => peer.close())
    return peer
  }

  async #serve(configFolder: string): Promise<CarillonServer> {
    const stop = async (): Promise<void> => {
      const child = this.#child
      if (!child || child.exitCode !== null || child.signalCode !== null) return
      const exited = new Promise(resolve => child.once('exit', resolve))
      child.kill('SIGTERM')
      await Promise.race([exited, pause(endsWithinMs)])
      child.kill('SIGKILL')
      await exited
    }
    this.#open.push(stop)
    const server = await CarillonServer.start({
      ...{ configFolder, detached: true, logLevel: 'warn' },
      spawned: child => (this.#child = child),
    })
    void server.exited.then(code => {
      if (!this.#isOver) this.#tellBroken(`the server ended with ${code}\n${server.tail()}`)
    })
    return server
  }

  async #report(server: CarillonServer, callers: Callers, agents: Agents): Promise<void> {
    const began = performance.now()
    let faults = 0
    while (!this.#isOver) {
      await pause(progressEveryMs, undefined, { ref: false })
      if (this.#isOver) return
      const line = await progressOf(server, callers.total).catch((error: unknown) => `no news from the server: ${String(error)}`)
      if (!this.#isOver) this.say(`${clockOf(performance.now() - began)}  ${line}`)
      for (const fault of agents.faults.slice(faults)) this.say(`an agent's phone failed: ${String(fault)}`)
      faults = agents.faults.length
    }
  }
}

function clockOf(ms: number): string {
  const seconds = Math.floor(ms / 1_000)
  return [Math.floor(seconds / 60), seconds % 60].map(part => String(part).padStart(2, '0')).join(':')
}
