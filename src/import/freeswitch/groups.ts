import type { Written } from '../imported.js'
import type { Notes } from '../notes.js'
import { methodOf, type Strategy } from '../strategies.js'
import type { Names } from '../texts.js'
import { numberOf, type Agent } from './agents.js'
import type { Parameters } from './site.js'

const random = 'Carillon chooses nobody at random; agents are called in turn'

const strategies: Readonly<Record<string, Strategy>> = {
  'ring-all': { method: 'parallel' },
  'longest-idle-agent': { method: 'longestIdle' },
  'round-robin': { method: 'roundRobin' },
  'top-down': { method: 'serial' },
  'sequentially-by-agent-order': { method: 'serial' },
  'ring-progressively': { method: 'parallel', differs: 'all phones ring at once, and not one more every few seconds' },
  'agent-with-least-talk-time': {
    method: 'longestIdle',
    differs: 'Carillon does not add up the talk time; the agent who is idle longest is next',
  },
  'agent-with-fewest-calls': {
    method: 'longestIdle',
    differs: 'Carillon does not count the calls of agents; the agent who is idle longest is next',
  },
  random: { method: 'roundRobin', differs: random },
}

/** An agent in a queue. */
interface Place {
  readonly agent: Agent
  readonly level: number
  readonly position: number
}

/** One group for each level, the lowest first. */
export function groupsOf(
  queue: { readonly name: string; readonly old: string; readonly params: Parameters },
  tiers: readonly Parameters[],
  agents: ReadonlyMap<string, Agent>,
  names: Names,
  notes: Notes,
): readonly Written[] {
  const word = (queue.params.get('strategy') ?? 'longest-idle-agent').toLowerCase()
  const first = names.free(queue.name)
  const method = methodOf(strategies, word, first, notes)
  const levels = levelsOf(queue, placesOf(tiers, agents, queue.name, notes), notes, method === 'parallel')
  return levels.map((places, index) => {
    const name = index === 0 ? first : names.free(`${queue.name.slice(0, 100)} (level ${places[0]?.level ?? 0})`)
    return {
      name,
      fields: {
        name,
        participationPolicy: policyOf(name, places, notes),
        routingMethod: method,
        agentAlertTime: alertOf(name, places, notes),
        agents: places.map(({ agent }) => agent.uri),
      },
    }
  })
}

/** The agents of a queue by level and position, each once. */
function placesOf(
  tiers: readonly Parameters[],
  agents: ReadonlyMap<string, Agent>,
  queue: string,
  notes: Notes,
): readonly Place[] {
  const places = new Map<string, Place>()
  for (const tier of tiers) {
    const name = tier.get('agent') ?? ''
    const agent = agents.get(name)
    if (agent)
      places.set(agent.uri, { agent, level: numberOf(tier.get('level')) ?? 1, position: numberOf(tier.get('position')) ?? 1 })
    else
      notes.lost(
        'queue',
        queue,
        'groups',
        `the agent '${name}' is not in the export, or has no SIP address`,
        'add the agent to the group',
      )
  }
  return [...places.values()].sort((one, other) => one.level - other.level || one.position - other.position)
}

/** ring-all rings the agents of all levels, unless rules say when the next level follows. */
function levelsOf(
  { name, params }: { readonly name: string; readonly params: Parameters },
  places: readonly Place[],
  notes: Notes,
  ringsAll: boolean,
): readonly (readonly Place[])[] {
  const levels = [...new Set(places.map(({ level }) => level))]
  const hasRules = params.get('tier-rules-apply') === 'true'
  if (levels.length < 2 || (ringsAll && !hasRules)) return [places]
  const seconds = params.get('tier-rule-wait-second') ?? '0'
  notes.changed(
    ...(['queue', name, 'groups', `the levels ${levels.slice(0, 8).join(', ')} became groups in this order`] as const),
    hasRules
      ? `a call goes to the next group when everybody in the group before is busy or was tried, and not after ${seconds} s (tier-rule-wait-second)`
      : 'a call goes to the next group when everybody in the group before is busy or was tried',
  )
  return levels.map(level => places.filter(each => each.level === level))
}

/** Agents whose status is Available take calls as soon as FreeSWITCH starts. Others log in. */
function policyOf(group: string, places: readonly Place[], notes: Notes): 'formal' | 'informal' {
  if (places.length === 0) {
    notes.lost(
      'group',
      group,
      'agents',
      'the export names no agents for it',
      'add agents; the lists of fs_cli have those of the database',
    )
    return 'formal'
  }
  if (places.every(({ agent }) => agent.isAvailable)) return 'informal'
  const why = 'they sign in on the console or by a code (agents.signIn)'
  notes.changed('group', group, 'participationPolicy', 'agents log in to take calls', why)
  return 'formal'
}

const [leastAlert, mostAlert] = [10, 180]

function alertOf(group: string, places: readonly Place[], notes: Notes): string {
  const given = places.map(({ agent }) => agent.rings)
  const longest = Math.max(leastAlert, ...given)
  const seconds = Math.min(mostAlert, longest)
  const isChanged = given.some(each => each !== seconds)
  if (isChanged)
    notes.changed(
      ...([
        'group',
        group,
        'agentAlertTime',
        `phones rang for ${[...new Set(given)].slice(0, 5).join(', ')} s and ring for ${seconds} s`,
      ] as const),
      `the alert time is that of the group, from ${leastAlert} s to ${mostAlert} s`,
    )
  return `${seconds}s`
}
