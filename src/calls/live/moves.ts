import {
  beginConsultation,
  beginTakeover,
  decline,
  deny,
  fillPlace,
  judge,
  oneAtATime,
  start,
  takeBack,
  talkOn,
} from './changing.js'
import {
  abandon,
  denyAndEnd,
  endUnchanged,
  finish,
  hangUp,
  leaveOnTheWay,
  leaveToNext,
  loseAsker,
  reportFailure,
} from './ending.js'
import type { LiveInput } from './inputs.js'
import { dial, failForward, joinAgent, joinTarget, keepForTheJoin, losePartner, ring, talk, turnAway } from './joining.js'
import type { Live, LivePhase } from './phases.js'
import { liveTable, type InputOf, type LiveMove, type PhaseOf } from './table.js'
import { answerInfo, carry, carryInfo, tryLater } from './talking.js'

type Making = Exclude<LiveMove, 'ignore'>

/** The compiler checks that each function handles all phases and inputs for which the table has its move. */
const moves: { readonly [Move in Making]: (live: Live, phase: PhaseOf<Move>, input: InputOf<Move>) => void } = {
  joinAgent,
  joinTarget,
  turnAway,
  dial,
  ring,
  failForward,
  talk,
  losePartner,
  reportFailure,
  abandon,
  leaveOnTheWay,
  keepForTheJoin,
  carry,
  tryLater,
  carryInfo,
  answerInfo,
  judge,
  oneAtATime,
  decline,
  beginTakeover,
  beginConsultation,
  start,
  deny,
  denyAndEnd,
  fillPlace,
  talkOn,
  takeBack,
  endUnchanged,
  loseAsker,
  hangUp,
  finish,
  leaveToNext,
}

/** Executes the table. False: the input changes nothing in this phase. */
export function takeInput(live: Live, input: LiveInput): boolean {
  const { phase } = live
  const move = liveTable[phase.kind][input.kind]
  if (move === 'ignore') return false
  const make = moves[move] as (live: Live, phase: LivePhase, input: LiveInput) => void
  make(live, phase, input)
  return true
}
