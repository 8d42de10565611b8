import type { InboundCall } from '../../legs/answering.js'
import type { Leg, LegState } from '../../legs/leg.js'
import type { AgentUri } from '../../routing/index.js'
import type { KeptCaller, KeptLegs, KeptSide } from './stored.js'
import { ShownSdp } from '../shown-sdp.js'
import { AnchoredLeg, restoredAnchored } from './anchored.js'
import { AnsweredInbound, keptInbound } from './answered-inbound.js'
import { Participant, type Media, type ParticipantContext } from './participant.js'
import type { KeptRecording } from './recording.js'
import { callerOf, sidesOf, type LivePhase, type Sides } from './phases.js'

/**
 * The stored form of each phase, and its restoration (docs/decisions/016).
 *
 * | phase | stored as |
 * |---|---|
 * | alone, forwarding, handingOver | `early` before our 2xx, then `answered` |
 * | talking, transferring, oneLeft | `talking`: a change of sides is lost, and both legs stay as they were. `apart`: during a consultation |
 */
export function toState(phase: LivePhase, inbound: InboundCall, recording?: KeptRecording): KeptLegs | undefined {
  const sides = sidesOf(phase)
  if (sides) {
    const apart = 'change' in phase && phase.change.isApart === true && { apart: true as const }
    const kept = { kind: 'talking', inbound: keptInbound(inbound), sides: [keptSide(sides[0]), keptSide(sides[1])] } as const
    return { ...kept, ...apart, ...(recording && { recording }) }
  }
  const answered = callerOf(phase)?.answered
  if (answered) {
    const partner = phase.kind === 'handingOver' && { partner: phase.partner.leg.state() }
    return { kind: 'answered', inbound: keptInbound(inbound), caller: keptCaller(answered), ...partner }
  }
  const invite = callerOf(phase) && inbound.state()
  return invite && { kind: 'early', invite }
}

/** The legs of a row, restored by the signaling. */
export type RestoredLegs =
  | {
      readonly kind: 'answered'
      readonly inbound: InboundCall
      readonly leg: Leg
      readonly media: Media
      /** The leg of an agent or target who answered and is not joined with the caller yet. */
      readonly partner: Leg | undefined
    }
  | {
      readonly kind: 'talking'
      readonly inbound: InboundCall
      readonly legs: readonly [Leg, Leg]
      readonly kept: KeptSides
      readonly recording: KeptRecording | undefined
    }

type KeptSides = readonly [KeptSide, KeptSide]

/**
 * Undefined: the caller's leg, or the leg of a side that talked, can't be restored. Also for a row with an unanswered INVITE, which arrives
 * again.
 */
export function fromState(kept: KeptLegs, restoreLeg: (state: LegState) => Leg | undefined): RestoredLegs | undefined {
  switch (kept.kind) {
    case 'early':
      return undefined
    case 'answered': {
      const leg = restoreLeg(kept.caller.leg)
      if (!leg) return undefined
      const { description, shown } = kept.caller
      return {
        kind: 'answered',
        leg,
        inbound: new AnsweredInbound(kept.inbound, leg),
        media: { description, shown: ShownSdp.restored(shown, kept) },
        partner: kept.partner && restoreLeg(kept.partner),
      }
    }
    case 'talking': {
      const [one, other] = kept.sides.map(side => restoreLeg(side.leg))
      if (one && other)
        return {
          ...{ kind: 'talking', inbound: new AnsweredInbound(kept.inbound, one), legs: [one, other], kept: kept.sides },
          recording: kept.recording,
        }
      for (const left of [one, other]) left?.letGo()
      return undefined
    }
  }
}

/** Identities for rows of earlier versions, which did not contain them. */
interface Known {
  readonly uri: string
  readonly agent?: AgentUri | undefined
}

/** `callerIs`, `calledIs`: the identities from the core and the INVITE, for rows that lack them. */
export function restoredSides(
  { kept: [one, other], legs: [first, second] }: Extract<RestoredLegs, { kind: 'talking' }>,
  callerIs: Known,
  calledIs: Known,
  context: ParticipantContext,
): Sides {
  const [caller, called] = [legOf(one, first, context), legOf(other, second, context)]
  return [restoredSide(one, caller, called, callerIs, context), restoredSide(other, called, caller, calledIs, context)]
}

/** The leg as the call sees it. If there is no relay or port now, the media can't go on until the sides negotiate again. */
const legOf = ({ anchor: kept }: KeptSide, leg: Leg, { anchor }: ParticipantContext): Leg =>
  (kept && anchor && restoredAnchored(leg, anchor, kept)) ?? leg

function restoredSide(kept: KeptSide, leg: Leg, other: Leg, known: Known, context: ParticipantContext): Participant {
  const { role, hidden, description, shown, uri = known.uri, agent = known.agent, trusted = false } = kept
  const media: Media = { description, shown: ShownSdp.restored(shown, other) }
  return new Participant({ role, uri, agent, trusted }, leg, hidden, media, context)
}

function keptSide(side: Participant): KeptSide {
  const { role, uri, trusted, agent } = side.who
  const anchored = side.leg instanceof AnchoredLeg && { anchor: side.leg.anchorState() }
  return { role, uri, trusted, hidden: side.hidden, ...(agent !== undefined && { agent }), ...keptCaller(side), ...anchored }
}

function keptCaller({ leg, description, shown }: Participant): KeptCaller {
  const last = shown.state()
  return { leg: leg.state(), ...(description && { description }), ...(last && { shown: last }) }
}
