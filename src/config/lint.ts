import { isIP } from 'node:net'
import type { WallTime } from '../foundation/time.js'
import { faultAt, type Placed } from './complaints.js'
import type { ConfigFault } from './faults.js'
import { isWideBlock } from './fields.js'
import type { Gathered } from './gather.js'
import { loops, ownContacts } from './lint-loops.js'
import { lintNames } from './lint-names.js'
import { lintUsers } from './lint-users.js'
import { lintWebhooks } from './lint-webhooks.js'
import { lintWorkflows } from './lint-workflows.js'
import type { QueueEntry } from './schema.js'
import type { Settings } from './settings.js'
import { actionsOf, queuesOfWorkflow } from './walk.js'

/** Warns about a config that works but is probably a mistake, each time with the place and the remedy. `folder` is the config folder. */
export function lintConfig(
  gathered: Gathered,
  settings: Settings,
  surroundings: { readonly folder: string; readonly now: WallTime },
): ConfigFault[] {
  const dead = queuesWithoutAgents(gathered, settings)
  return [
    ...idle(gathered, settings),
    ...dead.map(queue => faultAt(queue, ['groups'], `none of the groups of '${queue.value.name}' has an agent who can be rung`)),
    ...withoutContact(gathered),
    ...outOfReach(gathered),
    ...withoutNotifier(gathered),
    ...passwordsElsewhere(gathered),
    ...unregistrable(gathered),
    ...loops(gathered),
    ...ownContacts(gathered, settings.calls.ourHosts),
    ...lateAlerts(gathered, settings),
    ...lintWorkflows(gathered, new Set(dead.map(({ value }) => value.name)), surroundings),
    ...lintNames(gathered),
    ...openDoors(gathered),
    ...farTransfers(gathered),
    ...farOutbound(gathered),
    ...lintUsers(gathered, surroundings.now),
    ...lintWebhooks(gathered),
  ]
}

/** Warns about agents, groups and queues that are not used anywhere. */
function idle({ agents, groups, queues, workflows }: Gathered, { routing }: Settings): ConfigFault[] {
  const grouped = new Set(routing.groups.flatMap(group => group.agents))
  const searched = new Set(queues.flatMap(({ value }) => value.groups))
  const led = new Set([
    ...workflows.flatMap(({ value }) => queuesOfWorkflow(value).map(([, queue]) => queue)),
    ...queues.flatMap(({ value }) => actionsOf(value).map(([, action]) => action.queue)),
  ])
  return [
    ...agents
      .filter(({ value }) => !grouped.has(value.uri))
      .map(agent => faultAt(agent, ['uri'], `${agent.value.uri} is in no group and gets no calls`)),
    ...groups
      .filter(({ value }) => !searched.has(value.name))
      .map(group => faultAt(group, ['name'], `no queue searches the group '${group.value.name}'`)),
    ...queues
      .filter(({ value }) => !led.has(value.name))
      .map(queue => faultAt(queue, ['name'], `no workflow and no action leads to the queue '${queue.value.name}'`)),
  ]
}

function queuesWithoutAgents({ queues }: Gathered, { routing }: Settings): Placed<QueueEntry>[] {
  const local = new Set(routing.agents.filter(({ homed }) => homed === 'local').map(({ uri }) => uri))
  const working = new Set(
    routing.groups.filter(group => group.agents.some(agent => local.has(agent))).map(({ name }) => name as string),
  )
  return queues.filter(({ value }) => !value.groups.some(group => working.has(group)))
}

function withoutContact({ agents, sections }: Gathered): ConfigFault[] {
  if (sections?.sip.outboundProxy !== undefined) return []
  return agents
    .filter(({ value }) => value.contact === undefined && value.password === undefined && value.homed === 'local')
    .map(agent =>
      faultAt(
        agent,
        ['uri'],
        `${agent.value.uri} has no contact and there is no sip.outboundProxy: calls go to the host of the URI itself`,
      ),
    )
}

/** Warns about contacts with an address family (IPv4 or IPv6) to which none of our addresses can send. */
function outOfReach({ agents, sections }: Gathered): ConfigFault[] {
  // The addresses of a drachtio-server are not known here.
  if (sections?.sip.engine === 'drachtio') return []
  const families = new Set(sections?.sip.listen.map(({ host }) => isIP(host)))
  return agents.flatMap(agent => {
    const [, bracketed, plain = ''] = /@(?:\[([^\]]+)\]|([^:;?]+))/.exec(agent.value.contact?.text ?? '') ?? []
    const family = isIP(bracketed ?? plain)
    if (family === 0 || families.has(family)) return []
    return [
      faultAt(agent, ['contact'], `nothing in sip.listen is IPv${family}: this phone can't be reached; add an address of it`),
    ]
  })
}

function withoutNotifier({ agents, sections }: Gathered): ConfigFault[] {
  if (sections === undefined || sections.sip.outboundProxy !== undefined) return []
  return agents
    .filter(({ value }) => (value.presence ?? sections.presence.default).includes('subscribe'))
    .map(agent =>
      faultAt(
        agent,
        ['uri'],
        `the presence of ${agent.value.uri} is asked for at the host of the URI itself: name the PBX as sip.outboundProxy`,
      ),
    )
}

