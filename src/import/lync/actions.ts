import type { Notes, Subject } from '../notes.js'
import type { Sound } from '../sounds.js'
import { e164Of, sipUriOf, wordsOf } from '../texts.js'
import type { Draft } from './draft.js'
import type { LyncAction, LyncPrompt } from './site.js'

/** A prompt or an action as the config writes it. */
type WrittenPrompt = { readonly say?: string; readonly file?: string }
type WrittenAction = Readonly<Record<string, unknown>>

/** The object and the field that are translated, for the notes. */
export interface Place {
  readonly of: Subject
  readonly name: string
  readonly field: string
}

/** A prompt with its words and the file of its sound. Undefined: there is neither. */
export function promptOf(prompt: LyncPrompt | undefined, place: Place, { sounds, notes }: Draft): WrittenPrompt | undefined {
  if (!prompt) return undefined
  const { of, name, field } = place
  const { words, sound } = prompt
  const say = wordsOf(words)
  const file = sound && sounds.get(sound.uniqueName)
  if (words !== undefined && say !== words.replace(/\r\n?/g, '\n').trim())
    notes.changed(
      of,
      name,
      field,
      'the words of a prompt were changed',
      'words are up to 4,096 characters without control characters, and ${ would name a variable',
    )
  if (sound && file === undefined) withoutSound(sound, say !== undefined, place, notes)
  if (say === undefined && file === undefined) return undefined
  return { ...(say !== undefined && { say }), ...(file !== undefined && { file }) }
}

function withoutSound(sound: Sound, isSpoken: boolean, { of, name, field }: Place, notes: Notes): void {
  const shown = sound.originalName ?? sound.uniqueName
  notes.lost(
    of,
    name,
    field,
    `the sound '${shown}' is missing`,
    `see the note about the sound${isSpoken ? '; its words are spoken' : ''}`,
  )
}

const ending: WrittenAction = { disconnect: true }

/** An action that ends or moves a call. An action that can't be taken over becomes the end of the call, with a note. */
export function actionOf(action: LyncAction | undefined, place: Place, draft: Draft): WrittenAction {
  if (!action) return ending
  const prompt = promptOf(action.prompt, place, draft)
  const then = targetOf(action, place, draft)
  return prompt ? { ...then, prompt } : then
}

function targetOf(action: LyncAction, { of, name, field }: Place, { notes, names }: Draft): WrittenAction {
  const target = action.kind === 'transfertoqueue' ? queueOf(action, names.queues) : forwardOf(action)
  if (typeof target !== 'string') return target
  notes.lost(of, name, field, target, 'write where the call goes; until then it is disconnected')
  return ending
}

/** The queue, or why there is none. */
function queueOf({ queue }: LyncAction, queues: ReadonlyMap<string, string>): WrittenAction | string {
  const found = queues.get(queue ?? '')
  return found === undefined ? `leads to a queue that is not in the export (${queue ?? 'none'})` : { queue: found }
}

/** The action with its target, or why there is none. */
function forwardOf({ kind, uri }: LyncAction): WrittenAction | string {
  switch (kind) {
    case 'terminate':
      return ending
    case 'transfertovoicemailuri':
      return addressOf('voicemail', uri)
    case 'transfertouri':
      return addressOf('uri', uri)
    case 'transfertopstn':
      return numberOf(uri)
    case 'transfertoquestion':
      return 'asks a question, which Carillon asks only while it is open'
    default:
      return `has the action '${kind}', which Carillon does not know`
  }
}

function addressOf(key: 'voicemail' | 'uri', uri: string | undefined): WrittenAction | string {
  const [target, number] = [sipUriOf(uri), e164Of(uri)]
  if (target) return { [key]: target.text }
  return number === undefined ? nowhere(uri) : { [key]: `tel:${number}` }
}

function numberOf(uri: string | undefined): WrittenAction | string {
  const [target, number] = [sipUriOf(uri), e164Of(uri)]
  if (number !== undefined) return { number }
  return target ? { uri: target.text } : nowhere(uri)
}

const nowhere = (uri = 'nothing'): string => `leads to '${uri}', which is not a SIP URI or a telephone number`
