import { agentUri } from '../../routing/world/ids.js'
import type { Notes } from '../notes.js'
import { sipUriOf } from '../texts.js'
import type { Parameters } from './site.js'

/** An agent of mod_callcenter. */
export interface Agent {
  readonly uri: string
  readonly user: string
  /** Whether the agent takes calls as soon as FreeSWITCH starts. */
  readonly isAvailable: boolean
  /** How long the phone rings, in seconds. */
  readonly rings: number
  /** In seconds. */
  readonly wrapUp: number
}

/** mod_callcenter rings a phone for 60 s, unless the contact says otherwise. */
const defaultRing = 60

/** The agents by their names. One without a SIP address is a note. */
export function agentsOf(agents: ReadonlyMap<string, Parameters>, domain: string, notes: Notes): ReadonlyMap<string, Agent> {
  const found = new Map<string, Agent>()
  const misses = new Set<number>()
  for (const [name, parameters] of agents) {
    const contact = parameters.get('contact') ?? ''
    const user = userOf(contact)
    const uri = user === undefined ? undefined : sipUriOf(`sip:${user}@${domain}`)
    const agent = uri && agentUri(uri.text)
    if (agent?.ok !== true) {
      const what = `the agent '${name}' has no SIP address (${contact})`
      notes.lost('site', '', undefined, what, 'add the agent to agents.yaml and to the groups')
      continue
    }
    found.set(name, agentOf(agent.value, user ?? '', contact, parameters))
    misses.add(numberOf(parameters.get('max-no-answer')) ?? 0)
  }
  misses.delete(0)
  if (misses.size > 0)
    notes.lost(
      ...([
        'site',
        '',
        undefined,
        `agents got no more calls after ${[...misses].slice(0, 5).join(' or ')} without an answer`,
      ] as const),
      'write agents.pauseAfterMisses in carillon.yaml; it is for all agents',
    )
  return found
}

function agentOf(uri: string, user: string, contact: string, parameters: Parameters): Agent {
  const [, rings] = /(?:leg_timeout|originate_timeout|call_timeout)=(\d{1,6})/.exec(contact) ?? []
  return {
    uri,
    user,
    isAvailable: /^available/i.test(parameters.get('status') ?? ''),
    rings: rings === undefined ? defaultRing : Number(rings),
    wrapUp: numberOf(parameters.get('wrap-up-time')) ?? 0,
  }
}

/** `1000` of `user/1000@domain`, `sofia/internal/1000@host`, `sofia/gateway/pbx/1000` and `loopback/1000/default`, with `[variables]` before it. */
function userOf(contact: string): string | undefined {
  const bare = contact.replace(/^(?:\[[^\]]*\]|\{[^}]*\}|<[^>]*>)+/, '')
  const [, user] = /^(?:user|loopback|sofia\/(?:gateway\/)?[^/]{1,64})\/(?:sips?:)?([\w.+*-]{1,64})(?=[@/]|$)/i.exec(bare) ?? []
  return user
}

/** A whole number. Undefined: there is none. */
export const numberOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined
