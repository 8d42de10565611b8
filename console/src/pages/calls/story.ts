import type { Decision, Explanation, OfferEnd } from '../../api/documents.js'

/** One entry of a call's timeline. `at` is in milliseconds since the epoch. */
export type Moment = { readonly at: number } & (
  | { readonly kind: 'arrived'; readonly workflow: string }
  | { readonly kind: 'enters'; readonly queue: string }
  | { readonly kind: 'leaves'; readonly queue: string; readonly outcome: NonNullable<Explanation['waits'][number]['outcome']> }
  /** Offers that one decision made at the same time are one entry. */
  | { readonly kind: 'offered'; readonly agents: readonly string[]; readonly decision: Decision }
  | {
      readonly kind: 'offerEnded'
      readonly agent: string
      readonly ended: NonNullable<Explanation['offers'][number]['ended']>
    }
  | { readonly kind: 'joined'; readonly agent: string; readonly group: string }
  | { readonly kind: 'sentOn'; readonly to: string }
  | { readonly kind: 'finished'; readonly finished: NonNullable<Explanation['finished']> }
)

/** The order of entries with the same millisecond: a start comes before its end. */
const ranks: Readonly<Record<Moment['kind'], number>> = {
  arrived: 0,
  leaves: 1,
  enters: 2,
  offered: 3,
  offerEnded: 4,
  joined: 5,
  sentOn: 5,
  finished: 6,
}

export function momentsOf(story: Explanation): Moment[] {
  const moments = [arrival(story), ...waits(story), ...offers(story), ...ends(story)]
  return moments.sort((a, b) => a.at - b.at || ranks[a.kind] - ranks[b.kind])
}

const arrival = ({ arrivedAt, workflow }: Explanation): Moment => ({ at: Date.parse(arrivedAt), kind: 'arrived', workflow })

function waits({ waits: all }: Explanation): Moment[] {
  return all.flatMap(({ queue, from, outcome, waited }): Moment[] => {
    const at = Date.parse(from)
    const enters: Moment = { at, kind: 'enters', queue }
    // An answered wait ends with the entry `joined`.
    if (outcome === null || outcome === 'answered' || waited === null) return [enters]
    return [enters, { at: at + waited * 1_000, kind: 'leaves', queue, outcome }]
  })
}

function offers({ offers: all }: Explanation): Moment[] {
  const looks = new Map<string, { at: number; decision: Decision; agents: string[] }>()
  const ended: Moment[] = []
  for (const { agent, decision, ended: end } of all) {
    const look = `${decision.at} ${decision.group}`
    const known = looks.get(look)
    if (known) known.agents.push(agent)
    else looks.set(look, { at: Date.parse(decision.at), decision, agents: [agent] })
    if (end) ended.push({ at: Date.parse(end.at), kind: 'offerEnded', agent, ended: end })
  }
  return [...[...looks.values()].map((look): Moment => ({ kind: 'offered', ...look })), ...ended]
}

function ends({ connected, forwarded, finished }: Explanation): Moment[] {
  return [
    ...(connected
      ? [{ at: Date.parse(connected.at), kind: 'joined', agent: connected.agent, group: connected.group } as const]
      : []),
    ...(forwarded ? [{ at: Date.parse(forwarded.at), kind: 'sentOn', to: forwarded.to } as const] : []),
    ...(finished ? [{ at: Date.parse(finished.at), kind: 'finished', finished } as const] : []),
  ]
}

type Tone = 'good' | 'bad' | 'ring' | 'quiet'

/** The tones of ended offers. An offer that another agent answered, or that the server withdrew, is not the fault of this agent's phone. */
const offerTones: Readonly<Record<OfferEnd, Tone>> = {
  answered: 'good',
  declined: 'bad',
  missed: 'bad',
  unreachable: 'bad',
  noResponse: 'bad',
  withdrawn: 'quiet',
  lostRace: 'quiet',
}

/** The colour of an entry. */
export function toneOf(moment: Moment): Tone {
  if (moment.kind === 'joined') return 'good'
  if (moment.kind === 'offered') return 'ring'
  return moment.kind === 'offerEnded' ? offerTones[moment.ended.why] : 'quiet'
}
