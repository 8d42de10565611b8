import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import type { Log } from '../foundation/log.js'
import { OurBug } from '../foundation/result.js'
import { Problem, safeHeaders } from './problem.js'
import { requestIdHeader } from './request-id.js'

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply
    .code(problem.status)
    .headers({ ...safeHeaders, [requestIdHeader]: reply.request.id, ...problem.headers })
    .type('application/problem+json')
    .send(problem.document(reply.request.id))
}

/** An internal error is logged, and its client learns no details. */
export function asProblem(error: FastifyError | Problem, { id, method, url }: FastifyRequest, log: Log): Problem {
  if (error instanceof Problem) return error
  if (!(error instanceof OurBug) && error.statusCode !== undefined && error.statusCode < 500)
    return new Problem(error.statusCode, error.message)
  log.error(`an internal error in an HTTP request: ${error.message}`, {
    ...{ event: 'http.failed', requestId: id, method, path: url.split('?')[0], stack: error.stack },
  })
  return new Problem(500, 'something is wrong inside Carillon; its log has the details')
}
