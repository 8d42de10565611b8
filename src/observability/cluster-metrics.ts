import type { Clock } from '../foundation/clock.js'
import { alone, counter, gauge, histogram, labelled, textOf, type Metric } from './exposition.js'
import { Histogram } from './histogram.js'

/** In seconds. */
const answerBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1]
const roles = ['leader', 'standby', 'lost'] as const

/** What src/cluster knows. */
interface Sight {
  readonly role: (typeof roles)[number]
  /** The other nodes that could take over at once. */
  readonly others: readonly string[]
}

interface Heard {
  /** In ms. */
  readonly took: number
  readonly hasLeader: boolean
  /** The number of the latest lease. */
  readonly lease: number | undefined
}

/** The figures of a node of a cluster, from its start on. A node that stands by serves them too. */
export class ClusterMetrics {
  readonly #answers = new Histogram(answerBounds)
  #heardAt: number
  #leaderless = 0
  #lease = 0

  constructor(
    private readonly clock: Clock,
    private readonly sight: () => Sight,
  ) {
    this.#heardAt = clock.monotonic()
  }

  /** Redis has answered a question about the lease. */
  heard({ took, hasLeader, lease }: Heard): void {
    const now = this.clock.monotonic()
    this.#answers.observe(took / 1000)
    if (!hasLeader) this.#leaderless += now - this.#heardAt
    this.#heardAt = now
    this.#lease = lease ?? this.#lease
  }

  readonly list: readonly Metric[] = [
    gauge('carillon_cluster_role', '1 for what this node of a cluster is: leader, standby or lost (without Redis).', () =>
      labelled(
        'role',
        roles.map(role => [role, this.sight().role === role ? 1 : 0] as const),
      ),
    ),
    gauge('carillon_cluster_standbys', 'How many other nodes could take over at once.', () => [['', this.sight().others.length]]),
    gauge(
      'carillon_cluster_lease',
      'The number of the latest lease. It grows by one whenever another node or process begins to serve.',
      () => [['', this.#lease]],
    ),
    counter('carillon_cluster_without_leader_seconds_total', 'Time in which this node saw that no node had the lease.', () => [
      ['', this.#leaderless / 1000],
    ]),
    gauge(
      'carillon_cluster_heard_seconds',
      'How long ago Redis answered this node, and so how old its view of the cluster is.',
      () => [['', (this.clock.monotonic() - this.#heardAt) / 1000]],
    ),
    histogram(
      'carillon_cluster_redis_seconds',
      'How long Redis took to answer a question about the lease.',
      alone(this.#answers),
    ),
  ]

  /** All that a node which stands by has. */
  text(): Promise<string> {
    return textOf(this.list)
  }
}
