import { agentUri } from '../../routing/world/ids.js'
import { descriptionOf, sipUriOf, slugOf } from '../texts.js'
import type { Notes } from '../notes.js'
import type { Draft, WithName } from './draft.js'
import type { LyncGroup } from './site.js'

type Fields = Readonly<Record<string, unknown>>

/** A group as the config writes it, and the file of its distribution list if it needs one. */
interface WrittenGroup {
  readonly name: string
  readonly fields: Fields
  /** The SIP URIs of its agents. */
  readonly agents: readonly string[]
  readonly list?: { readonly file: string; readonly was: string }
}

const methods: Readonly<Record<string, string>> = {
  longestidle: 'longestIdle',
  parallel: 'parallel',
  roundrobin: 'roundRobin',
  serial: 'serial',
  attendant: 'attendant',
}

export function groupsOf(groups: readonly WithName<LyncGroup>[], { notes }: Draft): readonly WrittenGroup[] {
  const files = new Set<string>()
  return groups.map(({ part, name }) => {
    const agents = agentsOf(part, name, notes)
    const isList = agents.length === 0 && part.distributionGroup !== undefined
    const list = isList ? listOf(name, part.distributionGroup, files, notes) : undefined
    if (agents.length === 0 && !list)
      notes.lost('group', name, 'agents', 'the group has no agents', 'add agents, or remove the group')
    if (agents.length > 0 && part.distributionGroup !== undefined)
      notes.changed(
        'group',
        name,
        'agents',
        `the distribution group ${part.distributionGroup} is left out`,
        'the group names its agents, too',
      )
    return {
      name,
      agents,
      ...(list && { list }),
      fields: {
        name,
        description: descriptionOf(part.description, 'group', name, notes),
        participationPolicy: policyOf(part, name, notes),
        routingMethod: methodOf(part, name, notes),
        agentAlertTime: alertTimeOf(part, name, notes),
        ...(list ? { distributionList: list.file } : { agents }),
      },
    }
  })
}

/** The SIP URIs of the agents, each once. */
function agentsOf({ agents }: LyncGroup, name: string, notes: Notes): readonly string[] {
  const found = new Set<string>()
  for (const text of agents) {
    const plain = sipUriOf(text)
    const uri = plain ? agentUri(plain.text) : undefined
    if (uri?.ok === true) found.add(uri.value)
    else
      notes.lost('group', name, 'agents', `the agent '${text}' has no SIP URI`, 'add the agent to agents.yaml and to this group')
  }
  return [...found]
}

/** Lync looks up the members of a distribution group itself, so no export has them. */
function listOf(name: string, was: string, files: Set<string>, notes: Notes): { readonly file: string; readonly was: string } {
  const stem = `lists/${slugOf(name, 'group')}`
  let file = `${stem}.txt`
  for (let index = 2; files.has(file); index += 1) file = `${stem}-${index}.txt`
  files.add(file)
  notes.lost(
    'group',
    name,
    'distributionList',
    `its agents are the distribution group ${was}, and no export has the members`,
    `write their SIP URIs to ${file}, one a line, and the agents to agents.yaml`,
  )
  return { file, was }
}

function policyOf({ policy }: LyncGroup, name: string, notes: Notes): 'formal' | 'informal' {
  const word = policy?.toLowerCase()
  if (word === 'formal' || word === 'informal') return word
  if (policy !== undefined)
    notes.lost(
      'group',
      name,
      'participationPolicy',
      `the policy '${policy}' is not known`,
      'is it formal or informal? The config says informal',
    )
  return 'informal'
}

function methodOf({ method }: LyncGroup, name: string, notes: Notes): string {
  const word = method?.toLowerCase() ?? 'parallel'
  const known = Object.hasOwn(methods, word) ? methods[word] : undefined
  if (known !== undefined) return known
  notes.lost(
    ...(['group', name, 'routingMethod'] as const),
    `the routing method '${method ?? ''}' is not known`,
    'ConvertTo-Json writes numbers; export the names, or write longestIdle, parallel, roundRobin, serial or attendant. The config says parallel',
  )
  return 'parallel'
}

const [leastAlert, mostAlert] = [10, 180]

function alertTimeOf({ alertTime }: LyncGroup, name: string, notes: Notes): string | undefined {
  if (alertTime === undefined) return undefined
  const seconds = Math.min(mostAlert, Math.max(leastAlert, Math.round(alertTime)))
  if (seconds !== alertTime)
    notes.changed(
      'group',
      name,
      'agentAlertTime',
      `it was ${alertTime} s and is ${seconds} s`,
      'a phone rings for 10 s to 180 s: an INVITE ends after three minutes (RFC 3261 §16.6)',
    )
  return `${seconds}s`
}
