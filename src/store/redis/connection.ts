import { Cluster, Redis, type RedisOptions } from 'ioredis'
import type { Clock, Timer } from '../../foundation/clock.js'
import { messageOf } from '../../foundation/errors.js'
import { millis, type Millis } from '../../foundation/time.js'

/** Where Redis is, and which keys are ours. */
export interface RedisPlace {
  /** One server, the Sentinels, or nodes of the cluster that know the others. */
  readonly nodes: readonly { readonly host: string; readonly port: number }[]
  readonly way: RedisWay
  readonly tls: boolean
  readonly secrets: RedisSecrets
  readonly database: number
  /** The first part of all our keys, so that several services can share one Redis. */
  readonly prefix: string
  /** The most call records that are kept. */
  readonly mostRecords: number
}

/** Absent: none is needed. */
interface RedisSecrets {
  readonly username?: string
  readonly password?: string
  /** Of the Sentinels. */
  readonly sentinelPassword?: string
}

type RedisWay =
  { readonly kind: 'server' | 'cluster' } | { readonly kind: 'sentinel'; /** Of the master. */ readonly name: string }

/** A command without a reply for this long has failed. Redis may still have done it. */
const usualReply = millis(2_000)
const longestConnect = millis(2_000)
const longestOpen = millis(5_000)
/** The pause before the next attempt to connect. */
const longestPause = 1_000

/** A command of Redis, with its arguments. */
type Command = readonly [name: string, ...values: (string | number)[]]

/**
 * One connection to Redis, which connects again by itself. Commands fail at once while there is no connection, so that nothing queues up
 * in the library. Errors never contain the password.
 */
export class RedisConnection {
  readonly #client: Redis | Cluster
  #trouble: Error | undefined

  /** `ready` is called each time that commands can be sent again. */
  constructor(
    private readonly place: RedisPlace,
    ready: () => void,
    longestReply = usualReply,
  ) {
    this.#client = place.way.kind === 'cluster' ? clusterOf(place, longestReply) : new Redis(optionsOf(place, longestReply))
    this.#client.on('error', (error: unknown) => (this.#trouble = plain(error)))
    this.#client.on('ready', () => {
      this.#trouble = undefined
      ready()
    })
  }

  /**
   * Connects if that has not happened yet. Rejects with the reason if the first attempt fails. The library goes on asking Sentinels that do
   * not answer, so there is a limit.
   */
  async open(clock: Clock): Promise<void> {
    if (this.#client.status !== 'wait') return
    let bound: Timer | undefined
    const late = new Promise<never>((_resolve, reject) => {
      bound = clock.after(longestOpen, () => reject(new Error(`no answer within ${longestOpen / 1_000} s`)))
    })
    try {
      await Promise.race([this.#client.connect(), late])
    } catch (error) {
      throw this.#trouble ?? plain(error)
    } finally {
      bound?.cancel()
    }
  }

  /** Runs a Lua script. All keys have our prefix in braces, so a cluster keeps them in one place. */
  run(script: string, keys: readonly string[], values: readonly (string | number)[]): Promise<unknown> {
    return this.#ask(() => this.#client.eval(script, keys.length, ...keys, ...values))
  }

  /** Runs one command, whose first value is one of our keys. */
  ask([name, ...values]: Command): Promise<unknown> {
    return this.#ask(() => this.#client.call(name, ...values))
  }

  /** A name of ours, as a key. */
  key(name: string): string {
    return `{${this.place.prefix}}:${name}`
  }

  close(): void {
    this.#client.disconnect()
  }

  async #ask(send: () => Promise<unknown>): Promise<unknown> {
    try {
      return await send()
    } catch (error) {
      // A reply that did not come may be late. The next command gets a new connection, so that no old command runs after it.
      if (this.#client.status === 'ready' && isTimeout(error)) this.#client.disconnect(true)
      throw this.#trouble ?? plain(error)
    }
  }
}

const isTimeout = (error: unknown): boolean => messageOf(error).includes('timed out')

/** Only the text: the library's error also has the command with its arguments. */
function plain(error: unknown): Error {
  const text = messageOf(error)
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
  return new Error(text === '' ? (code ?? 'no connection') : text)
}

function optionsOf({ nodes, way, tls, database, secrets }: RedisPlace, longestReply: Millis): Options {
  const [first = { host: '127.0.0.1', port: 6379 }] = nodes
  const { sentinelPassword } = secrets
  const secure = tls ? { tls: {} } : {}
  const direct = { ...first, ...(tls && { tls: { servername: first.host } }) }
  const watched =
    way.kind === 'sentinel'
      ? {
          ...{ sentinels: [...nodes], name: way.name, ...secure, enableTLSForSentinelMode: tls },
          ...(tls && { sentinelTLS: {} }),
          ...(sentinelPassword !== undefined && { sentinelPassword }),
        }
      : direct
  return { ...commonOptions(secrets, longestReply), ...watched, db: database, retryStrategy: pauseAfter }
}

function clusterOf({ nodes, tls, secrets }: RedisPlace, longestReply: Millis): Cluster {
  return new Cluster([...nodes], {
    redisOptions: { ...commonOptions(secrets, longestReply), ...(tls && { tls: {} }) },
    // Certificates have names, so with TLS the names are not replaced by addresses.
    ...(tls && { dnsLookup: (address: string, done: (error: null, address: string) => void) => done(null, address) }),
    clusterRetryStrategy: pauseAfter,
    enableOfflineQueue: false,
    lazyConnect: true,
    slotsRefreshTimeout: longestReply,
  })
}

/** The library's types need this option to be present. It leaves replies as Redis sends them. */
type Options = RedisOptions & { readonly replyMapping: 'legacy' }

const commonOptions = ({ username, password }: RedisSecrets, longestReply: Millis): Options => ({
  ...(username !== undefined && { username }),
  ...(password !== undefined && { password }),
  // Names of the library for `CLIENT LIST`, which older servers and strict ACLs refuse.
  disableClientInfo: true,
  protocol: 2,
  replyMapping: 'legacy',
  connectTimeout: longestConnect,
  commandTimeout: longestReply,
  maxRetriesPerRequest: 0,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  lazyConnect: true,
})

const pauseAfter = (attempts: number): number => Math.min(50 * attempts, longestPause)
