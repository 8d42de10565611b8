import type { FastifyInstance } from 'fastify'
import { iso } from '../foundation/time.js'
import type { LiveServer } from './live-server.js'
import { Problem } from './problem.js'
import type { DeliveryDocument } from './webhook-documents.js'

type Delivery = NonNullable<ReturnType<LiveServer['webhooks']['deliveries']>>[number]

/** `/api/webhooks`: which programs are told about calls, and what became of each event. */
export function webhookRoutes(server: FastifyInstance, { webhooks }: Pick<LiveServer, 'webhooks'>): void {
  server.get('/api/webhooks', () => webhooks.list())
  server.get<{ Params: { webhook: string } }>('/api/webhooks/:webhook/deliveries', request =>
    (webhooks.deliveries(request.params.webhook) ?? absent(request.params.webhook)).map(deliveryDocument),
  )
  server.post<{ Params: { webhook: string } }>('/api/webhooks/:webhook/test', async request =>
    deliveryDocument(await (webhooks.test(request.params.webhook) ?? absent(request.params.webhook))),
  )
}

function absent(name: string): never {
  throw new Problem(404, `there is no webhook '${name}'`)
}

function deliveryDocument({ id, event, call, at, state, attempts, last, next }: Delivery): DeliveryDocument {
  return {
    ...{ id, event, callId: call ?? null, at: iso(at), state, attempts },
    status: last?.attempt.kind === 'answered' ? last.attempt.status : null,
    because: last?.attempt.kind === 'failed' ? last.attempt.because : null,
    took: last ? last.took / 1_000 : null,
    next: next === undefined ? null : iso(next),
  }
}
