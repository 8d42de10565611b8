import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { eventually } from '../../test/wire/harness/eventually.js'
import { metricOf } from '../../test/wire/harness/metrics.js'
import { Load } from '../cluster/load.js'
import { Machine, type NodeSetup } from '../cluster/machine.js'
import { Mover } from '../cluster/mover.js'
import { hubAddress } from '../cluster/namespaces.js'
import { Redis } from '../cluster/redis.js'
import type { Chance } from '../soak/chance.js'
import { faults, jumpingClock, type FaultName } from './faults.js'
import { AgentPhones } from './phones.js'

const waiting = 20
const agents = 30
/** A supervisor starts a node again after this many ms. */
const restartsAfter = 1_000
/** In ms: from the end of a fault until a node serves. */
const servesWithin = 20_000

/** A cluster under load, its faults, and what was wrong. */
export class Walk {
  readonly wrongs: string[] = []
  readonly #redis: Redis
  readonly #machines: readonly [Machine, Machine]
  readonly #mover: Mover
  readonly #load: Load
  #setup: NodeSetup | undefined
  #stopped = false
  #order: readonly string[] = []

  private constructor(
    private readonly folder: string,
    private readonly phones: AgentPhones,
    private readonly chance: Chance,
  ) {
    this.#redis = new Redis(join(folder, 'redis'))
    this.#machines = [new Machine('a', 11, folder, this.#redis.url), new Machine('b', 12, folder, this.#redis.url)]
    this.#mover = new Mover(this.#machines)
    this.#load = new Load(folder)
  }

  static async begin(folder: string, chance: Chance, rate: number, seconds: number): Promise<Walk> {
    const walk = new Walk(folder, await AgentPhones.open(), chance)
    await walk.#redis.start()
    await walk.#fill(rate, seconds)
    return walk
  }

  /** Nodes, callers who wait in one line, and callers who talk for two seconds. */
  async #fill(rate: number, seconds: number): Promise<void> {
    const names = Array.from({ length: agents }, (_, index) => `agent${index}`)
    const nobody = await this.#load.answer({ talks: 0, waits: 0, rings: 0 })
    this.#setup = {
      trustedPeers: [hubAddress],
      agents: [...nobody.agents, ...names.map(name => ({ name, contact: `sip:${name}@${hubAddress}:${this.phones.port}` }))],
      groups: [
        { name: 'talks', method: 'longestIdle', agents: names },
        { name: 'waits', method: 'longestIdle', agents: names.slice(0, 1), participationPolicy: 'formal' },
      ],
      media: { engine: 'builtin', noMediaAfter: '10h' },
      workflow: { musicOnHold: { say: 'Please wait' } },
    }
    for (const machine of this.#machines) await this.#keepUp(machine)
    await eventually('a node leads', () => this.#serving())
    await this.#load.call('waits', waiting, 20, (seconds + 600) * 1_000)
    await eventually('all wait', async () => (await this.#line()).length === waiting)
    this.#order = await this.#line()
    await this.#load.call('talks', rate * (seconds + 600), rate, 2_000)
    await pause(2_000)
  }

  async fault(name: FaultName): Promise<string> {
    const [one, two] = this.#machines
    const leader = this.#mover.leader ?? one
    const other = leader === one ? two : one
    this.phones.fault()
    const began = performance.now()
    await faults[name]({ leader, other, redis: this.#redis, chance: this.chance })
    const ended = performance.now()
    const serving = await eventually('a node serves', () => this.#serving(), servesWithin).catch(() => undefined)
    if (!serving) this.wrongs.push(`${name}: no node served within ${servesWithin} ms`)
    const took = performance.now() - ended
    // Calls that had just begun end, or the next node finds them.
    await pause(2_000)
    this.phones.settled()
    // A node that stood still may have served for one more moment.
    const judged = await eventually('a node serves', () => this.#serving(), servesWithin).catch(() => undefined)
    if (judged) await this.#judge(name, judged)
    await eventually('the other node stands by', () => this.#standsBy(), servesWithin).catch(() =>
      this.wrongs.push(`${name}: nobody stands by`),
    )
    return `${name} on ${leader.name}: ${(ended - began).toFixed(0)} ms, then ${took.toFixed(0)} ms until ${serving?.name ?? 'nobody'} served`
  }

  async #judge(name: string, serving: Machine): Promise<void> {
    const line = await this.#line()
    if (line.join() !== this.#order.join()) {
      this.wrongs.push(`${name}: the line of ${this.#order.length} who wait is ${line.length} now, or in another order`)
      this.#order = line
    }
    const broken = metricOf(await serving.text('/metrics'), 'carillon_invariant_violations_total', {})
    if (broken > 0) this.wrongs.push(`${name}: ${broken} violated invariants on ${serving.name}`)
    this.wrongs.push(...this.phones.wrongs.splice(0).map(wrong => `${name}: ${wrong}`))
  }

  /** The machine whose node serves. */
  async #serving(): Promise<Machine | undefined> {
    for (const machine of this.#machines) if (await machine.isReady()) return machine
    return undefined
  }

  async #standsBy(): Promise<boolean> {
    const states = await Promise.all(this.#machines.map(machine => machine.role()))
    return states.includes('standby') && states.includes('leader')
  }

  /** Those who wait with music, by their position. */
  async #line(): Promise<readonly string[]> {
    const serving = await this.#serving()
    const calls = (await serving?.calls()) ?? []
    const waits = calls.filter(({ queue, position }) => queue === 'waits' && position !== null)
    return waits.sort((one, other) => (one.position ?? 0) - (other.position ?? 0)).map(({ callId }) => callId)
  }

  /** Starts the node, and starts it again whenever it ends. */
  async #keepUp(machine: Machine): Promise<void> {
    if (this.#stopped || !this.#setup) return
    try {
      const server = await machine.start(this.#setup, '2s', jumpingClock)
      void server.exited.then(() => pause(restartsAfter)).then(() => this.#keepUp(machine))
    } catch (error) {
      // Nothing has begun yet, so the config is wrong.
      if (this.#order.length === 0) throw error
      // Redis is away, so the node does not start. systemd would try again, too.
      await pause(restartsAfter)
      await this.#keepUp(machine)
    }
  }

  get rung(): number {
    return this.phones.rung
  }

  get log(): string {
    return this.#machines.map(({ server }) => server?.tail()).join('\n---\n')
  }

  async end(): Promise<void> {
    this.#stopped = true
    this.#mover.stop()
    await this.#load.stop()
    for (const machine of this.#machines) await machine.die()
    await this.#redis.kill()
    this.phones.close()
  }
}
