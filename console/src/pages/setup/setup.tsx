import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { change as send, post } from '../../api/client.js'
import type { Editable, EditOutcome, EditPage, ListedObject } from '../../api/documents.js'
import { dayAndTime, userOf } from '../../format.js'
import { useLocale, useMessages } from '../../language/language.js'
import { configRead, world } from '../../live/live.js'
import { mayEditAll, session } from '../../api/session.js'
import type { Place } from '../../router.js'
import { useStore } from '../../store.js'
import { useAction } from '../../ui/action.js'
import { NotRead } from '../../ui/not-read.js'
import { Card, Empty, Refusal } from '../../ui/parts.js'
import { useReading } from '../../ui/reading.js'
import { ChangeLine } from '../../ui/change-line.js'
import { addressOf, addressOfNew, setupAddress } from './addresses.js'
import { NewObject } from './new-object.js'
import { RecordingsCard } from './recordings-card.js'
import { ObjectForm } from './object-form.js'
import { useSetupTexts } from './words.js'

const kinds = ['workflow', 'queue', 'group', 'holidays', 'agent'] as const

/** The objects that a person may edit, the form of one of them, and the latest edits. */
export function SetupSection({ at }: { readonly at: Place }): VNode {
  const answer = useReading<readonly ListedObject[]>('/api/config/objects', useStore(configRead))
  if (answer?.kind !== 'ok') return <NotRead answer={answer} />
  const isAdmin = mayEditAll(useStore(session))
  const of = kinds.find(kind => kind === at.query.get('of'))
  const name = at.query.get('name')
  if (of !== undefined && at.query.has('new'))
    return (
      <>
        <Back />
        <NewObject key={of} of={of} objects={answer.value} />
      </>
    )
  if (of !== undefined && name !== null) return <ObjectPage of={of} name={name} objects={answer.value} />
  return (
    <div class="columns">
      <Objects objects={answer.value.filter(({ mayEdit }) => mayEdit)} />
      <HistoryCard />
      {isAdmin && <RecordingsCard />}
    </div>
  )
}

function Objects({ objects }: { readonly objects: readonly ListedObject[] }): VNode {
  const setup = useSetupTexts()
  const { agents } = useStore(world)
  const mayAdd = mayEditAll(useStore(session))
  if (objects.length === 0 && !mayAdd) return <Empty>{setup.nothing}</Empty>
  return (
    <>
      {kinds.map(kind => {
        const own = objects.filter(({ of }) => of === kind)
        if (own.length === 0 && !mayAdd) return null
        return (
          <Card key={kind} title={setup.kinds[kind]} icon="groups">
            <p class="hint">{setup.kindHints[kind]}</p>
            <ul class="form-list">
              {own.map(({ of, name }) => (
                <li key={name}>
                  <a href={addressOf(of, name)}>{of === 'agent' ? (agents.get(name)?.name ?? userOf(name)) : name}</a>
                </li>
              ))}
            </ul>
            {mayAdd && (
              <div class="buttons">
                <a class="button" href={addressOfNew(kind)}>
                  {setup.addOf[kind]}
                </a>
              </div>
            )}
          </Card>
        )
      })}
    </>
  )
}

interface ObjectPageProps {
  readonly of: ListedObject['of']
  readonly name: string
  readonly objects: readonly ListedObject[]
}

function ObjectPage({ of, name, objects }: ObjectPageProps): VNode {
  const setup = useSetupTexts()
  const [again, setAgain] = useState(0)
  const answer = useReading<Editable>(`/api/config/objects/${of}/${encodeURIComponent(name)}`, again)
  return (
    <>
      <Back />
      {answer?.kind === 'ok' ? (
        <ObjectForm
          key={`${of} ${name}`}
          object={answer.value}
          objects={objects}
          readAgain={() => setAgain(count => count + 1)}
        />
      ) : (
        <NotRead answer={answer} unknown={<Empty>{setup.gone}</Empty>} />
      )}
    </>
  )
}

function Back(): VNode {
  const setup = useSetupTexts()
  return (
    <p>
      <a href={setupAddress}>{setup.back}</a>
    </p>
  )
}

function HistoryCard(): VNode {
  const setup = useSetupTexts()
  const { failed } = useMessages()
  const locale = useLocale()
  const [again, setAgain] = useState(0)
  const answer = useReading<EditPage>('/api/config/edits?limit=20', `${useStore(configRead)} ${again}`)
  const [asked, setAsked] = useState<{ readonly id: number; readonly plan: EditOutcome }>()
  const [refused, setRefused] = useState<string>()
  const { busy, run } = useAction()
  const undo = (id: number, sure: boolean) => async (): Promise<void> => {
    const ask = { kind: 'undo', id }
    const outcome = await (sure ? send('POST', '/api/config/edits', ask) : post<EditOutcome>('/api/config/edits/plan', ask))
    setRefused(
      outcome.kind === 'problem'
        ? failed.refused(outcome.detail)
        : outcome.kind === 'unreachable'
          ? failed.unreachable
          : undefined,
    )
    setAsked(!sure && outcome.kind === 'ok' ? { id, plan: outcome.value as EditOutcome } : undefined)
    if (sure) setAgain(count => count + 1)
  }
  if (answer?.kind !== 'ok') return <NotRead answer={answer} />
  return (
    <Card title={setup.history} icon="check">
      <Refusal words={refused} />
      {answer.value.edits.length === 0 && <Empty>{setup.noHistory}</Empty>}
      <ol class="changes">
        {answer.value.edits.map(({ id, at, who, changes, undoes, mayUndo }) => (
          <li key={id}>
            <time dateTime={at}>{dayAndTime(at, locale)}</time> {who}
            {undoes !== null && <small> {setup.undid}</small>}
            <ul>
              {changes.map(change => (
                <ChangeLine key={`${change.kind} ${change.name}`} change={change} />
              ))}
            </ul>
            {mayUndo && asked?.id !== id && (
              <button
                type="button"
                class="button"
                disabled={busy}
                aria-label={setup.undoOf(dayAndTime(at, locale))}
                onClick={() => run(undo(id, false))}
              >
                {setup.undo}
              </button>
            )}
            {asked?.id === id && (
              <UndoQuestion plan={asked.plan} busy={busy} undo={() => run(undo(id, true))} cancel={() => setAsked(undefined)} />
            )}
          </li>
        ))}
      </ol>
    </Card>
  )
}

interface UndoQuestionProps {
  readonly plan: EditOutcome
  readonly busy: boolean
  readonly undo: () => void
  readonly cancel: () => void
}

function UndoQuestion({ plan, busy, undo, cancel }: UndoQuestionProps): VNode {
  const setup = useSetupTexts()
  return (
    <div role="status">
      <p>{plan.done ? setup.undoSure : setup.undoNot}</p>
      <div class="buttons">
        {plan.done && (
          <button type="button" class="button strong" disabled={busy} onClick={undo}>
            {setup.undoNow}
          </button>
        )}
        <button type="button" class="button" onClick={cancel}>
          {setup.cancel}
        </button>
      </div>
    </div>
  )
}
