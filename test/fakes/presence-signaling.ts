import type { PresenceSettings } from '../../src/config/settings.js'
import { later, seconds } from '../../src/foundation/time.js'
import type { Target } from '../../src/legs/invitation.js'
import type {
  PresenceSignaling,
  PublicationTaker,
  SubscribeOptions,
  Subscription,
  WatchEvent,
  WatchListener,
} from '../../src/signaling/port.js'
import type { FakeClock } from './clock.js'

/** One of our subscriptions. The test is its notifier. */
export class FakeSubscription implements Subscription {
  state: Subscription['state'] = 'pending'
  refreshes = 0

  constructor(
    readonly target: Target,
    readonly event: WatchEvent,
    readonly options: SubscribeOptions,
    readonly listener: WatchListener,
    private readonly clock: FakeClock,
  ) {}

  refresh(): void {
    this.refreshes += 1
  }

  stop(): void {
    this.state = 'stopped'
  }

  tell(document: string | undefined, within = 3_600, pending = false): void {
    const until = later(this.clock.now(), seconds(within))
    this.listener.notified({ until, pending, ...(document !== undefined && { document }) })
  }
}

export class FakePresenceSignaling implements PresenceSignaling {
  readonly subscriptions: FakeSubscription[] = []
  taker: PublicationTaker | undefined

  constructor(private readonly clock: FakeClock) {}

  subscribe(target: Target, event: WatchEvent, options: SubscribeOptions, listener: WatchListener): Subscription {
    const subscription = new FakeSubscription(target, event, options, listener, this.clock)
    this.subscriptions.push(subscription)
    listener.begun()
    return subscription
  }

  onPublish(taker: PublicationTaker): void {
    this.taker = taker
  }
}

export const presenceSettings = (
  agents: PresenceSettings['agents'],
  subscribe: Partial<PresenceSettings['subscribe']> = {},
): PresenceSettings => ({
  agents,
  subscribe: {
    ...{ events: ['presence', 'dialog'], expires: seconds(3_600), perSecond: 50, from: 'sip:carillon@example.com' },
    outboundProxy: 'sip:pbx.example.com',
    ...subscribe,
  },
})
