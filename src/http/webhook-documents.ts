import { z } from 'zod'
import { webhookEvents } from '../config/webhooks.js'
import { count, document, list, moment, span, text } from './shapes.js'

export const webhookSchema = document({
  name: text,
  url: text.describe('Where its events go. A query is not shown, because it may have a key.'),
  events: list(z.enum(webhookEvents)),
  waiting: count.describe('Events that are not delivered yet.'),
  delivered: count.describe('Since the start of the server, as failed and dropped.'),
  failed: count.describe('Given up after six attempts.'),
  dropped: count.describe('Not sent, because too many events waited.'),
})

export const deliverySchema = document({
  id: text.describe('The header webhook-id.'),
  event: z.enum([...webhookEvents, 'test']),
  callId: text.nullable(),
  at: moment,
  state: z.enum(['waiting', 'delivered', 'failed', 'dropped']),
  attempts: count,
  status: z.int().nullable().describe('The HTTP status of the last answer.'),
  because: text.nullable().describe('Why the last attempt got no answer.'),
  took: span.nullable().describe('How long the last attempt took.'),
  next: moment.nullable().describe('When the next attempt begins.'),
})
export type DeliveryDocument = z.output<typeof deliverySchema>
