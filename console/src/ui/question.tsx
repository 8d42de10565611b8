import type { VNode } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { Store, useStore } from '../store.js'

interface Question {
  readonly title: string
  readonly text: string
  readonly yes: string
  readonly no: string
}

const asked = new Store<{ readonly question: Question; readonly answer: (yes: boolean) => void } | undefined>(undefined)

/** Asks a person before something that can't be undone. A question that is still open counts as answered with no. */
export function askPerson(question: Question): Promise<boolean> {
  asked.state?.answer(false)
  return new Promise(resolve =>
    asked.set({
      question,
      answer(yes) {
        asked.set(undefined)
        resolve(yes)
      },
    }),
  )
}

/** The open question, as a dialog in front of the page. */
export function QuestionDialog(): VNode | null {
  const open = useStore(asked)
  const dialog = useRef<HTMLDialogElement>(null)
  const [title, text] = [useId(), useId()]
  useEffect(() => {
    dialog.current?.showModal()
  }, [open])
  if (!open) return null
  const { question, answer } = open
  return (
    <dialog ref={dialog} class="question" aria-labelledby={title} aria-describedby={text} onCancel={() => answer(false)}>
      <h2 id={title}>{question.title}</h2>
      <p id={text}>{question.text}</p>
      <div class="buttons">
        <button type="button" class="button strong" onClick={() => answer(false)}>
          {question.no}
        </button>
        <button type="button" class="button danger" onClick={() => answer(true)}>
          {question.yes}
        </button>
      </div>
    </dialog>
  )
}
