import { faultAt, placeOf, type Placed } from './complaints.js'
import { didYouMean, mostFaults, type ConfigFault } from './faults.js'
import type { Gathered } from './gather.js'
import { numberKey } from './numbers.js'
import type { TokenEntry, UserEntry } from './schema-users.js'
import type { WorkflowEntry } from './schema-workflows.js'
import type { Path } from './source.js'
import { actionsOf, queuesOfWorkflow } from './walk.js'

/** Only the first faults suggest a name, because each suggestion compares the name with all others: 10,000 agents take 50 ms. */
const mostHints = 10

/** Reports names that occur twice, and references to names that do not exist. */
export function checkReferences(gathered: Gathered, faults: ConfigFault[]): void {
  const { agents, groups, queues, workflows, hours, holidays, users, tokens, faultyNames, complete } = gathered
  unique(agents, ['uri'], ({ uri }) => uri, 'agent', faults)
  unique(groups, ['name'], ({ name }) => name, 'group', faults)
  unique(groups, ['signInCode'], ({ signInCode }) => signInCode, 'a group with this code', faults)
  unique(queues, ['name'], ({ name }) => name, 'queue', faults)
  unique(workflows, ['name'], ({ name }) => name, 'workflow', faults)
  unique(workflows, ['uri'], ({ uri }) => `${uri.user ?? ''}@${uri.host}`, 'workflow with the uri', faults)
  numbersOnce(gathered, faults)
  signInCodes(gathered, faults)
  outboundCalls(gathered, faults)
  unique(hours, ['name'], ({ name }) => name, 'set of hours', faults)
  unique(holidays, ['name'], ({ name }) => name, 'set of holidays', faults)
  unique(users, ['name'], ({ name }) => name, 'user', faults)
  unique(tokens, ['name'], ({ name }) => name, 'token', faults)
  unique(tokens, ['hash'], ({ hash }) => hash, 'a token with this hash', faults, 'unnamed')
  const known = (entries: readonly Placed<{ readonly name: string }>[]): Set<string> =>
    new Set(entries.map(({ value }) => value.name))
  const mustBeKnown: KnownCheck = (entry, path, name, those, what) => {
    if (!complete || those.has(name) || faultyNames.has(name) || faults.length >= mostFaults) return
    const hint = faults.length < mostHints ? didYouMean(name, those) : ''
    faults.push(faultAt(entry, path, `there is no ${what} '${name}'${hint}`))
  }
  const agentUris = new Set<string>(agents.map(({ value }) => value.uri))
  const [groupNames, queueNames, hoursNames, holidayNames] = [known(groups), known(queues), known(hours), known(holidays)]
  const workflowNames = known(workflows)
  const daysOf = new Map(holidays.map(({ value }) => [value.name, value.days.length]))
  checkRights([...users, ...tokens], agentUris, workflowNames, mustBeKnown)
  for (const group of groups) {
    unique(
      (group.value.agents ?? []).map((value, index) => ({ ...group, value, path: [...group.path, 'agents', index] })),
      [],
      uri => uri,
      'agent of this group:',
      faults,
    )
    group.value.agents?.forEach((uri, index) => mustBeKnown(group, ['agents', index], uri, agentUris, 'agent'))
  }
  for (const queue of queues) {
    queue.value.groups.forEach((name, index) => mustBeKnown(queue, ['groups', index], name, groupNames, 'group'))
    for (const [path, action] of actionsOf(queue.value))
      if (action.queue !== undefined) mustBeKnown(queue, [...path, 'queue'], action.queue, queueNames, 'queue')
  }
  const names = { queues: queueNames, hours: hoursNames, holidays: holidayNames, groups: groupNames }
  for (const workflow of workflows) {
    namesInWorkflow(workflow, names, mustBeKnown)
    checkHolidays(workflow, daysOf, faults)
  }
}

interface KnownNames {
  readonly queues: ReadonlySet<string>
  readonly hours: ReadonlySet<string>
  readonly holidays: ReadonlySet<string>
  readonly groups: ReadonlySet<string>
}

function namesInWorkflow(workflow: Placed<WorkflowEntry>, names: KnownNames, mustBeKnown: KnownCheck): void {
  const { hours, holidays = [], outbound } = workflow.value
  for (const [path, queue] of queuesOfWorkflow(workflow.value)) mustBeKnown(workflow, path, queue, names.queues, 'queue')
  if (typeof hours === 'string') mustBeKnown(workflow, ['hours'], hours, names.hours, 'set of hours')
  for (const [index, name] of holidays.entries())
    mustBeKnown(workflow, ['holidays', index], name, names.holidays, 'set of holidays')
  for (const [index, name] of (outbound?.groups ?? []).entries())
    mustBeKnown(workflow, ['outbound', 'groups', index], name, names.groups, 'group')
}

/** In all sets of a workflow. */
const mostDays = 1_000

