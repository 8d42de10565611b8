import { OurBug } from '../../foundation/result.js'
import type { DialledWorkflow } from '../../config/call-settings.js'
import type { InboundCall } from '../../legs/answering.js'
import type { CallId } from '../../routing/index.js'
import type { CallContext } from './context.js'
import type { RingingPhones } from '../offers.js'
import type { Caller } from './caller.js'
import type { Change } from './change.js'
import type { LiveInput } from './inputs.js'
import type { Outgoing } from './outgoing.js'
import type { Participant, ParticipantContext } from './participant.js'
import type { Partner } from './partner.js'

/**
 * The only file that changes the phase of a live call. Each function makes one phase, and throws `OurBug` in a phase from which that is not
 * allowed.
 */

/** A live call, as the functions of this folder see it. Only functions of this file change its phase. */
export interface Live {
  readonly id: CallId
  readonly inbound: InboundCall
  readonly workflow: DialledWorkflow
  /** The caller is an agent who calls out on behalf of the workflow. */
  readonly isOutbound: boolean
  readonly context: CallContext
  readonly participants: ParticipantContext
  /** The phones that ring for the call. They may ring in any phase, because losers ring until the core withdraws their offers. */
  readonly phones: RingingPhones
  readonly phase: LivePhase
  /** Executes `liveTable`. False: nothing happened. */
  take(input: LiveInput): boolean
}

/** The caller's side first, even after it was replaced. */
export type Sides = readonly [caller: Participant, called: Participant]

export type LivePhase =
  /** The object was made and has no caller or sides yet. */
  | { readonly kind: 'arriving' }
  /** The caller waits, hears our prompts or hears ringback. */
  | {
      readonly kind: 'alone'
      readonly caller: Caller
      /** The status of the forward that failed. 0: none failed. */
      readonly forwardFailure: number
    }
  /** The caller still hears us or ringback, and a forward target is being called. */
  | { readonly kind: 'forwarding'; readonly caller: Caller; readonly outgoing: Outgoing }
  /** A partner has answered, and the caller is being connected. */
  | { readonly kind: 'handingOver'; readonly caller: Caller; readonly partner: Partner }
  | Talking
  /** One side is being replaced, and both are still there. */
  | (Talk & { readonly kind: 'transferring'; readonly change: Change })
  /** One side is being replaced, and has already hung up. */
  | (Talk & { readonly kind: 'oneLeft'; readonly change: Change })
  | { readonly kind: 'over' }

interface Talk {
  readonly sides: Sides
  /** The number of changes of sides that were requested, granted or not. */
  readonly asked: number
}

export type Talking = Talk & { readonly kind: 'talking' }
export type PhaseKind = LivePhase['kind']
export type Phase<Kind extends PhaseKind> = Extract<LivePhase, { kind: Kind }>

export function becomeAlone(live: Live, caller: Caller, forwardFailure = 0): void {
  from(live, 'arriving', 'forwarding', 'handingOver')
  become(live, { kind: 'alone', caller, forwardFailure })
}

export function becomeForwarding(live: Live, outgoing: Outgoing): void {
  const { caller } = from(live, 'alone')
  become(live, { kind: 'forwarding', caller, outgoing })
}

export function becomeHandingOver(live: Live, partner: Partner): void {
  const { caller } = from(live, 'alone', 'forwarding')
  become(live, { kind: 'handingOver', caller, partner })
}

/** The two are joined, or were joined before a restart. */
export function becomeTalking(live: Live, sides: Sides): void {
  from(live, 'arriving', 'handingOver')
  become(live, { kind: 'talking', sides, asked: 0 })
}

/** A refused request for a change counts too. */
export function countRequest(live: Live): Talking {
  const { sides, asked } = from(live, 'talking')
  const phase: Talking = { kind: 'talking', sides, asked: asked + 1 }
  become(live, phase)
  return phase
}

export function becomeTransferring(live: Live, change: Change): void {
  const { sides, asked } = from(live, 'talking')
  become(live, { kind: 'transferring', sides, asked, change })
}

export function becomeOneLeft(live: Live): void {
  const { sides, asked, change } = from(live, 'transferring')
  become(live, { kind: 'oneLeft', sides, asked, change })
}

/** The change was denied, failed or was taken back: nobody was replaced. */
export function becomeTalkingOn(live: Live): void {
  const { sides, asked } = from(live, 'transferring')
  become(live, { kind: 'talking', sides, asked })
}

/** `side` has replaced the side that does not stay. */
export function becomeTalkingTo(live: Live, side: Participant): Sides {
  const { sides, asked, change } = from(live, 'transferring', 'oneLeft')
  const { stays } = change
  const changed: Sides = stays === sides[0] ? [stays, side] : [side, stays]
  become(live, { kind: 'talking', sides: changed, asked })
  return changed
}

export function becomeOver(live: Live): void {
  from(live, 'alone', 'forwarding', 'handingOver', 'talking', 'transferring', 'oneLeft')
  become(live, { kind: 'over' })
}

/** The caller who is not with a partner yet. */
export const callerOf = (phase: LivePhase): Caller | undefined => ('caller' in phase ? phase.caller : undefined)

/** The two who talk. In `oneLeft` one of them is gone. */
export const sidesOf = (phase: LivePhase): Sides | undefined => ('sides' in phase ? phase.sides : undefined)

/** The call's phase, which must be one of these. */
function from<Kind extends PhaseKind>({ id, phase }: Live, ...kinds: readonly Kind[]): Phase<Kind> {
  if (!kinds.some(kind => kind === phase.kind)) throw new OurBug(`live call ${id} is ${phase.kind}, not ${kinds.join(' or ')}`)
  return phase as Phase<Kind>
}

function become(live: { phase: LivePhase }, phase: LivePhase): void {
  live.phase = phase
}
