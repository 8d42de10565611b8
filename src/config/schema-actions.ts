import { z } from 'zod'
import { block, choice, complain, e164, name, read, speech, target } from './fields.js'

/** The schema of prompts, music and actions, which workflows and queues share. */

const soundFile = () =>
  read('prompts/welcome.wav', value =>
    /^[^\0]{1,4096}\.(wav|wma)$/i.test(value)
      ? { ok: true, value }
      : { ok: false, fault: 'expected a WAV or WMA file such as prompts/welcome.wav' },
  )

export const prompt = block(
  'What a caller hears: spoken words (say), a sound file (file), or a file with words to speak if it can’t be played.',
  {
    say: speech().describe('Plain text, up to 4096 characters, in the language of the workflow or queue.').optional(),
    file: soundFile()
      .describe(
        'A WAV file of up to 4 MB: 8 or 16 bit PCM, A-law or µ-law, mono or stereo; or a WMA file, which ffmpeg converts if it is installed. A relative path starts at the config folder. The file is read again when it changes.',
      )
      .optional(),
  },
)
  .meta({ minProperties: 1 })
  .superRefine(({ say, file }, context) => {
    if (say === undefined && file === undefined) complain(context, [], "a prompt needs 'say' (words) or 'file' (a WAV file)")
  })

/** Music that comes with Carillon, or a prompt that is repeated. */
export const music = () => z.union([choice('builtin:default: the music that comes with Carillon.', ['builtin:default']), prompt])

const actionKeys = ['disconnect', 'voicemail', 'number', 'uri', 'queue'] as const
export const action = block('What happens to the call: exactly one of disconnect, voicemail, number, uri, queue.', {
  disconnect: z.literal(true).describe('End the call.').optional(),
  voicemail: target().describe('SIP URI of a mailbox.').optional(),
  number: e164()
    .describe(
      'A telephone number. It is called as sip:NUMBER@HOST;user=phone. HOST is sip.outboundProxy, or sip.domain without one.',
    )
    .optional(),
  uri: target().describe('SIP URI to call. A tel: URI is called like number.').optional(),
  queue: name().describe('Name of another queue. The call starts a new wait there.').optional(),
  prompt: prompt.describe('Played to its end before the action.').optional(),
})
  .meta({ minProperties: 1, maxProperties: 2 })
  .superRefine((entry, context) => {
    const said = actionKeys.filter(key => entry[key] !== undefined)
    if (said.length === 0) complain(context, [], `an action needs one of ${actionKeys.join(', ')}`)
    for (const key of said.slice(1))
      complain(context, [key], `an action has one of ${actionKeys.join(', ')}; '${said[0] ?? ''}' is already set`)
  })

/** What happens to a caller when the workflow is closed: a prompt, then an action. */
export const farewell = (description: string) =>
  block(description, {
    prompt: prompt.describe('Played to its end before the action.').optional(),
    action: action.prefault({ disconnect: true }),
  }).superRefine(({ prompt: before, action: then }, context) => {
    if (before && then.prompt)
      complain(context, ['action', 'prompt'], "'prompt' is already set beside the action; keep one of them", 'key')
  })

type PromptEntry = z.output<typeof prompt>
export type MusicEntry = PromptEntry | 'builtin:default'
export type ActionEntry = z.output<typeof action>
export type FarewellEntry = z.output<ReturnType<typeof farewell>>
