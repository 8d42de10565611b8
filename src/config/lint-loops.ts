import { faultAt, type Placed } from './complaints.js'
import type { ConfigFault } from './faults.js'
import type { Target } from './fields.js'
import type { Gathered } from './gather.js'
import { numberKey } from './numbers.js'
import type { ActionEntry } from './schema-actions.js'
import type { WorkflowEntry } from './schema-workflows.js'
import type { Path } from './source.js'
import type { ConfigUri } from './uri.js'
import { actionsOf, actionsOfWorkflow, queuesOfWorkflow, type Within } from './walk.js'

/** A queue or a workflow, such as `queue 'support'`. */
type Stop = string

/** A path that calls take from one stop to another. */
interface Way {
  readonly from: Stop
  readonly to: Stop
  /** The action that an admin should change. Absent for a workflow that names its queue, because this alone makes no loop. */
  readonly place?: { readonly entry: Placed<unknown>; readonly path: Path }
}

/**
 * Warns about actions that lead calls back to where they came from, through other queues or through the number or URI of one of our
 * workflows.
 */
export function loops(gathered: Gathered): ConfigFault[] {
  const ways = waysOf(gathered)
  const onward = new Map<Stop, Stop[]>()
  for (const { from, to } of ways) onward.set(from, [...(onward.get(from) ?? []), to])
  const reaches = (at: Stop, to: Stop, seen: Set<Stop>): boolean => {
    if (at === to) return true
    if (seen.has(at)) return false
    seen.add(at)
    return (onward.get(at) ?? []).some(next => reaches(next, to, seen))
  }
  return ways.flatMap(({ from, to, place }) =>
    place && reaches(to, from, new Set()) ? [faultAt(place.entry, place.path, circle(from, to))] : [],
  )
}

/** Warns about agents whose contact is an address on which we listen, or one of our workflows. Their calls would come back to us. */
export function ownContacts(gathered: Gathered, ourHosts: readonly string[]): ConfigFault[] {
  const { agents, workflows, sections } = gathered
  const hosts = new Set(ourHosts.map(host => host.toLowerCase()))
  const ports = new Set(sections?.sip.listen.map(({ port }) => port))
  const ours = new Set([...hosts, sections?.sip.domain])
  return agents.flatMap(agent => {
    const { contact } = agent.value
    if (!contact) return []
    const isOurs = hosts.has(contact.host) && ports.has(portOf(contact))
    const own = workflows.find(({ value }) => answersTo(value, { kind: 'uri', uri: contact }, ours))
    if (!isOurs && !own) return []
    const place = own ? `our own ${workflowStop(own.value.name)}` : 'an address that we listen on'
    return [faultAt(agent, ['contact'], `this is ${place}: calls for ${agent.value.uri} come back to us and are refused`)]
  })
}

const portOf = ({ text, hostPort }: ConfigUri): number =>
  Number(/:(\d+)$/.exec(hostPort.replace(/^\[[^\]]*\]/, ''))?.[1] ?? (/^sips:|;transport=tls/i.test(text) ? 5061 : 5060))

function circle(from: Stop, to: Stop): string {
  if (to.startsWith('queue')) return `calls can come back to ${from} from here; a call ends after ten queues`
  return `this is our own ${to}: calls can come back to ${from} from here, again and again`
}

function waysOf({ queues, workflows, sections }: Gathered): Way[] {
  const ours = new Set([sections?.sip.domain, sections?.sip.advertise])
  const dialled = (target: Target): Stop[] =>
    workflows.filter(({ value }) => answersTo(value, target, ours)).map(({ value }) => workflowStop(value.name))
  const actionWays = (entry: Placed<unknown>, from: Stop, actions: readonly Within<ActionEntry>[]): Way[] =>
    actions.flatMap(([path, action]) => {
      const said = forwardOf(action)
      const queue =
        action.queue === undefined ? [] : [{ from, to: queueStop(action.queue), place: { entry, path: [...path, 'queue'] } }]
      const own = said ? dialled(said.target).map(to => ({ from, to, place: { entry, path: [...path, said.key] } })) : []
      return [...queue, ...own]
    })
  return [
    ...queues.flatMap(queue => actionWays(queue, queueStop(queue.value.name), actionsOf(queue.value))),
    ...workflows.flatMap(workflow => {
      const from = workflowStop(workflow.value.name)
      const plain = queuesOfWorkflow(workflow.value).map(([, queue]) => ({ from, to: queueStop(queue) }))
      const forwards = actionWays(workflow, from, actionsOfWorkflow(workflow.value)).filter(({ to }) => to.startsWith('workflow'))
      return [...plain, ...forwards]
    }),
  ]
}

const queueStop = (name: string): Stop => `queue '${name}'`
const workflowStop = (name: string): Stop => `workflow '${name}'`

function forwardOf({ number, voicemail, uri }: ActionEntry): { readonly key: string; readonly target: Target } | undefined {
  if (number !== undefined) return { key: 'number', target: { kind: 'number', number } }
  if (voicemail) return { key: 'voicemail', target: voicemail }
  return uri && { key: 'uri', target: uri }
}

/**
 * Whether a workflow answers calls to this target. Calls are matched in the same way: by number, by user part and host, or by the user part
 * alone if the host is ours.
 */
function answersTo({ uri, number }: WorkflowEntry, target: Target, ours: ReadonlySet<string | undefined>): boolean {
  const isNumber = (text: string): boolean => number !== undefined && numberKey(text) === numberKey(number)
  if (target.kind === 'number') return isNumber(target.number)
  const { user, host } = target.uri
  return (
    user !== undefined && ((user === uri.user && host === uri.host) || (ours.has(host) && (user === uri.user || isNumber(user))))
  )
}
