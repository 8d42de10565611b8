/**
 * The closed lists of words that the core uses. Types derive from them. The schema of the config, the HTTP documents and the metrics read
 * them.
 */

/**
 * Presence states, named as in Lync, from most to least available. Of two kinds of absence, the longer one comes later (response-group.md
 * §2).
 */
export const presenceStates = [
  'available',
  'inactive',
  'busy',
  'beRightBack',
  'away',
  'offWork',
  'doNotDisturb',
  'offline',
] as const
export type PresenceState = (typeof presenceStates)[number]

/** How far a state is from available. If several sources report on one agent, the highest number wins. */
export const absenceOf = (state: PresenceState): number => presenceStates.indexOf(state)

export const routingMethodNames = ['longestIdle', 'parallel', 'roundRobin', 'serial', 'attendant'] as const
export type RoutingMethodName = (typeof routingMethodNames)[number]

export const participationPolicies = ['informal', 'formal'] as const
export type ParticipationPolicy = (typeof participationPolicies)[number]

/** An agent homed online stays listed and is never offered a call. */
export const agentHomes = ['local', 'online'] as const
export type AgentHome = (typeof agentHomes)[number]

/** A call's phases as others see them. `world.ts` has the details of each. */
export const callPhases = ['greeting', 'asking', 'farewell', 'waiting', 'ringing', 'joining', 'connected', 'forwarding'] as const
export type CallPhase = (typeof callPhases)[number]

/** The keys of a phone. */
export const digits = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#'] as const
export type Digit = (typeof digits)[number]

/** What an agent does. If several apply, the order is talking, ringing, wrapping up. */
export const agentActivities = ['free', 'ringing', 'talking', 'wrappingUp'] as const
export type AgentActivity = (typeof agentActivities)[number]

/** Why an agent was left out of one routing choice. */
export const exclusions = [
  'homedOnline',
  'notSignedIn',
  'offline',
  'doNotDisturb',
  /** Busy, away, be right back, off work: for all methods except attendant. */
  'notAvailable',
  'onACall',
  'ringing',
  'wrappingUp',
  /** The agent missed as many calls in a row as the config allows: no offers until they say that they are back. */
  'paused',
  /** After a device fault: no offers until a moment that the decision names. */
  'unreachable',
  /** The agent declined this call: not offered it again until the ring-back grace is over. */
  'inGrace',
  /** The agent missed this call: other agents come first, and this agent is not offered it again within 5 s. */
  'justMissed',
  /**
   * The agent became unavailable while a call rang: no offers for 5 s. Flapping presence would otherwise cause a new INVITE each
   * time.
   */
  'unsteady',
  /** Attendant: as many calls ring at the agent as the group allows. */
  'offersFull',
] as const
export type Exclusion = (typeof exclusions)[number]

/** Why an offer is over. Metrics, logs and the journal use the same word. */
export const offerEnds = [
  /** The agent was joined with the caller. */
  'answered',
  /**
   * A failure that only concerns this call (403, 480, 486, 488, 500, 513, 600, 603, a 3xx…), or a decline on the console. Ring-back grace follows.
   */
  'declined',
  /** The alert time passed. */
  'missed',
  /**
   * A failure of the device or of the way to it (404, 408, 410, 502, 503, 504, 604, transport). The agent gets no offers
   * for 30 s.
   */
  'unreachable',
  /**
   * The phone sent nothing at all, not even 100 (docs/decisions/037): it is off, or the way to it is cut. The agent gets no offers for 30
   * s.
   */
  'noResponse',
  /** We ended the offer: the caller left, the queue's time-out passed, or a config change, a sign-out or presence took the agent away. */
  'withdrawn',
  /** Another agent took the call. */
  'lostRace',
] as const
export type OfferEnd = (typeof offerEnds)[number]

/** Why a call is over. `carillon_calls_total{result}`, the log line and the SIP answer come from this word. */
export const callEnds = [
  /** The call was joined with an agent, or the person that an agent called answered. It ended later. */
  'answered',
  /** The caller left while waiting or ringing. */
  'abandoned',
  /** No RTP came from the caller: they left without a BYE, or a firewall or NAT drops their packets. */
  'noMedia',
  /** An action forwarded the call to a voicemail, number or URI, which answered. */
  'forwarded',
  /** An action forwarded the call, or an agent called out, and the target did not answer. */
  'forwardFailed',
  /** The queue's time-out, overflow or lack of agents led to the action disconnect. */
  'timedOut',
  'overflowed',
  'noAgents',
  /** The workflow takes no calls: it is inactive, outside its hours, or on a holiday. */
  'inactive',
  'closed',
  'holiday',
  /** Five wrong or missing answers to questions. */
  'unanswered',
  /** The caller's answer led to the action disconnect. */
  'disconnected',
  /** A question was due, but the caller can't hear our media. */
  'unheard',
  /** The call passed through ten queues. */
  'looped',
  /** The workflow or its queue was removed from the config while the call waited. */
  'unconfigured',
  /** An internal error, or the join failed on the caller's side. */
  'failed',
] as const
export type CallEnd = (typeof callEnds)[number]

/** How the caller's leg or the joined call ended, as the shell saw it. */
export const callEndCauses = [
  'callerHungUp',
  'agentHungUp',
  'forwardHungUp',
  /** The connection was lost: no answer, no media or no transport, and no BYE. */
  'callerGone',
  'failed',
] as const
export type CallEndCause = (typeof callEndCauses)[number]

/** Who ended a call. `serverHungUp`: Carillon did, for the reason that the end of the call names. */
export const callFinishCauses = [...callEndCauses, 'serverHungUp'] as const
export type CallFinishCause = (typeof callFinishCauses)[number]

export const waitOutcomes = ['answered', 'abandoned', 'timedOut', 'overflowed', 'moved', 'noAgents', 'failed'] as const
export type WaitOutcome = (typeof waitOutcomes)[number]

/**
 * `busy`: the target is an agent who has another call. `refused`: the config does not allow the transfer. `takenBack`: the agent who
 * asked for it stopped it while the target rang.
 */
export const transferOutcomes = ['through', 'failed', 'busy', 'refused', 'takenBack'] as const
export type TransferOutcome = (typeof transferOutcomes)[number]

/** A side of a joined call: the caller's side or the called side. After a transfer, somebody else may be on it. */
export const transferSides = ['agent', 'caller'] as const
export type TransferSide = (typeof transferSides)[number]

/** Why an action is performed on a call. */
export type GivenUp = Extract<CallEnd, 'timedOut' | 'overflowed' | 'noAgents' | 'closed' | 'holiday' | 'disconnected'>

/** Why we call a target for a call. `outbound`: an agent dialled it. */
export type ForwardReason = GivenUp | 'outbound'
