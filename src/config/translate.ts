import { networkInterfaces } from 'node:os'
import { dirname, resolve } from 'node:path'
import { millis } from '../foundation/time.js'
import type { Action, AgentSettings, GroupSettings, QueueSettings } from '../routing/settings.js'
import type { AgentUri, GroupName, QueueName, WorkflowName } from '../routing/ids.js'
import type { Gathered } from './gather.js'
import type { ActionEntry, AgentEntry, GroupEntry, QueueEntry, Sections, WorkflowEntry } from './schema.js'
import type { CallSettings, DialledWorkflow, Settings } from './settings.js'

const defaultAttendantOffers = 3

/** A checked config as what each part of the server needs. `base`: where relative paths begin. `lists`: the members of each group that has a distribution list. */
export function translate(
  gathered: Gathered,
  sections: Sections,
  base: string,
  generation: number,
  lists: ReadonlyMap<string, readonly AgentUri[]>,
): Settings {
  const values = <T>(entries: readonly { readonly value: T }[]): T[] => entries.map(({ value }) => value)
  const [agents, groups, queues, workflows] = [
    values(gathered.agents),
    values(gathered.groups),
    values(gathered.queues),
    values(gathered.workflows),
  ]
  const store =
    sections.store.kind === 'memory' ? sections.store : ({ kind: 'sqlite', file: resolve(base, sections.store.path) } as const)
  const beside = store.kind === 'memory' ? resolve(base, 'data') : dirname(store.file)
  return {
    routing: {
      generation,
      ringbackGracePeriod: sections.agents.ringbackGracePeriod,
      agents: agents.map(agent => agentSettings(agent, sections)),
      groups: groups.map(group => groupSettings(group, sections, lists)),
      queues: queues.map(queue => queueSettings(queue, sections)),
      workflows: workflows.map(({ name, active, queue }) => ({
        name: name as WorkflowName,
        active,
        entry: { kind: 'queue', queue: queue as QueueName },
      })),
    },
    calls: callSettings(agents, workflows, sections),
    sip: {
      listen: sections.sip.listen,
      trustedPeers: sections.sip.trustedPeers,
      ...(sections.sip.advertise !== undefined && { advertise: sections.sip.advertise }),
    },
    http: sections.http.listen,
    store,
    journal: {
      folder: sections.journal.folder === undefined ? resolve(beside, 'journal') : resolve(base, sections.journal.folder),
      maxFileBytes: sections.journal.maxFileSize,
      keep: sections.journal.keep,
    },
    presence: { agents: new Map(agents.map(agent => [agent.uri, agent.presence ?? sections.presence.default])) },
    groups: groups.map(({ name, description }) => ({
      name: name as GroupName,
      ...(description !== undefined && { description }),
    })),
  }
}

function agentSettings(agent: AgentEntry, sections: Sections): AgentSettings {
  return {
    uri: agent.uri,
    ...(agent.name !== undefined && { name: agent.name }),
    homed: agent.homed,
    wrapUp: agent.wrapUp ?? sections.agents.wrapUp,
    alwaysAvailable: (agent.presence ?? sections.presence.default) === 'always',
  }
}

function groupSettings(group: GroupEntry, sections: Sections, lists: ReadonlyMap<string, readonly AgentUri[]>): GroupSettings {
  return {
    name: group.name as GroupName,
    participationPolicy: group.participationPolicy,
    agentAlertTime: group.agentAlertTime ?? sections.defaults.agentAlertTime,
    routingMethod: group.routingMethod,
    agents: group.agents ?? lists.get(group.name) ?? [],
    ...(group.wrapUp !== undefined && { wrapUp: group.wrapUp }),
    attendantOffers: group.attendantOffers ?? defaultAttendantOffers,
  }
}

function queueSettings({ name, groups, timeout, overflow, noAgents }: QueueEntry, sections: Sections): QueueSettings {
  const action = (entry: ActionEntry): Action => actionOf(entry, sections)
  return {
    name: name as QueueName,
    groups: groups as GroupName[],
    ...(timeout && { timeout: { after: millis(timeout.after), action: action(timeout.action) } }),
    ...(overflow && { overflow: { ...overflow, action: action(overflow.action) } }),
    noAgents: { when: noAgents.when, action: action(noAgents.action) },
  }
}

/** A telephone number is called at the outbound proxy, else at our domain (RFC 3261 §19.1.6). */
function actionOf(entry: ActionEntry, { sip }: Sections): Action {
  const numberUri = (number: string): string => `sip:${number}@${sip.outboundProxy?.hostPort ?? sip.domain};user=phone`
  if (entry.queue !== undefined) return { kind: 'queue', queue: entry.queue as QueueName }
  if (entry.number !== undefined) return { kind: 'forward', as: 'number', to: numberUri(entry.number) }
  for (const as of ['voicemail', 'uri'] as const) {
    const target = entry[as]
    if (target) return { kind: 'forward', as, to: target.kind === 'number' ? numberUri(target.number) : target.uri.text }
  }
  return { kind: 'disconnect' }
}

function callSettings(agents: readonly AgentEntry[], workflows: readonly WorkflowEntry[], { sip }: Sections): CallSettings {
  return {
    domain: sip.domain,
    ourHosts: [...(sip.advertise === undefined ? [] : [sip.advertise]), ...sip.listen.flatMap(({ host }) => addressesOf(host))],
    ...(sip.outboundProxy && { outboundProxy: sip.outboundProxy.text }),
    workflows: workflows.map(dialled),
    agents: agents.map(({ uri, name, contact }) => ({
      uri,
      ...(name !== undefined && { name }),
      ...(contact && { contact: contact.text }),
    })),
  }
}

/** An address that we listen on; where that is all of them, each that the machine has now. */
function addressesOf(host: string): string[] {
  if (host !== '0.0.0.0' && host !== '::') return [host]
  const all = Object.values(networkInterfaces()).flatMap(addresses => addresses ?? [])
  return all.filter(({ family }) => (family === 'IPv6') === (host === '::')).map(({ address }) => address)
}

function dialled({ name, uri, number, displayName, anonymous, callerDisplay }: WorkflowEntry): DialledWorkflow {
  return {
    name: name as WorkflowName,
    uri: uri.text,
    ...(number !== undefined && { number }),
    displayName: displayName ?? name,
    anonymous,
    callerDisplay,
  }
}
