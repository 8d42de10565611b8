import { z } from 'zod'
import { block, wholeNumber } from './fields.js'
import { supervisionDefaults } from './call-settings.js'

/** The schema of supervision (docs/decisions/121). Managers and admins may listen to talks. */
export const supervision = block('Supervisors who listen to talks, whisper to agents and barge in.', {
  shown: z
    .boolean()
    .describe(
      'true: agents see who supervises their call. The audit log and the record of the call always name supervisors. Laws differ from country to country.',
    )
    .prefault(supervisionDefaults.shown),
  perCall: wholeNumber(1, 10)
    .describe('The most supervisors of one call, 1 to 10. Default 2.')
    .prefault(supervisionDefaults.perCall),
  most: wholeNumber(1, 1_000)
    .describe('The most supervisors of all calls together, 1 to 1000. Default 50.')
    .prefault(supervisionDefaults.most),
})

export const supervised = () =>
  z
    .boolean()
    .describe(
      'true: managers and admins can listen to its talks. Their media pass through Carillon, in G.711. Of workflow and queue, one that says true is enough. Not with media.engine none.',
    )
    .prefault(false)
