import { presenceStates } from '../routing/world/words.js'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { ok } from '../foundation/result.js'
import { iso, millis, parseDuration, seconds, type Millis } from '../foundation/time.js'
import { type AgentUri, agentUri, callId, groupName, namedOffer } from '../routing/world/ids.js'
import { agentView, agentViews, type AgentView } from '../routing/index.js'
import type { Access } from './access.js'
import { pickBody, presenceBody, presenceSource } from './bodies.js'
import type { AgentDocument } from './documents.js'
import { listOf, only } from './listing.js'
import type { ChangeOutcome } from '../calls/calls.js'
import type { LiveServer } from './live-server.js'
import { Problem } from './problem.js'

const year = seconds(31_536_000)

/** `/api/agents`: live state, the HTTP presence source, formal sign-in, end of wrap-up, declining an offer, an attendant's pick. */
export function agentRoutes(server: FastifyInstance, live: LiveServer, access: Access): void {
  server.get('/api/agents', (request, reply) => {
    const { agents } = access.sight(request)
    return listOf(
      reply,
      access.personOf(request),
      only(agentViews(live.world()), ({ uri }) => agents.has(uri)),
      view => agentDocument(live, view),
    )
  })

  server.get<{ Params: { uri: string } }>('/api/agents/:uri', request => {
    const agent = known(live, request.params.uri)
    return agentDocument(live, agent)
  })

  presenceRoutes(server, live, access)
  const signIn = '/api/agents/:uri/groups/:name/sign-in'
  server.put<{ Params: { uri: string; name: string } }>(signIn, (request, reply) => {
    const outcome = live.signIn(known(live, request.params.uri).uri, groupName(request.params.name))
    return confirm(live, reply, outcome)
  })
  server.delete<{ Params: { uri: string; name: string } }>(signIn, (request, reply) => {
    const outcome = live.signOut(known(live, request.params.uri).uri, groupName(request.params.name))
    return confirm(live, reply, outcome)
  })

  server.delete<{ Params: { uri: string } }>('/api/agents/:uri/wrap-up', (request, reply) => {
    settle(live.endWrapUp(known(live, request.params.uri).uri))
    return reply.code(204).send()
  })
  server.delete<{ Params: { uri: string } }>('/api/agents/:uri/pause', (request, reply) => {
    settle(live.resume(known(live, request.params.uri).uri))
    return reply.code(204).send()
  })
  server.delete<{ Params: { uri: string; offer: string } }>('/api/agents/:uri/offers/:offer', (request, reply) => {
    const agent = known(live, request.params.uri)
    const offer = namedOffer(request.params.offer)
    if (!agent.offers.includes(offer)) throw new Problem(404, `'${offer}' does not ring at ${agent.uri} now`)
    settle(live.decline(offer))
    return reply.code(204).send()
  })
  server.post<{ Params: { uri: string } }>('/api/agents/:uri/picks', (request, reply) => {
    const agent = known(live, request.params.uri)
    const body = pickBody.safeParse(request.body)
    if (!body.success) throw new Problem(400, `the body is {"callId": a waiting call}: ${z.prettifyError(body.error)}`)
    settle(live.pick(callId(body.data.callId), agent.uri))
    return reply.code(204).send()
  })
}

