import type { Subject } from '../notes.js'
import { e164Of, sipUriOf, wordsOf } from '../texts.js'
import type { Draft } from './draft.js'
import type { LyncAction, LyncPrompt } from './site.js'

/** A prompt or an action as the config writes it. */
export type WrittenPrompt = { readonly say?: string; readonly file?: string }
export type WrittenAction = Readonly<Record<string, unknown>>

/** The place that a translation is about. */
export interface Place {
  readonly of: Subject
  readonly name: string
  readonly field: string
}

/** A prompt with its words and the file of its sound. Undefined: there is nothing to play. */
export function promptOf(prompt: LyncPrompt | undefined, place: Place, { sounds, notes }: Draft): WrittenPrompt | undefined {
  if (!prompt) return undefined
  const { of, name, field } = place
  const say = wordsOf(prompt.words)
  const file = prompt.sound && sounds.get(prompt.sound.uniqueName)
  if (prompt.words !== undefined && say !== prompt.words.replace(/\r\n?/g, '\n').trim())
    notes.changed(
      of,
      name,
      field,
      'the words of a prompt were changed',
      'words are up to 4,096 characters without control characters, and ${ would name a variable',
    )
  if (prompt.sound && file === undefined)
    notes.lost(
      of,
      name,
      field,
      `the sound '${prompt.sound.originalName ?? prompt.sound.uniqueName}' is missing`,
      `see the note about the sound${say === undefined ? '' : '; its words are spoken'}`,
    )
  if (say === undefined && file === undefined) return undefined
  return { ...(say !== undefined && { say }), ...(file !== undefined && { file }) }
}

const ending: WrittenAction = { disconnect: true }

/** An action that ends or moves a call. An action that can't be taken over becomes the end of the call, with a note. */
export function actionOf(action: LyncAction | undefined, place: Place, draft: Draft): WrittenAction {
  if (!action) return ending
  const prompt = promptOf(action.prompt, place, draft)
  const then = targetOf(action, place, draft)
  return prompt ? { ...then, prompt } : then
}

function targetOf({ kind, uri, queue }: LyncAction, { of, name, field }: Place, { notes, names }: Draft): WrittenAction {
  const lost = (what: string, remedy: string): WrittenAction => {
    notes.lost(of, name, field, what, `${remedy}; until then the call is disconnected`)
    return ending
  }
  switch (kind) {
    case 'terminate':
      return ending
    case 'transfertoqueue': {
      const found = names.queues.get(queue ?? '')
      return found === undefined
        ? lost(`leads to a queue that is not in the export (${queue ?? 'none'})`, 'name a queue')
        : { queue: found }
    }
    case 'transfertovoicemailuri':
    case 'transfertouri': {
      const [key, target, number] = [kind === 'transfertouri' ? 'uri' : 'voicemail', sipUriOf(uri), e164Of(uri)]
      if (target) return { [key]: target.text }
      return number === undefined
        ? lost(`leads to '${uri ?? 'nothing'}', which is not a SIP URI`, 'name the address')
        : { [key]: `tel:${number}` }
    }
    case 'transfertopstn': {
      const number = e164Of(uri)
      const target = sipUriOf(uri)
      if (number !== undefined) return { number }
      return target
        ? { uri: target.text }
        : lost(`leads to '${uri ?? 'nothing'}', which is not a telephone number`, 'name the number')
    }
    case 'transfertoquestion':
      return lost('asks a question, which Carillon asks only while it is open', 'name an action')
    default:
      return lost(`has the action '${kind}', which Carillon does not know`, 'name an action')
  }
}
