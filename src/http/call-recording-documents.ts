import { z } from 'zod'
import { document, list, moment, span, text } from './shapes.js'

/** What the API returns about recordings of calls. */

export const callRecordingSchema = document({
  callId: text,
  workflow: text,
  caller: text,
  callerName: text.nullable(),
  from: moment.describe('When the recording began.'),
  seconds: span.describe('The length of the sound. Pauses take no time in it.'),
  bytes: z.int().nonnegative(),
  isFinished: z.boolean().describe('False: it is being written, and there is no sound yet.'),
  parts: list(
    document({
      at: span.describe('Where the part begins in the sound.'),
      from: moment,
      to: moment.nullable().describe('Null: the part is being written.'),
      agent: text.nullable(),
    }),
  ).describe('Stretches without a break. Between them the recording was paused, or another partner came.'),
})
export type CallRecordingDocument = z.output<typeof callRecordingSchema>

export const callRecordingPageSchema = document({ recordings: list(callRecordingSchema), next: text.nullable() })
export type CallRecordingPageDocument = z.output<typeof callRecordingPageSchema>

const loudness = list(z.number()).describe('The loudest sample of each stretch, from 0 to 1.')
export const waveformSchema = document({ caller: loudness, agent: loudness })
