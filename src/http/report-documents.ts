import { z } from 'zod'
import { callEndSchema } from './documents.js'
import { count, document, list, moment, span, text } from './shapes.js'

/** What the API returns about reports. */

const profileSlots = list(
  document({
    received: count,
    answered: count,
    abandoned: count.describe('Callers who hung up before anybody answered.'),
  }),
)

export const reportSchema = document({
  from: moment,
  to: moment,
  by: text,
  interval: text,
  zone: text,
  workflow: text.optional().describe('The filter of the question, as are queue, group, agent and outcome.'),
  queue: text.optional(),
  group: text.optional(),
  agent: text.optional(),
  outcome: callEndSchema.optional(),
  profile: document({
    hours: profileSlots.describe('24: the calls by the hour of their arrival, from midnight, on all days together.'),
    weekdays: profileSlots.describe('Seven: the calls by the weekday of their arrival, from Monday.'),
  }),
  rows: list(
    document({
      from: text.describe(
        'The start of the interval: 2026-11, 2026-11-23 (of a week its Monday), or an hour. Empty: the whole period.',
      ),
      name: text,
      received: count,
      successful: count,
      offered: count,
      answered: count,
      transferred: count,
      abandonedByLync: z.number().describe('(received - answered) / received.'),
      abandoned: z.number().describe('The share of callers who hung up before anybody answered.'),
      serviceLevel: z
        .number()
        .nullable()
        .describe("The share of waits answered within their queue's threshold. Null: no wait counts (docs/contract.md)."),
      serviceLevelWaits: count.describe('How many waits count for the service level.'),
      averageWait: span,
      longestWait: span,
      minutesPerAgent: z.number(),
      outbound: count.describe('Calls of agents on behalf of a workflow. No other figure counts them.'),
      outboundAnswered: count,
      outboundMinutes: z.number().describe('How long people talked in outbound calls.'),
    }),
  ),
})
