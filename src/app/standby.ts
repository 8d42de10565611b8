import { writeSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { LeaseKeeper } from '../cluster/keeper.js'
import type { Sight } from '../cluster/sight.js'
import { comeBack } from '../calls/drain.js'
import type { ClusterSettings, Settings } from '../config/settings.js'
import { systemClock as clock } from '../foundation/clock.js'
import { millis, seconds } from '../foundation/time.js'
import { ClusterMetrics } from '../observability/cluster-metrics.js'
import type { Logger } from '../observability/logger.js'
import { makeSounds } from '../media/engine.js'
import type { PromptLibrary } from '../media/prompts/prompts.js'
import { EmbeddedSignaling } from '../signaling/embedded.js'
import type { RedisPlace } from '../store/redis/connection.js'
import { RedisLease } from '../store/redis/lease.js'
import { takeLock } from '../store/sqlite-lock.js'
import { missingAddresses } from './own-addresses.js'
import { pooledRandom } from './random.js'
import { StandbyHttp } from './standby-http.js'

/** What the node that serves has. */
export interface Leadership {
  readonly node: string
  readonly token: number
  /** The sounds of the config of the start. */
  readonly sounds: PromptLibrary | undefined
  /** The nodes that stand by. */
  others(): readonly string[]
  sight(): Sight
  readonly metrics: ClusterMetrics
  /** Resolves when somebody has asked this node to leave the calls to the others. */
  readonly leaves: Promise<void>
  leave(): void
  /** Whether this node may decide now. If it may not any more, the process ends before this returns. */
  mayDecide(): boolean
  /** Redis refuses this node for ever. The process ends. */
  lost(why: string): void
}

/** How long a node that leads waits for the address that moves. If it does not come, listening fails, and another node gets its turn. */
const addressComesWithin = seconds(10)
const betweenLooks = millis(20)

/** Ends the process at once: nothing that it would still do is its own to do. The other node has the calls. */
function end(why: string): never {
  try {
    // The log is written later, which this process must not wait for.
    writeSync(2, `carillon: this node leads no more: ${why}\n`)
  } catch {
    // Standard error takes nothing now. The exit code says enough.
  }
  process.exit(1)
}

/**
 * A node of a cluster, from its start until its process ends. It stands by until it has the lease: then it stops listening, and the server is
 * built as after a restart.
 */
export class ClusterNode {
  readonly #lease: RedisLease
  readonly #keeper: LeaseKeeper
  readonly #metrics: ClusterMetrics
  #http: StandbyHttp | undefined
  #sip: EmbeddedSignaling | undefined
  #sounds: PromptLibrary | undefined
  #token = 0

  constructor(
    private readonly settings: Pick<Settings, 'journal' | 'sip' | 'http' | 'media'>,
    private readonly cluster: ClusterSettings,
    place: RedisPlace,
    private readonly logger: Logger,
  ) {
    const { node, lease: span } = cluster
    this.#lease = new RedisLease(place, { node, span, clock })
    this.#keeper = new LeaseKeeper({
      ...{ clock, node, span, log: logger.log },
      ask: question => this.#lease.ask(question),
      over: end,
      heard: heard => this.#metrics.heard(heard),
    })
    this.#metrics = new ClusterMetrics(clock, () => this.#keeper.sight)
  }

  /** Resolves when this node leads, or at once if it is asked to end. */
  async standBy(ended: Promise<void>): Promise<Leadership | undefined> {
    // One process for each node on a machine.
    const { folder } = this.settings.journal
    await mkdir(folder, { recursive: true })
    await takeLock(join(folder, 'redis'), this.logger.log)
    await this.#lease.open()
    const sip = await this.#listen()
    const http = await this.#serveHealth()
    // Prompts and music are made now, so that callers who wait hear them again as soon as this node leads.
    this.#sounds = await makeSounds(this.settings.media, clock)
    this.logger.log.info?.(`${this.cluster.node} stands by`, { event: 'cluster.standsBy', node: this.cluster.node, sip, http })
    this.#keeper.begin()
    const token = await Promise.race([this.#keeper.leads, ended.then(() => undefined)])
    if (token !== undefined) await this.#addressComes()
    await this.#stopListening()
    if (token === undefined) {
      await this.#sounds?.stop()
      await this.stop()
      return undefined
    }
    this.#token = token
    return this.#leadership(token)
  }

  #leadership(token: number): Leadership {
    let leave = (): void => undefined
    const leaves = new Promise<void>(resolve => (leave = resolve))
    return {
      ...{ node: this.cluster.node, token, sounds: this.#sounds, leaves, leave },
      others: () => this.#keeper.others,
      sight: () => this.#keeper.sight,
      metrics: this.#metrics,
      mayDecide: () => this.#keeper.mayDecide(),
      lost: why => this.#lost(why),
    }
  }

  /** Gives the lease to the others, once the server has stopped. */
  async stop(): Promise<void> {
    this.#keeper.stop()
    if (this.#token > 0) await this.#lease.leave(this.#token).catch(() => undefined) // Without it the others wait for the lease's end.
    this.#lease.close()
  }

  /** Waits until the address that moves with the lease is here: keepalived asks `/health/leader` for it. */
  async #addressComes(): Promise<void> {
    const missing = (): readonly string[] => missingAddresses(this.settings.sip.listen)
    const until = clock.monotonic() + addressComesWithin
    if (missing().length > 0)
      this.logger.log.info?.(`waits for the address ${missing().join(' and ')}`, {
        event: 'cluster.address',
        address: missing().join(' '),
      })
    while (missing().length > 0 && clock.monotonic() < until)
      await new Promise<void>(resolve => void clock.after(betweenLooks, resolve))
  }

  #lost(why: string): void {
    this.logger.log.error(`this node leads no more: ${why}`, { event: 'cluster.lost', why })
    end(why)
  }

  /** Answers new calls and OPTIONS with 503. Requests within calls get no answer, because another node has these calls. */
  async #listen(): Promise<string> {
    const { listen } = this.cluster
    if (listen.length === 0) return ''
    const log = this.logger.area('sip')
    this.#sip = new EmbeddedSignaling({ sip: { ...this.settings.sip, listen }, clock, log, random: pooledRandom })
    const addresses = await this.#sip.start()
    this.#sip.handOver(comeBack)
    return addresses.join(' ')
  }

  #serveHealth(): Promise<string> {
    this.#http = new StandbyHttp({
      settings: this.settings.http,
      sight: () => this.#keeper.sight,
      metrics: () => this.#metrics.text(),
      log: this.logger.area('http'),
    })
    return this.#http.start()
  }

  async #stopListening(): Promise<void> {
    await Promise.all([this.#http?.stop(), this.#sip?.stop()])
  }
}
