import type { Body } from '../../legs/body.js'
import type { Target } from '../../legs/invitation.js'
import type { AnsweredLeg } from '../../legs/leg.js'
import type { InboundRenegotiation } from '../../legs/renegotiation.js'
import type { Answered, AnsweredPhone } from '../offers.js'
import { ShownSdp } from '../shown-sdp.js'
import { Participant, type ParticipantContext, type Person } from './participant.js'

/** Who a caller is brought to. Their 2xx has come, and our ACK may be still to send. */
export interface Partner {
  readonly as: 'agent' | 'forward'
  readonly them: Participant
  readonly leg: AnsweredLeg
  /** What our INVITE offered in the caller's name. Undefined: the 2xx holds the offer, and the ACK must bring the answer. */
  readonly offered: Body | undefined
  /** Re-INVITEs that wait for the join. */
  readonly early: InboundRenegotiation[]
}

/** `hidden`: nothing that the caller gets may name the agent. */
export const agentPartner = ({ agent, ...answered }: AnsweredPhone, hidden: boolean, context: ParticipantContext): Partner =>
  partner('agent', answered, { role: 'agent', uri: agent, agent, trusted: true }, hidden, context)

/** A forward target of the config is no agent of a group. A trusted peer stands behind it if the outbound proxy leads to it. */
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
