import type { StepReader } from '../calls/step.js'
import { shownWebhook, type WebhookEvent, type WebhookSettings } from '../config/webhooks.js'
import { wallNow, type Clock } from '../foundation/clock.js'
import type { Log } from '../foundation/log.js'
import { iso, millis, type Instant, type WallTime } from '../foundation/time.js'
import type { Fact } from '../routing/index.js'
import type { CallRecord } from '../store/port.js'
import { Hook, type Delivery } from './hook.js'
import { post as postByHttp, type Post } from './post.js'

interface WebhookOptions {
  readonly clock: Clock
  readonly log: Log
  readonly wall: (at: Instant) => WallTime
  /** The caller of a call in progress. */
  readonly caller: (call: string) => { readonly uri: string; readonly displayName?: string } | undefined
  /** A record as the API shows it. */
  readonly document: (record: CallRecord) => unknown
  /** For tests. Default: HTTP. */
  readonly post?: Post
}

/** A webhook as admins see it. */
interface ShownWebhook {
  readonly name: string
  readonly url: string
  readonly events: readonly WebhookEvent[]
  readonly waiting: number
  readonly delivered: number
  readonly failed: number
  readonly dropped: number
}

/** At the end of the server, in ms: attempts that are under way may take so long. */
const longestFarewell = millis(2_000)

/** Tells other programs about calls. Reading a step only puts a text into a queue. */
export class Webhooks {
  readonly #options: WebhookOptions
  readonly #hooks = new Map<string, Hook>()
  readonly #gone = new AbortController()

  constructor(options: WebhookOptions) {
    this.#options = options
  }

  /** Applies a new config. A hook that keeps its name keeps its events. */
  use(settings: readonly WebhookSettings[]): void {
    const names = new Set(settings.map(({ name }) => name))
    for (const [name, hook] of this.#hooks) {
      if (names.has(name)) continue
      hook.stop()
      this.#hooks.delete(name)
    }
    const { clock, log, post = postByHttp } = this.#options
    for (const each of settings) {
      const known = this.#hooks.get(each.name)
      if (known) known.settings = each
      else this.#hooks.set(each.name, new Hook(each, { clock, log, post, gone: this.#gone.signal }))
    }
  }

  readonly reader: StepReader = ({ facts }) => {
    if (this.#hooks.size > 0) for (const fact of facts) this.#read(fact)
  }

  /** A call is over. */
  ended(record: CallRecord): void {
    this.#tell('call.ended', record.call, record.endedAt, () => this.#options.document(record))
  }

  list(): readonly ShownWebhook[] {
    return Array.from(this.#hooks.values(), ({ settings: { name, url, events }, waiting, counts }) => ({
      ...{ name, url: shownWebhook(url), events, waiting },
      ...{ delivered: counts.get('delivered') ?? 0, failed: counts.get('failed') ?? 0, dropped: counts.get('dropped') ?? 0 },
    }))
  }

  /** Undefined: no webhook has this name. */
  deliveries(name: string): readonly Delivery[] | undefined {
    return this.#hooks.get(name)?.deliveries()
  }

  /** Sends a test, which has no call. Undefined: no webhook has this name. */
  test(name: string): Promise<Delivery> | undefined {
    return this.#hooks.get(name)?.test(bodyOf('test', wallNow(this.#options.clock), {}))
  }

  /** Resolves when what is due has been tried, or after two seconds. */
  async stop(): Promise<void> {
    const idle = Promise.all(Array.from(this.#hooks.values(), hook => hook.whenIdle()))
    const late = new Promise<void>(resolve => void this.#options.clock.after(longestFarewell, resolve))
    await Promise.race([idle, late])
    for (const hook of this.#hooks.values()) hook.stop()
    this.#gone.abort()
  }

  #read(fact: Fact): void {
    const { wall } = this.#options
    if (fact.kind === 'callArrived') {
      const { call, workflow, at } = fact
      this.#tell('call.arrived', call, wall(at), () => ({ callId: call, workflow, ...this.#callerOf(call) }))
    } else if (fact.kind === 'offerMade') {
      const { call, offer, decision } = fact
      const { at, queue, group, chosen } = decision
      this.#tell('call.ringing', call, wall(at), () => ({
        callId: call,
        offer,
        agent: chosen,
        queue,
        group,
        ...this.#callerOf(call),
      }))
    } else if (fact.kind === 'callConnected') {
      const { call, agent, group, at, waited } = fact
      const answer = { agent, group, waited: waited / 1_000 }
      this.#tell('call.answered', call, wall(at), () => ({ callId: call, ...answer, ...this.#callerOf(call) }))
    }
  }

  #callerOf(call: string): object {
    const { uri = '', displayName = null } = this.#options.caller(call) ?? {}
    return { caller: uri, callerName: displayName }
  }

  #tell(event: WebhookEvent, call: string, at: WallTime, data: () => unknown): void {
    let body: string | undefined
    for (const hook of this.#hooks.values())
      if (hook.settings.events.includes(event)) hook.send(event, call, (body ??= bodyOf(event, at, data())))
  }
}

const bodyOf = (type: string, at: WallTime, data: unknown): string => JSON.stringify({ type, timestamp: iso(at), data })
