import type { VNode } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { Icon } from '../../ui/icon.js'
import { Part, Pick, TextLine } from './controls.js'
import { blockOf, faultsOf, textOf, withField, type Draft, type Fault } from './draft.js'
import { namesOf, type FormProps } from './form-props.js'
import { Message } from './message.js'
import {
  answersOf,
  fieldOf,
  freeKeys,
  hasFault,
  leading,
  leadKinds,
  leadsTo,
  mostLevels,
  questionBefore,
  rowsOf,
  samePath,
  stepFrom,
  withAnswer,
  withOneMore,
  withQuestion,
  type Leads,
  type Path,
  type Row,
} from './tree.js'
import { useSetupTexts } from './words.js'

type TreeProps = Pick<FormProps, 'draft' | 'faults' | 'objects' | 'change'>

/** The questions of a workflow: a picture of all answers, and the fields of the chosen one. */
export function QuestionTree({ draft, faults, objects, change }: TreeProps): VNode {
  const setup = useSetupTexts()
  const question = blockOf(draft['question'])
  const rows = rowsOf(question)
  const [wanted, setWanted] = useState<Path>([])
  const chosen = rows.find(({ path }) => samePath(path, wanted)) ?? rows[0]
  const own = faultsOf(faults, 'question')
  const queues = namesOf(objects, 'queue')
  const write = (next: Draft): void => change(withField(draft, 'question', next))
  const remove = (path: Path): void => {
    write(withAnswer(question, path, undefined))
    setWanted(path.slice(0, -1))
  }
  return (
    <Part name={setup.questions} hint={setup.questionsHint}>
      <Picture
        rows={rows}
        chosen={chosen?.path ?? []}
        faults={own}
        choose={setWanted}
        remove={path => answersOf(questionBefore(question, path)).length > 1 && remove(path)}
      />
      {chosen && (
        <fieldset class="form-part" key={chosen.path.join()}>
          <legend>{chosen.answer ? setup.answerOf(textOf(chosen.answer['digit'])) : setup.firstQuestionTitle}</legend>
          <AnswerFields row={chosen} whole={question} queues={queues} write={write} remove={() => remove(chosen.path)} />
          {chosen.question && (
            <QuestionFields
              row={chosen}
              question={chosen.question}
              write={next => write(withQuestion(question, chosen.path, next))}
              add={next => {
                write(withQuestion(question, chosen.path, next))
                setWanted([...chosen.path, answersOf(next).length - 1])
              }}
              queue={queues[0] ?? ''}
            />
          )}
          <TreeFaults faults={faultsHere(own, chosen)} />
        </fieldset>
      )}
    </Part>
  )
}

const faultsHere = (faults: readonly Fault[], row: Row): readonly Fault[] => faults.filter(fault => hasFault(row, [fault]))

const TreeFaults = ({ faults }: { readonly faults: readonly Fault[] }): VNode => {
  const setup = useSetupTexts()
  return (
    <>
      {faults.map(({ field, message }) => (
        <p class="refusal" key={`${field ?? ''} ${message}`}>
          <Icon name="alert" />
          {setup.fault(message)}
        </p>
      ))}
    </>
  )
}

interface PictureProps {
  readonly rows: readonly Row[]
  readonly chosen: Path
  readonly faults: readonly Fault[]
  readonly choose: (path: Path) => void
  readonly remove: (path: Path) => void
}

/** The tree. The keys follow the ARIA pattern for trees: arrows, Home and End move, and Delete removes an answer. */
function Picture({ rows, chosen, faults, choose, remove }: PictureProps): VNode {
  const setup = useSetupTexts()
  const whole = useRef<HTMLDivElement>(null)
  const press = (event: KeyboardEvent): void => {
    if (event.key === 'Delete' && chosen.length > 0) {
      event.preventDefault()
      remove(chosen)
      return
    }
    const next = stepFrom(rows, chosen, event.key)
    if (!next) return
    event.preventDefault()
    choose(next)
    whole.current?.querySelector<HTMLElement>(`[data-path="${next.join('-')}"]`)?.focus()
  }
  return (
    <div class="form-tree" role="tree" aria-label={setup.questions} ref={whole} onKeyDown={press}>
      {rows.map(row => (
        <div
          key={row.path.join('-')}
          class="form-node"
          role="treeitem"
          data-path={row.path.join('-')}
          style={{ '--level': row.path.length }}
          tabIndex={samePath(row.path, chosen) ? 0 : -1}
          aria-level={row.path.length + 1}
          aria-setsize={row.of.size}
          aria-posinset={row.of.place}
          aria-selected={samePath(row.path, chosen)}
          {...(row.question && { 'aria-expanded': true })}
          onClick={() => choose(row.path)}
        >
          <NodeWords row={row} />
          {hasFault(row, faults) && (
            <span class="refusal">
              <Icon name="alert" />
              <span class="hidden">{setup.isWrong}</span>
            </span>
          )}
        </div>
      ))}
    </div>
  )
}

