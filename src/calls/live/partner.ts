import type { Body } from '../../legs/body.js'
import type { Target } from '../../legs/invitation.js'
import type { AnsweredLeg } from '../../legs/leg.js'
import type { InboundRenegotiation } from '../../legs/renegotiation.js'
import type { Answered, AnsweredPhone } from '../offers.js'
import { ShownSdp } from '../shown-sdp.js'
import { Participant, type ParticipantContext, type Person } from './participant.js'

/** The agent or target that a caller is being connected to. Their 2xx has come, and our ACK may still be pending. */
export interface Partner {
  readonly as: 'agent' | 'forward'
  readonly them: Participant
  readonly leg: AnsweredLeg
  /** The offer in our INVITE, which is the caller's. Undefined: the 2xx has the offer, and the ACK must have the answer. */
  readonly offered: Body | undefined
  /** Re-INVITEs that wait for the join. */
  readonly early: InboundRenegotiation[]
}

/** `hidden`: nothing that the caller gets may name the agent. */
export const agentPartner = ({ agent, ...answered }: AnsweredPhone, hidden: boolean, context: ParticipantContext): Partner =>
  partner('agent', answered, { role: 'agent', uri: agent, agent, trusted: true }, hidden, context)

/** A forward target of the config is not an agent. A trusted peer is responsible for it if it is reached through the outbound proxy. */
export const forwardPartner = (answered: Answered, to: Target, context: ParticipantContext): Partner =>
  partner('forward', answered, { role: 'target', uri: to.uri, agent: undefined, trusted: to.route !== undefined }, false, context)

function partner(
  as: Partner['as'],
  { leg, offered }: Answered,
  who: Person,
  hidden: boolean,
  context: ParticipantContext,
): Partner {
  const them = new Participant(who, leg, hidden, { description: leg.body, shown: new ShownSdp() }, context)
  return { as, them, leg, offered, early: [] }
}
