import type { Notes } from '../notes.js'
import { flagOf, listOf, property, textOf, type Tree } from '../tree.js'
import type { Shaped, Targets } from './targets.js'

/** The most auto attendants inside each other. */
const deepest = 5
/** The most menu options of one auto attendant, with those to which they lead. */
const mostOptions = 300

/** Translates the call flows of one auto attendant. */
export class Flows {
  #options = 0

  constructor(
    private readonly attendant: Tree,
    private readonly name: string,
    private readonly targets: Targets,
    private readonly notes: Notes,
  ) {}

  /** The action of a call flow: what its greeting says, and then its menu, or the target to which it goes at once. */
  actionOf(flow: Tree | undefined, of = this.attendant, level = 1): Shaped {
    const menu = property(flow, 'Menu')
    const options = listOf(property(menu, 'MenuOptions'))
    if (flagOf(property(menu, 'DialByNameEnabled')) === true || property(menu, 'EnableDialByName') === true)
      this.notes.lost(
        'workflow',
        this.name,
        'question',
        'callers could dial people by name',
        'Carillon does not know names; give the most wanted people a key',
      )
    const [greeting, words] = [promptOf(property(flow, 'Greetings')), promptOf(property(menu, 'Prompts'))]
    const automatic = options.find(option => keyOf(option) === 'automatic')
    if (automatic) return { ...this.#optionOf(automatic, of, level), Prompt: greeting ?? words }
    if (options.length === 0) return { Action: 'Terminate', Prompt: greeting ?? words }
    const answers = options.map(option => ({
      DtmfResponse: keyOf(option),
      VoiceResponseList: listOf(property(option, 'VoiceResponses')).flatMap(each => textOf(each) ?? []),
      Name: textOf(property(option, 'Description')) ?? textOf(listOf(property(option, 'VoiceResponses'))[0]),
      Action: this.#optionOf(option, of, level),
    }))
    // Only a workflow has a welcome. The greeting of a question inside is said with the question.
    const heard = level === 1 ? words : promptOf([property(flow, 'Greetings'), property(menu, 'Prompts')].flatMap(listOf))
    return { Action: 'TransferToQuestion', Prompt: greeting, Question: { Prompt: heard, AnswerList: answers } }
  }

  #optionOf(option: Tree, of: Tree, level: number): Shaped {
    this.#options += 1
    const action = textOf(property(option, 'Action')) ?? ''
    if (/^disconnect/i.test(action)) return { Action: 'Terminate' }
    if (/^transfercalltooperator$/i.test(action)) return this.#to(property(of, 'Operator'), level)
    if (/^transfercalltotarget$/i.test(action)) return this.#to(property(option, 'CallTarget'), level)
    return { Action: action === '' ? 'none' : action }
  }

  /** Another auto attendant becomes a question inside the question. */
  #to(target: Tree | undefined, level: number): Shaped {
    const other = this.targets.attendantOf(target)
    if (!other) return this.targets.actionOf(target)
    const name = textOf(property(other, 'Name')) ?? ''
    if (level === deepest || this.#options > mostOptions || other === this.attendant) {
      const remedy = 'write the rest of the menu by hand; until then the call is disconnected'
      this.notes.lost('workflow', this.name, 'question', `leads to the auto attendant '${name}' again, or too deep`, remedy)
      return { Action: 'Terminate' }
    }
    if (listOf(property(other, 'CallHandlingAssociations')).length > 0)
      this.notes.changed(
        ...(['workflow', this.name, 'question', `'${name}' became a question inside, without its hours and holidays`] as const),
        'only a workflow has hours and holidays',
      )
    return this.actionOf(property(other, 'DefaultCallFlow'), other, level + 1)
  }
}

/** `1` of `Tone1`, `star`, `pound` or `automatic`. */
const keyOf = (option: Tree): string => (textOf(property(option, 'DtmfResponse')) ?? '').toLowerCase().replace(/^tone/, '')

/** The words and the first sound of a list of prompts. */
function promptOf(tree: Tree | undefined): Shaped | undefined {
  const prompts = listOf(tree)
  const words = prompts.flatMap(each => textOf(property(each, 'TextToSpeechPrompt')) ?? [])
  const [file] = prompts.flatMap(each => textOf(property(property(each, 'AudioFilePrompt'), 'FileName')) ?? [])
  if (words.length === 0 && file === undefined) return undefined
  return { TextToSpeechPrompt: words.join(' '), AudioFilePrompt: soundOf(file) }
}

/** A sound is a file of the export with this name. */
export const soundOf = (file: string | undefined): Shaped | undefined =>
  file === undefined ? undefined : { UniqueName: file, OriginalFileName: file }
