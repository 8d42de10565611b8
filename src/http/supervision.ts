import type { FastifyInstance, FastifyRequest } from 'fastify'
import { iso } from '../foundation/time.js'
import { callView, type AgentUri, type CallView } from '../routing/index.js'
import { callId } from '../routing/world/ids.js'
import type { Access } from './access.js'
import { known, settle } from './agents.js'
import { supervisionBody } from './bodies.js'
import type { CallDocument } from './documents.js'
import type { LiveServer } from './live-server.js'
import { Problem } from './problem.js'
import { parsed, supervisorQuery } from './queries.js'
import type { Principal, Sight } from './rights.js'

interface OfCall {
  Params: { callId: string }
}

/** `/api/calls/{callId}/supervision`: managers of the workflow and admins listen to a talk. */
export function supervisionRoutes(server: FastifyInstance, live: LiveServer, access: Access): void {
  server.put<OfCall>('/api/calls/:callId/supervision', (request, reply) => {
    const { mode, agent: named } = parsed(supervisionBody, request.body)
    const { view, who } = supervised(live, access, request)
    const agent = phoneOf(live, who, named)
    const outcome = live.supervise(view.id, { name: who.name, agent }, mode)
    settle(outcome)
    return reply.code(204).send()
  })
  server.delete<OfCall>('/api/calls/:callId/supervision', (request, reply) => {
    const { agent: named } = parsed(supervisorQuery, request.query)
    const { view, who } = supervised(live, access, request)
    const outcome = live.stopSupervising(view.id, phoneOf(live, who, named))
    settle(outcome)
    if (outcome.kind === 'done' && outcome.isAsBefore) void reply.header('carillon-unchanged', 'true')
    return reply.code(204).send()
  })
}

/** The call in progress that this person may supervise. */
function supervised(live: LiveServer, access: Access, request: FastifyRequest<OfCall>): { view: CallView; who: Principal } {
  const call = callId(request.params.callId)
  const view = callView(live.world(), call)
  const who = access.who(request)
  if (!view || !who) throw new Problem(404, `there is no call '${call}' in progress`)
  if (who.role !== 'admin' && !who.workflows.includes(view.workflow))
    throw new Problem(403, `this needs the role admin, or a manager of the workflow '${view.workflow}'`)
  return { view, who }
}

/** The agent whose phone the supervisor uses. An admin may name any. */
function phoneOf(live: LiveServer, { role, agent }: Principal, named: string | undefined): AgentUri {
  if (named !== undefined && named !== agent && role !== 'admin')
    throw new Problem(403, `this needs to be ${named}, or the role admin`)
  const uri = named ?? agent
  if (uri === undefined)
    throw new Problem(409, "you have no phone here: users.yaml names no agent for you, and the request names no 'agent'")
  return known(live, uri).uri
}

/** Who supervises a call, for somebody who may see it. */
export function supervisorsShown(
  live: LiveServer,
  { supervisors: sees }: Pick<Sight, 'supervisors'>,
  caller: ReturnType<LiveServer['caller']>,
): CallDocument['supervisors'] {
  if (sees === 'ifShown' && !live.supervisionIsShown()) return []
  return (caller?.supervisors ?? []).map(({ name, agent, mode, since }) => ({
    ...{ name, agent, mode },
    since: since === undefined ? null : iso(live.wall(since)),
  }))
}
