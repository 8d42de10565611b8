import type { Clock } from '../../foundation/clock.js'
import { contactOf, looseRoute } from '../contact.js'
import type { Dialogs } from '../dialogs.js'
import type { EndpointNetwork } from '../endpoint-transport.js'
import { isSips } from '../message/uri.js'
import { Publications, type PublicationTaker } from './publications.js'
import { software } from '../screening.js'
import type { Tokens } from '../transaction/tokens.js'
import { Subscriber, type SubscribeParts, type SubscriberListener, type SubscriptionContext } from './subscriber.js'
import type { SubscriptionUsage } from './usage.js'

/** The endpoint's services for subscriptions. */
interface SubscriptionsParts {
  readonly network: EndpointNetwork
  readonly clock: Clock
  readonly tokens: Tokens
  readonly dialogs: Dialogs
}

/** What we hear of agents: our subscriptions (RFC 6665), and what peers publish (RFC 3903). */
export class Subscriptions {
  readonly #usages = new Set<SubscriptionUsage>()
  readonly #context: SubscriptionContext
  #publications: Publications | undefined

  constructor({ network, clock, tokens, dialogs }: SubscriptionsParts) {
    this.#context = {
      transactions: network.transactions,
      clock,
      headers: [['User-Agent', software]],
      chance: () => tokens.number() / 2 ** 32,
      tag: () => tokens.tag(),
      contactTowards: target => contactOf(network.transport.localTowards(target), isSips(target)),
      keep: (callId, ourTag, usage) => {
        const forget = dialogs.keepOther(callId, ourTag, usage)
        this.#usages.add(usage)
        return () => {
          this.#usages.delete(usage)
          forget()
        }
      },
    }
  }

  /** `expires` in seconds. */
  begin({ route, ...rest }: SubscribeParts, expires: number, listener: SubscriberListener): Subscriber {
    const routed = { ...rest, ...(route !== undefined && { route: looseRoute(route) }) }
    return new Subscriber(routed, expires, this.#context, listener)
  }

  /** Answers PUBLISH. `packages`: the media type of each event package's documents. */
  publications(packages: ReadonlyMap<string, string>, taker: PublicationTaker): Publications {
    const { clock } = this.#context
    this.#publications = new Publications({ clock, packages, taker, tag: () => this.#context.tag() })
    return this.#publications
  }

  stop(): void {
    this.#publications?.stop()
  }

  /** Ends the waits for the last NOTIFYs of subscriptions that we ended. */
  letGo(): void {
    for (const usage of this.#usages) usage.letGo()
  }
}
