import { seconds } from '../../foundation/time.js'
import { AnchoredLeg } from './anchored.js'
import type { Participant } from './participant.js'
import type { Live } from './phases.js'

/** How many times we try to give the two sides of a call new ports before they are left as they are. */
export const rejoinTries = 5
/** The media thread has new ports within a second. */
const pause = seconds(1)

/**
 * Gives both sides the ports that the relay has now, or each other's media after a consultation. It does so while the two talk, and tries
 * again while one of them is busy. A transfer may ring for minutes, so waiting for its end counts as no try.
 */
export function rejoin(live: Live, tries: number): void {
  const { phase } = live
  if (phase.kind === 'transferring' || phase.kind === 'handingOver') return rejoinLater(live, tries)
  if (phase.kind !== 'talking') return
  const [one, other] = phase.sides
  const isRelayed = live.participants.anchor !== undefined
  if (other.leg instanceof AnchoredLeg || !isRelayed) return describeBoth(live, one, other, tries)
  if (one.leg instanceof AnchoredLeg) describeBoth(live, other, one, tries)
}

export function rejoinLater(live: Live, tries: number): void {
  if (tries > 0) live.context.clock.after(pause, () => rejoin(live, tries))
}

/** Sends a re-INVITE to the partner first. Then the other side gets the partner's answer. */
function describeBoth(live: Live, caller: Participant, partner: Participant, tries: number): void {
  if (live.participants.anchor) live.context.listener.callerNews(live.id, { kind: 'anchored' })
  const again = (): void => rejoinLater(live, tries - 1)
  partner.ask(partner.see(caller), {
    refused: again,
    accepted: outcome => {
      outcome.acknowledge()
      const seen = caller.seeNew(outcome.body, partner)
      if (!seen) return
      caller.bring(seen, {
        arrived: accepted => {
          accepted.acknowledge()
          caller.describe(accepted.body)
        },
        refused: again,
        again,
      })
    },
  })
}
