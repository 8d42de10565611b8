import { digits } from '../../routing/world/words.js'
import { lineOf } from '../texts.js'
import type { Tree } from '../tree.js'
import { actionOf, promptOf, type Place } from './actions.js'
import type { Draft } from './draft.js'
import { questionOf, type LyncAction, type LyncQuestion } from './site.js'

type Fields = Readonly<Record<string, unknown>>
type WrittenAnswer = Fields & { readonly digit: string; readonly name: string | undefined }

/** The most questions inside each other. Lync has two, and the config could have about forty. */
const deepestQuestion = 12

const words: Readonly<Record<string, string>> = { star: '*', asterisk: '*', pound: '#', hash: '#', sharp: '#' }

/** Translates the questions of one workflow. */
export class Questions {
  readonly #place: Place

  constructor(
    private readonly draft: Draft,
    private readonly workflow: string,
  ) {
    this.#place = { of: 'workflow', name: workflow, field: 'question' }
  }

  written(tree: Tree, level = 1): Fields {
    const question = questionOf(tree)
    const answers = this.#answers(question, level)
    return {
      prompt: promptOf(question.prompt, this.#place, this.draft) ?? this.#spoken(answers),
      invalid: promptOf(question.invalid, this.#place, this.draft),
      noAnswer: promptOf(question.noAnswer, this.#place, this.draft),
      answers,
    }
  }

  #answers({ answers }: LyncQuestion, level: number): readonly WrittenAnswer[] {
    const used = new Set<string>()
    const written = answers.flatMap(answer => {
      const digit = digitOf(answer.digit)
      if (answer.voice.length > 0)
        this.#changed(`callers could say ${answer.voice.map(each => `'${each}'`).join(', ')}`, 'Carillon hears keys, not speech')
      if (digit === undefined || used.has(digit)) {
        const which = answer.name ?? answer.voice[0] ?? ''
        this.#lost(
          `the answer '${which}' has ${digit === undefined ? 'no key' : `the key ${digit} of another answer`}`,
          'give it a key',
        )
        return []
      }
      used.add(digit)
      return [{ digit, name: lineOf(answer.name, 128), ...this.#then(answer.action, digit, level) }]
    })
    if (written.length > 0) return written
    this.#lost('a question has no answer that callers can give by key', 'write its answers; until then key 0 ends the call')
    return [{ digit: '0', name: undefined, action: { disconnect: true } }]
  }

  /** Where an answer leads. */
  #then(action: LyncAction | undefined, digit: string, level: number): Fields {
    if (action?.kind !== 'transfertoquestion' || action.question === undefined) return this.#action(action)
    if (level < deepestQuestion) return { question: this.written(action.question, level + 1) }
    this.#lost(`key ${digit} leads to a question that is nested more than ${deepestQuestion} times`, 'ask fewer questions')
    return { action: { disconnect: true } }
  }

  /** An action. A queue without a prompt is written in the short form. */
  #action(action: LyncAction | undefined): Fields {
    const then = actionOf(action, this.#place, this.draft)
    const { queue, ...more } = then
    return queue !== undefined && Object.keys(more).length === 0 ? { queue } : { action: then }
  }

  /** Words for a question that has neither words nor a sound. */
  #spoken(answers: readonly WrittenAnswer[]): Fields {
    this.#lost('a question has no words', 'write what callers hear; until then they hear the names of the answers')
    const parts = answers.map(({ name, digit }) => `For ${name ?? `choice ${digit}`}, press ${digit}.`)
    return { say: parts.join(' ').slice(0, 4_096) }
  }

  #changed(what: string, why: string): void {
    this.draft.notes.changed('workflow', this.workflow, 'question', what, why)
  }

  #lost(what: string, remedy: string): void {
    this.draft.notes.lost('workflow', this.workflow, 'question', what, remedy)
  }
}

/** A key from `1`, `*`, `Digit1` or `Star`. */
function digitOf(text: string | undefined): string | undefined {
  const word = text?.toLowerCase().replace(/^(?:digit|dtmf|key)/, '') ?? ''
  const key = Object.hasOwn(words, word) ? words[word] : word
  return digits.find(each => each === key)
}
