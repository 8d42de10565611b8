import type { VNode } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { post } from '../../api/client.js'
import type { Editable, EditOutcome, ListedObject } from '../../api/documents.js'
import { userOf } from '../../format.js'
import { useMessages } from '../../language/language.js'
import { world } from '../../live/live.js'
import { useStore } from '../../store.js'
import { useAction } from '../../ui/action.js'
import { Card, Refusal } from '../../ui/parts.js'
import { ChangeLine } from '../groups/server.js'
import { Faults } from './controls.js'
import { changesOf, isSame, sumsOf, type Draft } from './draft.js'
import { FieldsOf } from './forms.js'

interface ObjectFormProps {
  readonly object: Editable
  readonly objects: readonly ListedObject[]
  /** Reads the object again, after an edit or because somebody else changed its file. */
  readonly readAgain: () => void
}

/** The form of one object: edit, look at what would change, apply. */
export function ObjectForm({ object, objects, readAgain }: ObjectFormProps): VNode {
  const { setup, failed } = useMessages()
  const { agents } = useStore(world)
  const [draft, setDraft] = useState<Draft>(object.fields)
  const [outcome, setOutcome] = useState<EditOutcome>()
  const [refused, setRefused] = useState<string>()
  const [others, setOthers] = useState<readonly string[]>([])
  const [saved, setSaved] = useState(false)
  const { busy, run } = useAction()
  const seen = useRef(object)
  const { of, name } = object
  useEffect(() => {
    const before = seen.current
    seen.current = object
    if (before.version === object.version) return
    if (isSame(before.fields, object.fields)) return
    // After an own edit the draft is what the file has. Otherwise somebody else changed these fields.
    const changed = Object.keys({ ...before.fields, ...object.fields }).filter(
      field => !isSame(before.fields[field], object.fields[field]) && !isSame(draft[field], object.fields[field]),
    )
    setOthers(changed)
  }, [object])
  const { set, unset } = changesOf(object, draft)
  const isChanged = Object.keys(set).length + unset.length > 0
  const edit = (next: Draft): void => {
    setDraft(next)
    setOutcome(undefined)
    setSaved(false)
  }
  const ask = (path: string) => async (): Promise<void> => {
    setSaved(false)
    const answer = await post<EditOutcome>(path, { kind: 'change', of, name, set, unset, version: object.version })
    if (answer.kind === 'ok') {
      const isMade = answer.value.done && answer.value.id !== null
      setRefused(undefined)
      setOutcome(isMade ? undefined : answer.value)
      setSaved(isMade)
      setOthers([])
      if (isMade) readAgain()
      return
    }
    setOutcome(undefined)
    setRefused(answer.kind === 'problem' ? failed.refused(answer.detail) : failed.unreachable)
    if (answer.kind === 'problem' && answer.status === 409) readAgain()
  }
  const title = of === 'agent' ? (agents.get(name)?.name ?? userOf(name)) : name
  const faults = outcome?.faults ?? []
  const may = (field: string): boolean => !object.hidden.includes(field) && (object.mayChange?.includes(field) ?? true)
  return (
    <Card title={`${setup.kindOf[of]} ${title}`} icon="groups">
      <p class="hint">
        {setup.inFile} <code>{object.file}</code>. {object.hidden.length > 0 && setup.hidden(object.hidden.join(', '))}
      </p>
      <Refusal words={object.refusal === null ? undefined : failed.refused(object.refusal)} />
      <form
        class="form"
        onSubmit={event => {
          event.preventDefault()
          run(ask('/api/config/edits/plan'))
        }}
      >
        <FieldsOf of={of} draft={draft} faults={faults} may={may} objects={objects} agents={agents} change={edit} />
        {others.length > 0 && (
          <div role="alert" class="form-plan">
            <p>{setup.others}</p>
            <ul>
              {others.map(field => (
                <li key={field}>
                  <b>{field}</b>: {setup.theirs} <code>{JSON.stringify(object.fields[field]) ?? setup.none}</code>, {setup.yours}{' '}
                  <code>{JSON.stringify(draft[field]) ?? setup.none}</code>
                </li>
              ))}
            </ul>
            <button type="button" class="button" onClick={() => edit(object.fields)}>
              {setup.takeTheirs}
            </button>
          </div>
        )}
        <Refusal words={refused} />
        <div role="status">{saved && <p>{setup.saved}</p>}</div>
        <div role="alert">
          {outcome && !outcome.done && (
            <>
              <p>{setup.notDone}</p>
              <Faults faults={faults.filter(({ field }) => field === null || field === '')} />
            </>
          )}
        </div>
        {outcome?.done === true ? (
          <Plan plan={outcome} busy={busy} apply={() => run(ask('/api/config/edits'))} cancel={() => setOutcome(undefined)} />
        ) : (
          <div class="buttons">
            <button type="submit" class="button strong" disabled={busy || !isChanged || object.refusal !== null}>
              {setup.look}
            </button>
            <button type="button" class="button" disabled={busy || !isChanged} onClick={() => edit(object.fields)}>
              {setup.reset}
            </button>
          </div>
        )}
      </form>
    </Card>
  )
}

interface PlanProps {
  readonly plan: EditOutcome
  readonly busy: boolean
  readonly apply: () => void
  readonly cancel: () => void
}

/** What the edit would change, and what happens to the callers who wait. */
function Plan({ plan, busy, apply, cancel }: PlanProps): VNode {
  const { setup } = useMessages()
  const title = useRef<HTMLHeadingElement>(null)
  useEffect(() => title.current?.focus(), [])
  const sums = sumsOf(plan.calls)
  return (
    <section class="form-plan" aria-label={setup.plan}>
      <h3 ref={title} tabIndex={-1}>
        {setup.plan}
      </h3>
      {plan.changes.length === 0 && <p>{setup.noChange}</p>}
      <ul class="changes">
        {plan.changes.map(change => (
          <ChangeLine key={`${change.kind} ${change.name}`} change={change} />
        ))}
      </ul>
      {sums.length === 0 ? (
        <p>{setup.nobodyWaits}</p>
      ) : (
        <ul>
          {sums.map(sum => (
            <li key={JSON.stringify(sum)}>{setup.callers(sum)}</li>
          ))}
        </ul>
      )}
      <div class="buttons">
        <button type="button" class="button strong" disabled={busy} onClick={apply}>
          {setup.apply}
        </button>
        <button type="button" class="button" disabled={busy} onClick={cancel}>
          {setup.goOn}
        </button>
      </div>
    </section>
  )
}
