import type { LiveInput, LiveInputKind } from './inputs.js'
import type { LivePhase, PhaseKind } from './phases.js'

/** What a live call does in response to an input. `ignore` changes nothing. */
export type LiveMove =
  | 'ignore'
  | 'joinAgent'
  | 'joinTarget'
  | 'turnAway'
  | 'dial'
  | 'ring'
  | 'failForward'
  | 'talk'
  | 'losePartner'
  | 'reportFailure'
  | 'abandon'
  | 'leaveOnTheWay'
  | 'keepForTheJoin'
  | 'carry'
  | 'tryLater'
  | 'carryInfo'
  | 'answerInfo'
  | 'judge'
  | 'oneAtATime'
  | 'decline'
  | 'beginTakeover'
  | 'beginConsultation'
  | 'start'
  | 'deny'
  | 'denyAndEnd'
  | 'fillPlace'
  | 'talkOn'
  | 'takeBack'
  | 'endUnchanged'
  | 'loseAsker'
  | 'hangUp'
  | 'finish'
  | 'leaveToNext'

/**
 * The move of a phase for an input that it does not expect, because the input is late or impossible. A request still gets a response, and a
 * leg that nobody waits for is hung up.
 */
const nothing = {
  connect: 'turnAway',
  forward: 'ignore',
  forwardRings: 'ignore',
  forwardAnswered: 'turnAway',
  forwardRefused: 'ignore',
  callerTaken: 'ignore',
  callerNotTaken: 'ignore',
  callerFailed: 'ignore',
  callerLeft: 'ignore',
  partnerVanished: 'ignore',
  partnerRenegotiates: 'tryLater',
  renegotiation: 'tryLater',
  info: 'answerInfo',
  refer: 'decline',
  replaces: 'ignore',
  transferGranted: 'ignore',
  transferDenied: 'ignore',
  placeTaken: 'ignore',
  changeFailed: 'ignore',
  consult: 'ignore',
  takenBack: 'ignore',
  askerEnded: 'ignore',
  sideEnded: 'ignore',
  end: 'ignore',
  letGo: 'ignore',
} as const satisfies Readonly<Record<LiveInputKind, LiveMove>>

/** The caller is not with a partner, and hears our media or ringback. */
const withUs = {
  ...nothing,
  callerFailed: 'reportFailure',
  callerLeft: 'abandon',
  end: 'finish',
  letGo: 'leaveToNext',
} as const

/** There are two legs, and messages are carried between them. */
const twoLegs = {
  ...nothing,
  renegotiation: 'carry',
  info: 'carryInfo',
  sideEnded: 'hangUp',
  end: 'finish',
  letGo: 'leaveToNext',
} as const

/** The move for each phase and input. */
export const liveTable = {
  arriving: nothing,
  alone: {
    ...withUs,
    connect: 'joinAgent',
    forward: 'dial',
  },
  forwarding: {
    ...withUs,
    forwardRings: 'ring',
    forwardAnswered: 'joinTarget',
    forwardRefused: 'failForward',
  },
  handingOver: {
    ...withUs,
    callerTaken: 'talk',
    callerNotTaken: 'losePartner',
    callerLeft: 'leaveOnTheWay',
    partnerVanished: 'losePartner',
    partnerRenegotiates: 'keepForTheJoin',
  },
  talking: {
    ...twoLegs,
    refer: 'judge',
    replaces: 'beginTakeover',
    consult: 'beginConsultation',
  },
  transferring: {
    ...twoLegs,
    // A call has one change at a time (docs/decisions/008).
    refer: 'oneAtATime',
    transferGranted: 'start',
    transferDenied: 'deny',
    placeTaken: 'fillPlace',
    changeFailed: 'talkOn',
    takenBack: 'takeBack',
    // Many phones hang up as soon as their REFER is accepted.
    askerEnded: 'loseAsker',
  },
  oneLeft: {
    ...twoLegs,
    // The other side is gone and nobody has replaced it yet, so the waiting side must try again (RFC 3261 §14.1).
    renegotiation: 'tryLater',
    info: 'answerInfo',
    refer: 'oneAtATime',
    transferGranted: 'start',
    transferDenied: 'denyAndEnd',
    placeTaken: 'fillPlace',
    changeFailed: 'endUnchanged',
  },
  over: nothing,
} as const satisfies Readonly<Record<PhaseKind, Readonly<Record<LiveInputKind, LiveMove>>>>

type Table = typeof liveTable

/** The phases in which the table has this move. */
export type PhaseOf<Move extends LiveMove> = Extract<
  LivePhase,
  { kind: { [P in PhaseKind]: Move extends Table[P][LiveInputKind] ? P : never }[PhaseKind] }
>

/** The inputs for which the table has this move. */
export type InputOf<Move extends LiveMove> = Extract<
  LiveInput,
  { kind: { [I in LiveInputKind]: Move extends Table[PhaseKind][I] ? I : never }[LiveInputKind] }
>
