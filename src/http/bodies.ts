import { z } from 'zod'
import { supervisionModes } from '../calls/step.js'
import { logLevels } from '../foundation/log.js'
import { language, speech } from '../config/fields.js'
import { longestSpeech, speechWeight } from '../config/speech-weight.js'
import { editKindNames, editKinds } from '../config/edit/edit-text.js'
import { presenceStates } from '../routing/world/words.js'

/** The bodies of requests. */

/** The sources that this API may set: a program, or the agent on the console, whose choice outranks what others chose. */
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

/** A URI to call. The characters that end a URI in a header field are not allowed. */
const target = z
  .string()
  .max(512)
  .regex(/^(?:sips?|tel):[^\s<>",]+$/i, 'expected a URI that begins with sip:, sips: or tel:')

/** `POST …/consultation`. */
export const consultBody = z.strictObject({
  callId: z.string().describe('A call in which the agent talks.'),
  to: target.describe('A colleague, or a target that `transfers.allow` names.'),
})

/** `POST …/consultation/join`. */
export const joinBody = z.strictObject({ callId: z.string().describe('The call that waits.') })

/** `PUT /api/calls/{callId}/recording`. */
export const recordingBody = z.strictObject({
  state: z.enum(['on', 'paused', 'off']).describe('on: starts or resumes. paused: until it is resumed. off: stops.'),
})

/** `PUT /api/calls/{callId}/supervision`. */
export const supervisionBody = z.strictObject({
  mode: z
    .enum(supervisionModes)
    .describe('Who hears the supervisor. listen: nobody. whisper: the agent alone. barge: the agent and the caller.'),
  agent: z.string().max(512).describe('For admins: the agent whose phone rings. Default: the person’s own.').optional(),
})

/** `POST /api/phones`. Either for an agent's softphone, or for a guest who tries a call. */
export const phoneBody = z.union([z.strictObject({ agent: z.string() }), z.strictObject({ guest: z.literal(true) })])

/** `POST /api/session`. */
export const loginBody = z.strictObject({ name: z.string().max(256), password: z.string().max(1_024) })

/** `POST /api/config/speech`. At most the text that a manager's edit may have. */
export const speechBody = z.strictObject({
  text: z
    .string()
    .max(1_000)
    .refine(value => speech().safeParse(value).success, 'expected words to speak')
    .refine(value => speechWeight(value) <= longestSpeech, 'expected fewer digits, capital letters and symbols'),
  language: z
    .string()
    .max(35)
    .refine(value => language().safeParse(value).success, 'expected a language such as en-US or fr (with a hyphen)'),
})

/** `PUT /api/log-levels/{area}`. */
export const logLevelBody = z.strictObject({ level: z.enum(logLevels) })

/** The longest name of an object, and the most fields that an edit changes. */
const [longestName, mostFields] = [512, 64]
/** The most blocks and lists inside each other. A question of the fifth level has 16. */
const mostLevels = 32
/** The most values of an edit. A group with a thousand agents fits. Reading a block of thousands of keys takes seconds of CPU. */
const mostValues = 1_200

/** Counts the values. Infinite if they are deeper than `levels`. */
const valuesIn = (value: unknown, levels: number): number =>
  typeof value !== 'object' || value === null
    ? 1
    : levels === 0
      ? Number.POSITIVE_INFINITY
      : Object.values(value).reduce((sum: number, inside) => sum + valuesIn(inside, levels - 1), 1)

const editedName = z.string().min(1).max(longestName).describe('The name, or the URI of an agent.')
const editedKind = z.enum(editKindNames)
const fields = z
  .record(z.string().max(longestName), z.unknown())
  .refine(
    value => Object.keys(value).length <= mostFields && valuesIn(value, mostLevels) <= mostValues,
    'has too many fields, values or levels',
  )
const version = z.string().max(64).optional().describe('Of the file that was read. Another one now: 409. Absent: any.')

/** `POST /api/config/edits` and `…/plan`. */
export const editBody = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('change'),
    of: editedKind,
    name: editedName,
    set: fields.describe('The new values of these fields, as in the file.'),
    unset: z.array(z.string().max(longestName)).max(mostFields).default([]).describe('Fields to remove.'),
    version,
  }),
  z
    .strictObject({ kind: z.literal('add'), of: editedKind, name: editedName, fields })
    .refine(
      ({ of, name, fields: given }) => given[editKinds[of].id] === name,
      'the field that names the object has another name',
    ),
  z.strictObject({ kind: z.literal('remove'), of: editedKind, name: editedName, version }),
  z.strictObject({ kind: z.literal('undo'), id: z.int().positive().describe('The edit to take back.') }),
])
