import { get } from '../api/client.js'
import { readSession } from '../api/session.js'
import type { Agent, Call, Group, Queue } from '../api/documents.js'
import { after, now } from '../clock.js'
import { Store } from '../store.js'
import { EventStream } from './stream.js'
import { emptyWorld, withEvent, worldOf, type LiveEvent, type LiveWorld } from './world.js'

/** How the stream of events stands: not yet read, live, or broken off (it is tried again). */
export type Connection = 'connecting' | 'live' | 'lost'

export const world = new Store<LiveWorld>(emptyWorld)
export const connection = new Store<Connection>('connecting')
/** Counts calls that ended since the console was opened: whoever shows records reads them again. */
export const endedCalls = new Store(0)

/** When the config was read last, once it was since the console was opened. */
export const configRead = new Store<string | undefined>(undefined)

const kinds = ['agent', 'group', 'queue', 'call', 'config', 'gone'] as const

/** Events that come while the lists are read. */
let early: LiveEvent[] | undefined
/** Each reading of the lists is another one: what an older one brings is of no interest. */
let reading = 0

const stream = new EventStream(
  kinds,
  {
    opened: () => void readLists(),
    lost() {
      reading += 1
      connection.set('lost')
      // The server may be there and not know us any more: a stream does not say why it broke off.
      void readSession()
    },
    came(kind, text) {
      const known = kinds.find(name => name === kind)
      if (known) take(eventOf(known, text))
      // What agents, groups and queues are may be another now, without an event of each.
      if (known === 'config') void readLists()
    },
  },
  { open: () => new EventSource('/api/events'), after },
)

/** Follows the server until what it returns is called: then nothing is known any more, for somebody else may come. */
export function follow(): () => void {
  stream.start()
  return () => {
    stream.stop()
    reading += 1
    world.set(emptyWorld)
    connection.set('connecting')
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
  reading += 1
  const mine = reading
  early = []
  const [agents, groups, queues, calls] = await Promise.all([
    get<Agent[]>('/api/agents'),
    get<Group[]>('/api/groups'),
    get<Queue[]>('/api/queues'),
    get<Call[]>('/api/calls'),
  ])
  if (mine !== reading) return
  const events = early
  early = undefined
  if (agents.kind !== 'ok' || groups.kind !== 'ok' || queues.kind !== 'ok' || calls.kind !== 'ok') {
    stream.lose()
    return
  }
  const lists = { agents: agents.value, groups: groups.value, queues: queues.value, calls: calls.value }
  world.set(events.reduce((read, event) => withEvent(read, event, now()), worldOf(lists, now())))
  connection.set('live')
}