function NodeWords({ row: { answer, question } }: { readonly row: Row }): VNode {
  const setup = useSetupTexts()
  const { say, file } = blockOf(question?.['prompt'])
  const asked = question && (textOf(say) || textOf(file) || setup.noWords)
  if (!answer) return <b>{asked}</b>
  const { kind, target } = leadsTo(answer)
  const words =
    kind === 'question' ? (asked ?? '') : kind === 'queue' ? target || setup.choose : [setup.actions[kind], target].join(' ')
  return (
    <>
      <kbd>{textOf(answer['digit'])}</kbd>
      {answer['name'] !== undefined && <b>{textOf(answer['name'])}</b>}
      <span>→ {words}</span>
    </>
  )
}

interface AnswerFieldsProps {
  readonly row: Row
  readonly whole: Draft
  readonly queues: readonly string[]
  readonly write: (question: Draft) => void
  readonly remove: () => void
}

/** The key, the name and the target of an answer. Nothing for the first question. */
function AnswerFields({ row: { path, answer }, whole, queues, write, remove }: AnswerFieldsProps): VNode | null {
  const setup = useSetupTexts()
  if (!answer) return null
  const set = (next: Draft): void => write(withAnswer(whole, path, next))
  const before = questionBefore(whole, path)
  const digit = textOf(answer['digit'])
  const { kind, target } = leadsTo(answer)
  const lead = (next: Leads): void => set(leading(answer, next, next === 'queue' ? (queues[0] ?? '') : '', queues[0] ?? ''))
  const kinds = leadKinds.filter(each => each !== 'question' || path.length < mostLevels)
  const name = (each: Leads): string => (each === 'question' ? setup.anotherQuestion : setup.actions[each])
  return (
    <>
      <Pick
        name={setup.key}
        chosen={digit}
        options={freeKeys(before, digit).map(key => [key, key])}
        change={key => set({ ...answer, digit: key })}
      />
      <TextLine
        name={setup.answerName}
        hint={setup.answerNameHint}
        value={answer['name']}
        change={text => set(withField(answer, 'name', text))}
      />
      <Pick
        name={setup.thenWhat}
        chosen={kind}
        options={kinds.map(each => [each, name(each)])}
        change={chosen => lead(leadKinds.find(each => each === chosen) ?? 'queue')}
      />
      {kind === 'queue' && (
        <Pick
          name={setup.queue}
          chosen={target}
          options={[...new Set([target, ...queues])].map(each => [each, each === '' ? setup.choose : each])}
          change={queue => set(leading(answer, 'queue', queue, ''))}
        />
      )}
      {kind !== 'queue' && kind !== 'question' && kind !== 'disconnect' && (
        <TextLine
          name={setup.targets[kind]}
          value={target}
          placeholder={setup.examples[kind]}
          change={text => set(leading(answer, kind, text, ''))}
        />
      )}
      <div class="buttons">
        <button type="button" class="button" disabled={answersOf(before).length < 2} onClick={remove}>
          {setup.removeAnswer(digit)}
        </button>
      </div>
    </>
  )
}

interface QuestionFieldsProps {
  readonly row: Row
  readonly question: Draft
  readonly write: (question: Draft) => void
  readonly add: (question: Draft) => void
  readonly queue: string
}

/** The words of a question, and the button that adds an answer. */
function QuestionFields({ row: { path }, question, write, add, queue }: QuestionFieldsProps): VNode {
  const setup = useSetupTexts()
  const id = fieldOf(path)
  return (
    <>
      <Message
        key={id}
        name={setup.questionWords}
        value={question['prompt']}
        change={prompt => write({ ...question, prompt: prompt ?? {} })}
      />
      <Message name={setup.wrongKey} value={question['invalid']} change={words => write(withField(question, 'invalid', words))} />
      <Message name={setup.noKey} value={question['noAnswer']} change={words => write(withField(question, 'noAnswer', words))} />
      <div class="buttons">
        <button
          type="button"
          class="button"
          disabled={freeKeys(question).length === 0}
          onClick={() => add(withOneMore(question, queue))}
        >
          {setup.addAnswer}
        </button>
      </div>
    </>
  )
}
