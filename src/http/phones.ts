import type { FastifyInstance } from 'fastify'
import { agentUri, namedAgent, type AgentUri } from '../routing/world/ids.js'
import { agentView } from '../routing/index.js'
import type { Access } from './access.js'
import { phoneBody } from './bodies.js'
import { iso } from '../foundation/time.js'
import type { RegisteredPhoneDocument } from './documents.js'
import type { LiveServer } from './live-server.js'
import { Problem } from './problem.js'

/**
 * `GET /api/phones`: the registered phones. `POST /api/phones`: SIP credentials for a phone in the browser, for an hour and no longer than the
 * session or token of the request.
 */
export function phoneRoutes(server: FastifyInstance, live: LiveServer, access: Access): void {
  access.onChange(ended => live.revokeLostPhones((holder, agent) => access.mayHavePhone(holder, agent), ended))
  server.get('/api/phones', (request): RegisteredPhoneDocument[] => {
    const seen = access.sight(request).agents
    return live
      .registeredPhones()
      .filter(({ agent }) => seen.has(namedAgent(agent)))
      .map(({ reachedAt, expires, ...phone }) => ({ ...phone, reachedAt: reachedAt ?? null, expires: iso(expires) }))
  })
  server.post('/api/phones', (request, reply) => {
    const body = phoneBody.safeParse(request.body)
    if (!body.success) throw new Problem(400, 'the body is {"agent": "sip:alice@example.com"} or {"guest": true}')
    const agent = 'agent' in body.data ? knownAgent(live, body.data.agent) : undefined
    const outcome = live.issuePhone(agent, request.hostname, access.holder(request, agent))
    if (outcome.kind === 'full') throw new Problem(503, 'too many browser phones have credentials now; try again later')
    if (outcome.kind === 'refused') throw new Problem(409, outcome.because)
    const { expires, ...phone } = outcome.phone
    // No cache may store a password.
    void reply.header('cache-control', 'no-store')
    return { ...phone, expires: iso(expires) }
  })
}

function knownAgent(live: LiveServer, text: string): AgentUri {
  const uri = agentUri(text)
  if (!uri.ok) throw new Problem(400, uri.fault)
  if (!agentView(live.world(), uri.value)) throw new Problem(404, `${uri.value} is not an agent of this config`)
  return uri.value
}
