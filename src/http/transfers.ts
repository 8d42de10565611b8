import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { AgentView } from '../routing/index.js'
import { callId } from '../routing/world/ids.js'
import { known, settle } from './agents.js'
import { consultBody, joinBody } from './bodies.js'
import type { OutboundDocument } from './documents.js'
import type { LiveServer } from './live-server.js'
import { Problem } from './problem.js'
import { parsed, takeBackQuery } from './queries.js'

interface Named {
  readonly Params: { readonly uri: string }
}

/** `/api/agents/{uri}/transfer`, `/consultation` and `/outbound`: what an agent does with the transfer of a call, and calls that they make. */
export function transferRoutes(server: FastifyInstance, live: LiveServer): void {
  server.get<Named>('/api/agents/:uri/outbound', request => outboundOf(live, known(live, request.params.uri)))
  server.delete<Named>('/api/agents/:uri/transfer', (request, reply) => {
    const agent = known(live, request.params.uri)
    const { callId: call } = parsed(takeBackQuery, request.query)
    settle(live.takeBack(agent.uri, call === undefined ? undefined : callId(call)))
    return reply.code(204).send()
  })
  server.post<Named>('/api/agents/:uri/consultation', (request, reply) => {
    const agent = known(live, request.params.uri)
    const body = consultBody.safeParse(request.body)
    if (!body.success)
      throw new Problem(400, `the body is {"callId": a call, "to": a sip: or tel: URI}: ${z.prettifyError(body.error)}`)
    settle(live.consult(agent.uri, callId(body.data.callId), body.data.to))
    return reply.code(204).send()
  })
  server.post<Named>('/api/agents/:uri/consultation/join', (request, reply) => {
    const agent = known(live, request.params.uri)
    const body = joinBody.safeParse(request.body)
    if (!body.success) throw new Problem(400, `the body is {"callId": a call}: ${z.prettifyError(body.error)}`)
    settle(live.completeConsultation(agent.uri, callId(body.data.callId)))
    return reply.code(204).send()
  })
}

/** The workflows on whose behalf the agent may call out. */
function outboundOf(live: LiveServer, { groups }: AgentView): OutboundDocument[] {
  const own = new Set<string>(groups.map(({ name }) => name))
  const { outbound = [], workflows } = live.planBasis().view
  const allowed = new Set(outbound.filter(each => each.groups.some(name => own.has(name))).map(({ workflow }) => workflow))
  return workflows
    .filter(({ name }) => allowed.has(name))
    .map(({ name, uri, displayName, displayNumber, number }) => ({
      ...{ workflow: name, uri, displayName },
      displayNumber: displayNumber ?? number ?? null,
    }))
}
