import { z } from 'zod'
import { logLevels } from '../foundation/log.js'
import { presenceStates } from '../routing/world/words.js'

/** The bodies of requests. */

/** The source of a presence: a program, or the agent in the console, whose choice outranks other sources. */
export const presenceSource = z.enum(['http', 'console'])

/** `PUT …/presence`: how long it is valid, as `90s` or in seconds, up to a year. Absent: until it is replaced. */
export const presenceBody = z.strictObject({
  state: z.enum(presenceStates),
  expires: z
    .union([z.number(), z.string()])
    .describe('How long it holds: seconds, or a duration such as 90m. Absent: until it is replaced.')
    .optional(),
  source: presenceSource.default('http').describe("console: the agent's own choice, which outranks what others say."),
})

/** `POST …/picks`. */
export const pickBody = z.strictObject({ callId: z.string().describe('A waiting call.') })

/** `POST /api/phones`. Either for an agent's softphone, or for a guest who tries a call. */
export const phoneBody = z.union([z.strictObject({ agent: z.string() }), z.strictObject({ guest: z.literal(true) })])

/** `POST /api/session`. */
export const loginBody = z.strictObject({ name: z.string().max(256), password: z.string().max(1_024) })

/** `PUT /api/log-levels/{area}`. */
export const logLevelBody = z.strictObject({ level: z.enum(logLevels) })
