import type { AgentUri } from '../routing/index.js'
import type { Body } from '../legs/body.js'
import type { Leg } from '../legs/leg.js'
import { keptCaller } from './legs.js'
import type { KeptSide } from './live-state.js'
import { ShownSdp } from './shown-sdp.js'
import type { Person } from './transfer.js'

/** One of two who talk. */
export interface Side extends Person {
  readonly leg: Leg
  /** Nothing that the other side gets may name whoever is here. */
  readonly hidden: boolean
  /** Their media, as they described them last. */
  description: Body | undefined
  /** What they were shown of the other side's. */
  readonly shown: ShownSdp
}

export const keptSide = ({ role, uri, agent, trusted, leg, hidden, description, shown }: Side): KeptSide => ({
  ...{ role, uri, trusted, hidden },
  ...(agent !== undefined && { agent }),
  ...keptCaller(leg, description, shown),
})

/** Rows of before tell less: `known` fills in. */
export function restoredSide(
  kept: KeptSide,
  leg: Leg,
  other: Leg,
  known: { readonly uri: string; readonly agent?: AgentUri },
): Side {
  const { role, hidden, description, shown, uri = known.uri, agent = known.agent, trusted = false } = kept
  return { role, uri, agent, trusted, leg, hidden, description, shown: ShownSdp.restored(shown, other) }
}
