/**
 * The closed lists of words that the core speaks in, each once: types derive from them, and the config's schema, the HTTP documents and the metrics
 * read them.
 */

/** Presence of an agent in Lync's words, from most to least available; among equals the longer absence comes later (response-group.md §2). */
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

/** How far from available: of several words about one agent, the one with the highest number counts. */
export const absenceOf = (state: PresenceState): number => presenceStates.indexOf(state)

export const routingMethodNames = ['longestIdle', 'parallel', 'roundRobin', 'serial', 'attendant'] as const
export type RoutingMethodName = (typeof routingMethodNames)[number]

export const participationPolicies = ['informal', 'formal'] as const
export type ParticipationPolicy = (typeof participationPolicies)[number]

/** An agent homed online stays listed and is never offered a call. */
export const agentHomes = ['local', 'online'] as const
export type AgentHome = (typeof agentHomes)[number]

/** What a call is at, told to others: `world.ts` has more of each. */
export const callPhases = ['greeting', 'asking', 'farewell', 'waiting', 'ringing', 'joining', 'connected', 'forwarding'] as const
export type CallPhase = (typeof callPhases)[number]

/** The keys of a phone. */
export const digits = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#'] as const
export type Digit = (typeof digits)[number]

/** What an agent is at; the first that fits of talking, ringing, wrapping up. */
export const agentActivities = ['free', 'ringing', 'talking', 'wrappingUp'] as const
export type AgentActivity = (typeof agentActivities)[number]

/** Why an agent was left out of one routing choice. Every "no" is one of these. */
export const exclusions = [
  'homedOnline',
  'notSignedIn',
  'offline',
  'doNotDisturb',
  /** Busy, away, be right back, off work: for all methods but attendant. */
  'notAvailable',
  'onACall',
  'ringing',
  'wrappingUp',
  /** Device faults: left alone until the named moment. */
  'unreachable',
  /** Refused this call: left alone by it until the ring-back grace is over. */
  'inGrace',
  /** Let this call ring out: others first, and not within 5 s. */
  'justMissed',
  /** Became unavailable while a call rang: rung by none within 5 s, as presence that flaps would make a new INVITE each time. */
  'unsteady',
  /** Attendant: rings with as many calls as the group allows. */
  'offersFull',
] as const
export type Exclusion = (typeof exclusions)[number]

/** Why an offer is over, once, in one word: metric label, log field and journal entry alike. */
export const offerEnds = [
  /** Joined with the caller: the offer became a call. */
  'answered',
  /** A failure that is about this call (480, 486, 488, 600, 603, a 3xx…), or a decline on the console: ring-back grace follows. */
  'declined',
  /** The alert time passed. */
  'missed',
  /** A failure of the device or the way to it (401, 403, 404, 407, 408, 410, 604, 5xx, transport): it is left alone for 30 s. */
  'unreachable',
  /** We ended it: the caller left, the queue's time-out, a config or sign-out or presence that took the agent away. */
  'withdrawn',
  /** Another agent took the call. */
  'lostRace',
] as const
export type OfferEnd = (typeof offerEnds)[number]

/** Why a call is over, once: `carillon_calls_total{result}`, the log line and the SIP answer come from this word. */
export const callEnds = [
  /** Joined with an agent, and then ended. */
  'answered',
  /** The caller left while waiting or ringing. */
  'abandoned',
  /** No sound of the caller reached us: they left without a BYE, or a firewall or address translation swallows their packets. */
  'noMedia',
  /** An action sent it to a voicemail, number or URI, which took it. */
  'forwarded',
  /** An action sent it on, and the target did not take it. */
  'forwardFailed',
  /** The queue's time-out, overflow or no agents, with the action disconnect. */
  'timedOut',
  'overflowed',
  'noAgents',
  /** The workflow takes no calls: now, at this hour, on this day. */
  'inactive',
  'closed',
  'holiday',
  /** Five wrong or silent answers to questions. */
  'unanswered',
  /** An answer of the caller's led to the action disconnect. */
  'disconnected',
  /** A question had to be asked of a caller whom no sound of ours reaches. */
  'unheard',
  /** It passed ten queues. */
  'looped',
  /** The workflow or its queue was taken out of the config while it waited. */
  'unconfigured',
  /** Our fault, or the join failed for the caller. */
  'failed',
] as const
export type CallEnd = (typeof callEnds)[number]

/** How the caller's or the joined call's end came about, as the shell saw it. */
export const callEndCauses = [
  'callerHungUp',
  'agentHungUp',
  'forwardHungUp',
  /** Nobody is there any more, and nobody said so: no answer, no media, no connection. */
  'callerGone',
  'failed',
] as const
export type CallEndCause = (typeof callEndCauses)[number]

/** Who ended a call: `serverHungUp` is the rule that the call's end names. */
export const callFinishCauses = [...callEndCauses, 'serverHungUp'] as const
export type CallFinishCause = (typeof callFinishCauses)[number]

export const waitOutcomes = ['answered', 'abandoned', 'timedOut', 'overflowed', 'moved', 'noAgents', 'failed'] as const
export type WaitOutcome = (typeof waitOutcomes)[number]

/** `busy`: the agent who is the target had another call. `refused`: the config does not let them. */
export const transferOutcomes = ['through', 'failed', 'busy', 'refused'] as const
export type TransferOutcome = (typeof transferOutcomes)[number]

/** A side of a joined call: the caller's, or the one who was called, as they are by now. */
export const transferSides = ['agent', 'caller'] as const
export type TransferSide = (typeof transferSides)[number]

/** Why a call is given to an action. */
export type GivenUp = Extract<CallEnd, 'timedOut' | 'overflowed' | 'noAgents' | 'closed' | 'holiday' | 'disconnected'>