function checkHolidays(workflow: Placed<WorkflowEntry>, daysOf: ReadonlyMap<string, number>, faults: ConfigFault[]): void {
  const { holidays: sets = [] } = workflow.value
  const named = sets.map((value, index) => ({ ...workflow, value, path: [...workflow.path, 'holidays', index] }))
  unique(named, [], name => name, 'set of holidays of this workflow:', faults)
  const days = sets.reduce((sum, name) => sum + (daysOf.get(name) ?? 0), 0)
  if (days > mostDays)
    faults.push(faultAt(workflow, ['holidays'], `these sets have ${days} holidays together; up to ${mostDays} are possible`))
}

/**
 * Reports numbers that lead to two workflows. The user part of a URI is a number too if it looks like one and the host is ours, because a
 * PBX may send either.
 */
function numbersOnce({ workflows, sections }: Gathered, faults: ConfigFault[]): void {
  const ours = new Set([sections?.sip.domain, sections?.sip.advertise])
  const first = new Map<string, Placed<WorkflowEntry>>()
  for (const workflow of workflows) {
    const { uri, number } = workflow.value
    const named = [
      ...(number === undefined ? [] : [['number', number] as const]),
      ...(uri.user === undefined || !ours.has(uri.host) ? [] : [['uri', uri.user] as const]),
    ]
    for (const [key, text] of named) {
      const before = first.get(numberKey(text))
      if (!before) first.set(numberKey(text), workflow)
      else if (before !== workflow)
        faults.push(
          faultAt(workflow, [key], `${text} also leads to the workflow at ${placeOf(before)}; a number has one workflow`),
        )
    }
  }
}

/** Reports sign-in codes that are the number of a workflow too. */
function signInCodes({ groups, workflows, sections }: Gathered, faults: ConfigFault[]): void {
  const code = sections?.agents.signIn?.code
  if (code === undefined) return
  const codes = new Set([code, ...groups.map(({ value }) => `${code}${value.signInCode ?? ''}`)].map(numberKey))
  for (const workflow of workflows) {
    const { uri, number } = workflow.value
    const [key, text] = number !== undefined && codes.has(numberKey(number)) ? ['number', number] : ['uri', uri.user]
    if (text !== undefined && codes.has(numberKey(text)))
      faults.push(faultAt(workflow, [key], `${text} is a code for signing in (agents.signIn); choose another number or code`))
  }
}

/** Reports outbound calls that have no way out, and prefixes that also mean something else. */
function outboundCalls({ groups, workflows, sections }: Gathered, faults: ConfigFault[]): void {
  unique(workflows, ['outbound', 'prefix'], ({ outbound }) => outbound?.prefix, 'a workflow with the prefix', faults)
  const code = sections?.agents.signIn?.code
  const codes = new Set(code === undefined ? [] : [code, ...groups.map(({ value }) => `${code}${value.signInCode ?? ''}`)])
  for (const workflow of workflows) {
    const { outbound } = workflow.value
    if (!outbound) continue
    if (sections && !sections.sip.outboundProxy)
      faults.push(faultAt(workflow, ['outbound'], 'agents call out through sip.outboundProxy, which is missing'))
    if (outbound.prefix !== undefined && codes.has(outbound.prefix))
      faults.push(faultAt(workflow, ['outbound', 'prefix'], `${outbound.prefix} is a code for signing in (agents.signIn)`))
  }
}

/** Checks the agent and the workflows that users and tokens name. */
function checkRights(
  holders: readonly Placed<UserEntry | TokenEntry>[],
  agents: ReadonlySet<string>,
  workflows: ReadonlySet<string>,
  mustBeKnown: KnownCheck,
): void {
  for (const holder of holders) {
    const { agent, workflows: managed } = holder.value
    if (agent !== undefined) mustBeKnown(holder, ['agent'], agent, agents, 'agent')
    managed?.forEach((name, index) => mustBeKnown(holder, ['workflows', index], name, workflows, 'workflow'))
  }
}

type KnownCheck = (entry: Placed<unknown>, path: Path, name: string, those: ReadonlySet<string>, what: string) => void

function unique<T>(
  entries: readonly Placed<T>[],
  path: Path,
  keyOf: (value: T) => string | undefined,
  what: string,
  faults: ConfigFault[],
  /** `unnamed`: the fault does not show the key, because it may not get into a log. */
  naming: 'named' | 'unnamed' = 'named',
): void {
  const first = new Map<string, Placed<T>>()
  for (const entry of entries) {
    const key = keyOf(entry.value)
    if (key === undefined) continue
    const before = first.get(key)
    if (before)
      faults.push(
        faultAt(entry, path, `${what}${naming === 'named' ? ` '${key}'` : ''} is already defined at ${placeOf(before, path)}`),
      )
    else first.set(key, entry)
  }
}
