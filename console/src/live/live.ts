import { get } from '../api/client.js'
import type { Agent, Call, Group, Queue } from '../api/documents.js'
import { after, now } from '../clock.js'
import { Store } from '../store.js'
import { emptyWorld, withEvent, worldOf, type LiveEvent, type LiveWorld } from './world.js'

/** How the stream of events stands: not yet read, live, or broken off (the browser tries again by itself). */
export type Connection = 'connecting' | 'live' | 'lost'

export const world = new Store<LiveWorld>(emptyWorld)
export const connection = new Store<Connection>('connecting')
/** Counts calls that ended since the console was opened: whoever shows records reads them again. */
export const endedCalls = new Store(0)

/** When the config was read last, once it was since the console was opened. */
export const configRead = new Store<string | undefined>(undefined)

const kinds = ['agent', 'group', 'queue', 'call', 'config', 'gone'] as const
const tryAgainAfter = 2_000

/** Events that come while the lists are read. */
let early: LiveEvent[] | undefined
let stream: EventSource | undefined

/** Follows the server until the page is left. */
export function follow(): void {
  stream?.close()
  stream = new EventSource('/api/events')
  stream.addEventListener('open', () => void readLists())
  stream.addEventListener('error', () => {
    connection.set('lost')
    if (stream?.readyState === EventSource.CLOSED) after(tryAgainAfter, follow)
  })
  for (const kind of kinds) {
    stream.addEventListener(kind, (message: MessageEvent<string>) => {
      take(eventOf(kind, message.data))
    })
  }
}

/** As in api/client: one version, one shape. */
function eventOf(kind: LiveEvent['kind'], text: string): LiveEvent {
  const document: unknown = JSON.parse(text)
  return { kind, document } as LiveEvent
}

function take(event: LiveEvent): void {
  if (early) early.push(event)
  else world.set(withEvent(world.state, event, now()))
  if (event.kind === 'config') configRead.set(event.document.readAt)
  if (event.kind === 'gone' && event.document.kind === 'call') endedCalls.set(endedCalls.state + 1)
}

/** The stream stands already: what changes while the lists are read comes by it, and is put on top of them. */
async function readLists(): Promise<void> {
  early = []
  const [agents, groups, queues, calls] = await Promise.all([
    get<Agent[]>('/api/agents'),
    get<Group[]>('/api/groups'),
    get<Queue[]>('/api/queues'),
    get<Call[]>('/api/calls'),
  ])
  const events = early
  early = undefined
  if (agents.kind !== 'ok' || groups.kind !== 'ok' || queues.kind !== 'ok' || calls.kind !== 'ok') {
    connection.set('lost')
    after(tryAgainAfter, follow)
    return
  }
  const lists = { agents: agents.value, groups: groups.value, queues: queues.value, calls: calls.value }
  world.set(events.reduce((read, event) => withEvent(read, event, now()), worldOf(lists, now())))
  connection.set('live')
}
