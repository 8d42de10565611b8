import type { PresenceSettings } from '../../config/settings.js'
import type { StepReader } from '../../calls/step.js'
import type { Clock } from '../../foundation/clock.js'
import type { AgentUri } from '../../routing/world/ids.js'
import type { PresenceSignaling } from '../../signaling/port.js'
import type { PresenceBoard } from '../board.js'
import { PresenceWatch, type SubscriptionCounts } from '../watch.js'
import { OurCalls } from './our-calls.js'
import { PublishPresence } from './publish.js'
import { Statements } from './statements.js'
import { SubscribePresence } from './subscribe.js'

interface SipPresenceOptions {
  readonly settings: PresenceSettings
  readonly board: PresenceBoard
  readonly signaling: PresenceSignaling
  readonly clock: Clock
  /** Called for a notifier's document that could not be read. */
  readonly unreadable: (agent: AgentUri, why: string) => void
}

/** The presence sources `subscribe` and `publish`, which use SIP. */
export class SipPresence {
  readonly #ours: OurCalls
  readonly #subscribed: Statements
  readonly #published: Statements
  readonly #watch: PresenceWatch

  /** Publications are accepted as soon as the signaling has started. */
  constructor({ settings, board, signaling, clock, unreadable }: SipPresenceOptions) {
    this.#ours = new OurCalls(clock)
    const common = { sink: board, clock, ours: this.#ours }
    this.#subscribed = new Statements({ source: 'subscribe', ...common })
    this.#published = new Statements({ source: 'publish', ...common })
    const agents = new SubscribePresence(this.#subscribed, unreadable)
    this.#watch = new PresenceWatch({ settings, signaling, clock, agents })
    signaling.onPublish(new PublishPresence(board, this.#published))
  }

  /** Follows our own calls, because the agents' PBXs report these too. */
  get reader(): StepReader {
    return this.#ours.reader
  }

  /** Starts to subscribe. Call it after the signaling has started. */
  start(): void {
    this.#watch.start()
  }

  /** Call it after a config reload, when the board knows the new config. */
  replaceSettings(settings: PresenceSettings): void {
    this.#watch.replaceSettings(settings)
  }

  subscriptions(): SubscriptionCounts {
    return this.#watch.counts()
  }

  stop(): void {
    this.#watch.stop()
    this.#ours.stop()
    this.#subscribed.stop()
    this.#published.stop()
  }
}
