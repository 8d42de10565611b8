import type { FastifyInstance } from 'fastify'
import type { ServerResponse } from 'node:http'
import { TimerSet, type Clock } from '../foundation/clock.js'
import { instant, seconds } from '../foundation/time.js'
import { callId, groupName, namedAgent, queueName } from '../routing/world/ids.js'
import { agentView, callView, groupViews, queueViews } from '../routing/index.js'
import type { Access } from './access.js'
import { agentDocument } from './agents.js'
import { iso } from '../foundation/time.js'
import { callDocument, seesCall } from './calls.js'
import { groupDocument, queueDocument } from './groups-queues.js'
import type { ChangeNotice, LiveServer } from './live-server.js'
import { Listeners } from './listeners.js'
import { safeHeaders } from './problem.js'
import type { Sight } from './rights.js'
import { whenOver } from './when-over.js'

/** The stream of a client with this much unread data is closed. The client connects again and reads the lists again. */
const mostUnsentBytes = 1024 * 1024

/** How often `alive` is sent. A page can't see that its connection is lost, only that nothing comes. */
const aliveEvery = seconds(15)
const alive = 'event: alive\ndata: {}\n\n'

/**
 * `/api/events`: server-sent events. `agent`, `group`, `queue` and `call` contain the new document. `config` means that the config was read.
 * `alive` is sent every 15 seconds.
 */
export function eventRoutes(server: FastifyInstance, live: LiveServer, access: Access, clock: Clock): { close(): void } {
  const open = new Set<ServerResponse>()
  const listeners = new Listeners()
  // The latest notice is serialised once for all streams with the same sight of supervisors, which get it one after the other.
  let latest: { readonly notice: ChangeNotice; readonly texts: Map<Sight['supervisors'], string> } | undefined
  const textOf = (notice: ChangeNotice, sight: Sight): string => {
    if (latest?.notice !== notice) latest = { notice, texts: new Map() }
    const text = latest.texts.get(sight.supervisors) ?? eventOf(live, notice, sight)
    latest.texts.set(sight.supervisors, text)
    return text
  }
  // HEAD would open a stream that never says anything.
  server.get('/api/events', { exposeHeadRoute: false }, (request, reply) => {
    const leave = listeners.enter(access.who(request), access.session(request)?.id)
    reply.hijack()
    const response = reply.raw
    // A write after `destroy` and before `close` fails, and is ignored.
    response.on('error', () => undefined)
    response.writeHead(200, {
      ...safeHeaders,
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    })
    // The first comment tells the client that the stream is open, before any event.
    response.write(': carillon\nretry: 2000\n\n')
    open.add(response)
    const send = (text: (sight: Sight) => string | undefined): void => {
      if (response.writableEnded) return
      const sight = access.sightNow(request)
      // The session is over or the rights are gone. The client learns it when it connects again.
      if (!sight) return void response.end()
      if (response.writableLength > mostUnsentBytes) return void response.destroy()
      const written = text(sight)
      if (written !== undefined) response.write(written)
    }
    const unsubscribe = live.subscribe(notice => send(sight => (sees(sight, live, notice) ? textOf(notice, sight) : undefined)))
    const timers = new TimerSet<'alive'>(clock)
    const sayAlive = (): void => {
      send(() => alive)
      timers.start('alive', aliveEvery, sayAlive)
    }
    timers.start('alive', aliveEvery, sayAlive)
    const session = access.session(request)
    const closed = session && access.sessions.stream(session.id)
    whenOver(response, () => {
      unsubscribe()
      timers.stopAll()
      closed?.()
      leave()
      open.delete(response)
    })
  })
  return {
    close() {
      for (const response of open) response.end()
    },
  }
}

/** A finished call is reported as gone to everybody. The id means nothing to people who never saw the call. */
function sees(sight: Sight, live: LiveServer, { kind, id }: ChangeNotice): boolean {
  switch (kind) {
    case 'agent':
      return sight.agents.has(namedAgent(id))
    case 'group':
      return sight.groups.has(groupName(id))
    case 'queue':
      return sight.queues.has(queueName(id))
    case 'call': {
      const view = callView(live.world(), callId(id))
      return view === undefined || seesCall(sight, view)
    }
    case 'config':
      return true // Only the time of the reading, and nothing of the content.
  }
}

/** `gone` for things that no longer exist: a call that ended, an agent that left the config. */
function eventOf(live: LiveServer, notice: ChangeNotice, sight: Sight): string {
  const document = documentOf(live, notice, sight)
  return document === undefined
    ? `event: gone\ndata: ${JSON.stringify(notice)}\n\n`
    : `event: ${notice.kind}\ndata: ${JSON.stringify(document)}\n\n`
}

function documentOf(live: LiveServer, { kind, id }: ChangeNotice, sight: Sight): unknown {
  const world = live.world()
  switch (kind) {
    case 'agent': {
      const view = agentView(world, namedAgent(id))
      return view && agentDocument(live, view)
    }
    case 'call': {
      const view = callView(world, callId(id))
      return view && callDocument(live, view, sight)
    }
    case 'group': {
      const view = find(groupViews(world), group => group.name === id)
      return view && groupDocument(live, view)
    }
    case 'queue': {
      const now = instant(live.now())
      const view = find(queueViews(world, now), queue => queue.name === id)
      return view && queueDocument(live, view, now)
    }
    case 'config':
      return { readAt: iso(live.configCheck().readAt) }
  }
}

function find<Item>(items: Iterable<Item>, matches: (item: Item) => boolean): Item | undefined {
  for (const item of items) if (matches(item)) return item
  return undefined
}
