/** What a node knows of its cluster. */
export interface Sight {
  /** `lost`: it does not serve, and Redis does not answer it. */
  readonly role: 'leader' | 'standby' | 'lost'
  readonly node: string
  /** The node that has the lease. Undefined: nobody that we know. */
  readonly leader: string | undefined
  /** When it got the lease, in ms of Redis's wall clock. */
  readonly since: number | undefined
  /** The other nodes that could take over at once. */
  readonly others: readonly string[]
}

/** What an answer of Redis tells about the cluster. */
export interface Heard {
  /** In ms. */
  readonly took: number
  readonly hasLeader: boolean
  /** The token of the latest lease. */
  readonly lease: number | undefined
}
