import type { Agent, Call, Membership } from '../../api/documents.js'
import type { LiveWorld } from '../../live/world.js'

/** What keeps an attendant from taking a call. `signIn`: signing in to one of these groups helps. */
export type Hindrance =
  | { readonly kind: 'signIn'; readonly groups: readonly string[] }
  | { readonly kind: 'excluded'; readonly why: Exclude<Membership['excluded'], null> }

/** Reasons for which an agent gets no offers but may still take a call as an attendant (src/routing/placing/pick.ts). */
const harmless: readonly Membership['excluded'][] = [null, 'ringing', 'unsteady', 'offersFull', 'inGrace', 'justMissed']

/**
 * The waiting calls that the page lists, sorted by arrival. Calls that ring at this agent are left out, because the page shows them
 * above. Calls that ring in another group are left out, because they can't be taken now.
 */
export function waitingCalls(agent: Agent, world: LiveWorld): Call[] {
  const attended = attendedBy(agent, world).map(({ name }) => name)
  const theirs = [...world.queues.values()]
    .filter(queue => queue.groups.some(name => attended.includes(name)))
    .map(({ name }) => name)
  return [...world.calls.values()]
    .filter(({ state, queue }) => (state === 'waiting' || state === 'ringing') && queue !== null && theirs.includes(queue))
    .filter(({ offers }) => offers.every(offer => offer.agent !== agent.uri && attended.includes(offer.group)))
    .sort((a, b) => Date.parse(a.arrivedAt) - Date.parse(b.arrivedAt))
}

/** What keeps the agent from taking the call. Undefined: nothing. A call that rings can only be taken in the group where it rings. */
export function hindranceFor(agent: Agent, call: Call, world: LiveWorld): Hindrance | undefined {
  const queue = world.queues.get(call.queue ?? '')
  const ringsIn = call.offers[0]?.group
  const through = attendedBy(agent, world).filter(
    ({ name }) => queue?.groups.includes(name) === true && (ringsIn === undefined || name === ringsIn),
  )
  if (through.some(({ excluded }) => harmless.includes(excluded))) return undefined
  const signedOut = through.filter(({ excluded }) => excluded === 'notSignedIn').map(({ name }) => name)
  const why = through.map(({ excluded }) => excluded).find(excluded => excluded !== null && excluded !== 'notSignedIn')
  return why == null ? { kind: 'signIn', groups: signedOut } : { kind: 'excluded', why }
}

const attendedBy = (agent: Agent, { groups }: LiveWorld): Membership[] =>
  agent.groups.filter(({ name }) => groups.get(name)?.routingMethod === 'attendant')