/** Warns about passwords of agents outside our domain. No phone could use them, because phones register as users of our domain. */
function passwordsElsewhere({ agents, sections }: Gathered): ConfigFault[] {
  return agents
    .filter(({ value }) => value.password !== undefined && sections?.sip.domain !== value.uri.split('@').at(-1))
    .map(agent =>
      faultAt(
        agent,
        ['password'],
        `${agent.value.uri} is not in the domain ${sections?.sip.domain ?? ''}: no phone can register as this agent`,
      ),
    )
}

/**
 * Warns about agents whose phones can't register. Without a password only the phone of the console can, so the source `registration` might
 * never report the agent as available. Agents with the source `console` are left out, because they use the console.
 */
function unregistrable({ agents, sections }: Gathered): ConfigFault[] {
  return agents
    .filter(({ value }) => value.password === undefined && value.homed === 'local')
    .filter(({ value }) => {
      const sources = value.presence ?? sections?.presence.default ?? 'always'
      return sources.includes('registration') && !sources.includes('console')
    })
    .map(agent =>
      faultAt(
        agent,
        [],
        `the presence of ${agent.value.uri} comes by registration, but without a password only the console's phone can register`,
      ),
    )
}

function lateAlerts({ queues }: Gathered, { routing }: Settings): ConfigFault[] {
  const alertTimes = new Map(routing.groups.map(({ name, agentAlertTime }) => [name as string, agentAlertTime]))
  return queues.flatMap(queue => {
    const after = queue.value.timeout?.after
    const late = queue.value.groups.find(group => after !== undefined && (alertTimes.get(group) ?? 0) >= after)
    return late === undefined
      ? []
      : [
          faultAt(
            queue,
            ['timeout', 'after'],
            `the queue's time-out comes before the first agent of '${late}' has rung for its agentAlertTime`,
          ),
        ]
  })
}

function openDoors(gathered: Gathered): ConfigFault[] {
  const { sections, sectionPlaces } = gathered
  const place = sectionPlaces.get('sip')
  const isEmpty = sections?.sip.trustedPeers.length === 0
  return [
    ...(place && isEmpty ? [faultAt(place, [], 'trustedPeers is empty: nobody can call')] : []),
    ...wideBlocks(gathered, 'sip', 'trustedPeers', sections?.sip.trustedPeers, 'name the PBX or SBC'),
    ...gathered.agents.flatMap(agent =>
      (agent.value.contactNetworks ?? []).flatMap((peer, index) =>
        isWideBlock(peer)
          ? [
              faultAt(
                agent,
                ['contactNetworks', index],
                `${peer} holds a large part of the Internet; name the network of the phones`,
              ),
            ]
          : [],
      ),
    ),
    ...wideBlocks(gathered, 'http', 'trustedProxies', sections?.http.trustedProxies, 'name the proxy'),
    ...wideMetrics(gathered),
  ]
}

function wideMetrics({ sections, sectionPlaces }: Gathered): ConfigFault[] {
  const place = sectionPlaces.get('http')
  if (!place) return []
  return (sections?.http.metrics?.allow ?? []).flatMap((peer, index) =>
    isWideBlock(peer)
      ? [faultAt(place, ['metrics', 'allow', index], `${peer} shows metrics to a large part of the Internet; name the scraper`)]
      : [],
  )
}

function wideBlocks(
  { sectionPlaces }: Gathered,
  section: 'sip' | 'http',
  key: string,
  peers: readonly string[] = [],
  remedy: string,
): ConfigFault[] {
  const place = sectionPlaces.get(section)
  if (!place) return []
  return peers.flatMap((peer, index) =>
    isWideBlock(peer) ? [faultAt(place, [key, index], `${peer} trusts a large part of the Internet; ${remedy}`)] : [],
  )
}

const everyNumber = /^\+?\*$/

/** Warns about outbound calls to every number, including numbers that cost money. */
const farOutbound = ({ workflows }: Gathered): ConfigFault[] =>
  workflows.flatMap(workflow =>
    (workflow.value.outbound?.numbers ?? []).flatMap((number, index) =>
      everyNumber.test(number)
        ? [
            faultAt(
              workflow,
              ['outbound', 'numbers', index],
              `${number} lets agents call any number, also one that costs; name those that are meant`,
            ),
          ]
        : [],
    ),
  )

/** Warns about transfer rules that allow every number, including numbers that cost money. */
function farTransfers({ sections, sectionPlaces }: Gathered): ConfigFault[] {
  const place = sectionPlaces.get('transfers')
  if (!sections || !place) return []
  const { allow } = sections.transfers
  const noWay = sections.sip.outboundProxy === undefined
  return allow.flatMap(({ number }, index) => {
    if (number === undefined) return []
    if (everyNumber.test(number))
      return [
        faultAt(
          place,
          ['allow', index, 'number'],
          `${number} lets a call be sent on to any number, also one that costs; name those that are meant`,
        ),
      ]
    return noWay
      ? [
          faultAt(
            place,
            ['allow', index, 'number'],
            `${number} can't be reached: numbers are called through sip.outboundProxy, which is missing`,
          ),
        ]
      : []
  })
}