/** What programs say about agents over HTTP, and agents about themselves in the console. */
function presenceRoutes(server: FastifyInstance, live: LiveServer, access: Access): void {
  /** The agent's own choice outranks other sources, so only the agent or an admin may set it. */
  const ownChoice = (request: FastifyRequest, agent: AgentUri, source: 'http' | 'console'): void => {
    const who = access.who(request)
    if (source === 'console' && who?.role !== 'admin' && who?.agent !== agent)
      throw new Problem(403, "the source console is the agent's own choice: others set the source http")
  }
  server.put<{ Params: { uri: string } }>('/api/agents/:uri/presence', (request, reply) => {
    const agent = known(live, request.params.uri)
    const body = presenceBody.safeParse(request.body)
    if (!body.success)
      throw new Problem(
        400,
        `the body is {"state": one of ${presenceStates.join(', ')}, "expires"?: seconds, "source"?: http or console}: ${z.prettifyError(body.error)}`,
      )
    const { state, expires, source } = body.data
    ownChoice(request, agent.uri, source)
    settle(live.setPresence(agent.uri, source, state, spanOf(expires)))
    return reply.code(204).send()
  })
  server.delete<{ Params: { uri: string; source: string } }>('/api/agents/:uri/presence/:source', (request, reply) => {
    const agent = known(live, request.params.uri)
    const source = presenceSource.safeParse(request.params.source)
    if (!source.success)
      throw new Problem(
        404,
        `the presence of source '${request.params.source}' can't be deleted here, only that of http and console`,
      )
    ownChoice(request, agent.uri, source.data)
    live.clearPresence(agent.uri, source.data)
    return reply.code(204).send()
  })
}

/** The agent as the API shows it. */
export function agentDocument(live: LiveServer, view: AgentView): AgentDocument {
  const statements = live.statements(view.uri)
  const presence = live.shownPresence(view.uri) ?? view.presence
  return {
    uri: view.uri,
    name: view.name ?? null,
    homed: view.homed,
    presence: {
      state: presence.state,
      since: iso(live.wall(presence.since)),
      because: presence.because,
      sources: statements.map(({ source, state, reason, expires }) => ({
        source,
        state,
        reason,
        expires: expires === undefined ? null : iso(live.wall(expires)),
      })),
      settableBy: presenceSource.options.filter(source => live.maySetPresence(view.uri, source)),
    },
    groups: view.groups.map(({ name, participationPolicy, signedIn, excluded = null }) => ({
      name,
      participationPolicy,
      signedIn,
      excluded,
    })),
    activity: view.activity,
    callId: view.call ?? null,
    offers: view.offers,
    idleSince: iso(live.wall(view.idleSince)),
    wrapUpUntil: view.wrapUpUntil === undefined ? null : iso(live.wall(view.wrapUpUntil)),
    pausedSince: view.pausedSince === undefined ? null : iso(live.wall(view.pausedSince)),
  }
}

/** The agent that the path names. */
export function known(live: LiveServer, text: string): AgentView {
  const uri = agentUri(text)
  if (!uri.ok) throw new Problem(400, uri.fault)
  const view = agentView(live.world(), uri.value satisfies AgentUri)
  if (!view) throw new Problem(404, `${uri.value} is not an agent of this config`)
  return view
}

function spanOf(expires: number | string | undefined): Millis | undefined {
  if (expires === undefined) return undefined
  const span = typeof expires === 'number' ? ok(millis(Math.round(expires * 1000))) : parseDuration(expires)
  if (!span.ok) throw new Problem(400, `expires: ${span.fault}`)
  if (span.value <= 0 || span.value > year) throw new Problem(400, `expires: ${expires} is not more than 0 and at most a year`)
  return span.value
}

/** Confirms a change after it is stored, or with a warning if a restart may lose it. The change is already in effect for calls. */
async function confirm(live: LiveServer, reply: FastifyReply, outcome: ChangeOutcome): Promise<FastifyReply> {
  settle(outcome)
  if (outcome.kind === 'done' && outcome.isAsBefore) void reply.header('carillon-unchanged', 'true')
  if (!(await live.signInsAreSaved()))
    void reply.header('warning', '199 carillon "done, but a restart now may lose it: see /health/ready"')
  return reply.code(204).send()
}

/** Turns a change that was not made into a problem document. */
export function settle(outcome: ChangeOutcome): void {
  if (outcome.kind === 'unknown') throw new Problem(404, outcome.because)
  if (outcome.kind === 'refused') throw new Problem(409, outcome.because)
}
