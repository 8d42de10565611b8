import { z } from 'zod'
import { seconds } from '../foundation/time.js'
import { block, choice, digit, diskSize, duration, text } from './fields.js'
import { prompt } from './schema-actions.js'

/** The schema of recordings of calls (docs/decisions/113). */
export const recordings = block('Recordings of calls. Which calls are recorded is said by `record` of workflows and queues.', {
  folder: text(4_096)
    .describe(
      'Folder for the recordings, which no other server may use. A relative path starts at the config folder. Default: the folder recordings beside the store.',
    )
    .optional(),
  keep: duration(seconds(3_600), seconds(10 * 366 * 86_400))
    .describe('How long to keep recordings, at least 1h. Older ones are deleted. Default 30d.')
    .prefault('30d'),
  quota: diskSize()
    .describe('The most that all recordings may take, 1MiB to 999999GiB. An hour of talk takes 55 MiB. Default 20GiB.')
    .prefault('20GiB'),
  whenFull: choice(
    'What happens at the quota. stop: nothing new is recorded, and health says so. deleteOldest: the oldest recordings are deleted.',
    ['stop', 'deleteOldest'],
  ).prefault('stop'),
  agents: choice('Which recordings agents may hear: none, or own: those of calls in which they talked.', [
    'none',
    'own',
  ]).prefault('none'),
})

export const record = () =>
  choice(
    'Which calls are recorded. never; onDemand: those for which the agent or a supervisor starts it; always: from the join to the end. Of workflow and queue, the one that records more counts. The media of such calls pass through Carillon.',
    ['never', 'onDemand', 'always'],
  ).prefault('never')

export const recordingNotice = block(
  'Tells callers after the welcome that the call may be recorded. A caller who could not hear it is not recorded.',
  {
    prompt: prompt.describe('The notice, played to its end.'),
    consent: digit()
      .describe(
        'The key by which the caller agrees, such as 1. Without this key within five seconds after the notice, the call is not recorded.',
      )
      .optional(),
  },
)

export type RecordEntry = z.output<ReturnType<typeof record>>
