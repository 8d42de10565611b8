import { get } from '../api/client.js'
import { readSession } from '../api/session.js'
import type { Agent, Call, Group, Queue } from '../api/documents.js'
import { AtMost } from '../at-most.js'
import { after, now } from '../clock.js'
import { Store } from '../store.js'
import { EventStream } from './stream.js'
import { emptyWorld, withEvents, worldOf, type LiveEvent, type LiveWorld } from './world.js'

/** The state of the event stream. `lost`: it broke off and is being opened again. */
type Connection = 'connecting' | 'live' | 'lost'

export const world = new Store<LiveWorld>(emptyWorld)
export const connection = new Store<Connection>('connecting')
/** Counts how often the connection to the server came back. Pages then read again, because their content may be old or missing. */
export const recoveries = new Store(0)
/** Counts calls that ended since the console was opened. Pages with call records read them again when it changes. */
export const endedCalls = new Store(0)

/** When the server last read its config. Undefined until it does so after the console was opened. */
export const configRead = new Store<string | undefined>(undefined)

const kinds = ['agent', 'group', 'queue', 'call', 'config', 'gone'] as const

/** Events that arrive while the lists are being read. Undefined at other times. */
let early: LiveEvent[] | undefined
/** The number of the current reading of the lists. Results of earlier readings are dropped. */
let reading = 0

const stream = new EventStream(
  kinds,
  {
    opened: () => void readLists(),
    lost() {
      reading += 1
      connection.set('lost')
      // EventSource does not say why it broke off. Perhaps the server can be reached, but the session has ended.
      void readSession()
    },
    came(kind, text) {
      const known = kinds.find(name => name === kind)
      if (known) take(eventOf(known, text))
      // A new config may change agents, groups and queues without an event for each of them.
      if (known === 'config') void readLists()
    },
  },
  { open: () => new EventSource('/api/events'), after },
)

/**
 * Follows the server until the returned function is called. That function also clears the data, because the next person may have
 * fewer rights.
 */
export function follow(): () => void {
  stream.start()
  return () => {
    stream.stop()
    reading += 1
    batch = []
    world.set(emptyWorld)
    connection.set('connecting')
  }
}

/** Trusts the shape of the event, as api/client.ts does: the server delivers the console of its own version. */
function eventOf(kind: LiveEvent['kind'], text: string): LiveEvent {
  const document: unknown = JSON.parse(text)
  return { kind, document } as LiveEvent
}

function take(event: LiveEvent): void {
  if (early) early.push(event)
  else showSoon(event)
  if (event.kind === 'config') configRead.set(event.document.readAt)
  if (event.kind === 'gone' && event.document.kind === 'call') endedCalls.set(endedCalls.state + 1)
}

/** The delay before events are shown, in milliseconds. People don't notice it, and a busy server sends many events in this time. */
const showAfter = 100
/** Events that are not shown yet. */
let batch: LiveEvent[] = []
const showing = new AtMost(showAfter, after, () => {
  const events = batch
  batch = []
  world.set(withEvents(world.state, events, now()))
})

/** Pages change at most ten times a second, because each change makes them render. */
function showSoon(event: LiveEvent): void {
  batch.push(event)
  showing.ask()
}

/** The stream is already open, so changes during the reading arrive as events. They are applied to the lists afterwards. */
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
  batch = []
  world.set(withEvents(worldOf(lists, now()), events, now()))
  const wasLost = connection.state === 'lost'
  connection.set('live')
  if (wasLost) recoveries.set(recoveries.state + 1)
}
