import type { PresenceSettings } from '../config/settings.js'
import type { Clock, Timer } from '../foundation/clock.js'
import { between, millis, seconds, type Instant } from '../foundation/time.js'
import type { AgentUri } from '../routing/world/ids.js'
import type { PresenceSignaling, Subscription, WatchEvent, WatchNews } from '../signaling/port.js'

/** Turns what notifiers say about agents into presence. */
export interface WatchedAgents {
  begun(agent: AgentUri, event: WatchEvent): void
  /** `incomplete`: something was missed, and the full state must be requested. */
  notified(agent: AgentUri, event: WatchEvent, news: WatchNews): 'complete' | 'incomplete'
  denied(agent: AgentUri, event: WatchEvent): void
  /** The agent is no longer watched. */
  left(agent: AgentUri, event: WatchEvent): void
}

interface WatchOptions {
  readonly settings: PresenceSettings
  readonly signaling: Pick<PresenceSignaling, 'subscribe'>
  readonly clock: Clock
  readonly agents: WatchedAgents
}

/** `carillon_presence_subscriptions{state}`. */
export type SubscriptionCounts = Readonly<Record<'pending' | 'active' | 'waiting', number>>

interface Watched {
  readonly agent: AgentUri
  readonly event: WatchEvent
  /** Absent: not subscribed yet. */
  subscription?: Subscription
  askedAt?: Instant
}

const tick = millis(100)
/** As many subscriptions may wait for an answer as start in this many seconds, so that a slow PBX is not asked faster than it answers. */
const unanswered = 2
/** A subscription without an answer for this long no longer holds up others. */
const overdue = seconds(5)

/**
 * Subscribes to the agents whose config uses `subscribe`, at a pace that the PBX can handle, and unsubscribes when an agent
 * leaves the config.
 */
export class PresenceWatch {
  #settings: PresenceSettings
  readonly #watched = new Map<string, Watched>()
  /** Agents whose subscription has not started, in order. Some may have left the config meanwhile. */
  #turns: Watched[] = []
  /** Subscriptions without a first answer. */
  readonly #asked = new Set<Watched>()
  /** Subscriptions to end, one by one, because thousands at once would flood a PBX. */
  #leaving: Subscription[] = []
  #timer: Timer | undefined
  /** How many subscriptions may start or end now, with fractions. */
  #allowed = 0

  constructor(private readonly options: WatchOptions) {
    this.#settings = options.settings
  }

  /** Call it after the signaling has started. */
  start(): void {
    this.#arrange(this.#settings)
  }

  /** Call it after a config reload. Existing subscriptions continue, unless the PBX or the way of asking changed. */
  replaceSettings(settings: PresenceSettings): void {
    if (askedAlike(this.#settings, settings)) return this.#arrange(settings)
    for (const { subscription } of this.#watched.values()) if (subscription) this.#leaving.push(subscription)
    // Earlier reports count until they expire, so that a reload does not make agents unknown.
    this.#watched.clear()
    this.#arrange(settings)
  }

  counts(): SubscriptionCounts {
    const counts = { pending: 0, active: 0, waiting: 0 }
    for (const { subscription } of this.#watched.values()) {
      const state = subscription?.state ?? 'waiting'
      if (state !== 'stopped') counts[state] += 1
    }
    return counts
  }

  /** Ends all subscriptions and informs their notifiers. */
  stop(): void {
    this.#timer?.cancel()
    for (const { subscription } of this.#watched.values()) subscription?.stop()
    for (const subscription of this.#leaving) subscription.stop()
    this.#watched.clear()
    this.#leaving = []
  }

  #arrange(settings: PresenceSettings): void {
    this.#settings = settings
    const wanted = new Set<string>()
    for (const [agent, sources] of settings.agents) {
      if (sources === 'always' || !sources.includes('subscribe')) continue
      for (const event of settings.subscribe.events) {
        const key = `${event} ${agent}`
        wanted.add(key)
        if (!this.#watched.has(key)) this.#queue(key, { agent, event })
      }
    }
    for (const [key, watched] of this.#watched) if (!wanted.has(key)) this.#leave(key, watched)
    this.#go()
  }

  #queue(key: string, watched: Watched): void {
    this.#watched.set(key, watched)
    this.#turns.push(watched)
  }

  #leave(key: string, { agent, event, subscription }: Watched): void {
    this.#watched.delete(key)
    if (subscription) this.#leaving.push(subscription)
    this.options.agents.left(agent, event)
  }

  #go(): void {
    if (this.#timer || this.#turns.length + this.#leaving.length === 0) return
    const { perSecond } = this.#settings.subscribe
    this.#allowed = Math.min(this.#allowed + (perSecond * tick) / 1000, perSecond)
    for (const subscription of this.#leaving.splice(0, this.#take(this.#leaving.length))) subscription.stop()
    const room = Math.max(0, unanswered * perSecond - this.#open())
    for (const watched of this.#turns.splice(0, this.#take(Math.min(room, this.#turns.length))))
      if (this.#isWatched(watched)) this.#begin(watched)
    this.#timer = this.options.clock.after(tick, () => {
      this.#timer = undefined
      this.#go()
    })
  }

  /** Returns how many of `wanted` subscriptions may start or end now, and counts them. */
  #take(wanted: number): number {
    const taken = Math.min(wanted, Math.floor(this.#allowed))
    this.#allowed -= taken
    return taken
  }

  /** How many subscriptions have no answer yet. */
  #open(): number {
    const now = this.options.clock.now()
    for (const watched of this.#asked) {
      const since = watched.askedAt ?? now
      if (watched.subscription?.state !== 'pending' || between(since, now) >= overdue) this.#asked.delete(watched)
    }
    return this.#asked.size
  }

  #isWatched(watched: Watched): boolean {
    return this.#watched.get(`${watched.event} ${watched.agent}`) === watched
  }

  #begin(watched: Watched): void {
    const { agent, event } = watched
    const { from, expires, outboundProxy } = this.#settings.subscribe
    const { signaling, agents } = this.options
    const target = { uri: agent, ...(outboundProxy !== undefined && { route: outboundProxy }) }
    watched.askedAt = this.options.clock.now()
    this.#asked.add(watched)
    watched.subscription = signaling.subscribe(
      target,
      event,
      { from: { uri: from }, expires },
      {
        begun: () => {
          if (this.#isWatched(watched)) agents.begun(agent, event)
        },
        notified: news => {
          this.#asked.delete(watched)
          if (!this.#isWatched(watched)) return
          if (agents.notified(agent, event, news) === 'incomplete') watched.subscription?.refresh()
        },
        denied: () => {
          if (this.#isWatched(watched)) agents.denied(agent, event)
        },
      },
    )
  }
}

const askedAlike = ({ subscribe: a }: PresenceSettings, { subscribe: b }: PresenceSettings): boolean =>
  a.from === b.from && a.expires === b.expires && a.outboundProxy === b.outboundProxy
