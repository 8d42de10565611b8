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
import { ChangeLine } from '../../ui/change-line.js'
import { Faults } from './controls.js'
import { changesOf, isSame, sumsOf, type Draft } from './draft.js'
import { FieldsOf } from './forms.js'
import { useSetupTexts } from './words.js'

interface ObjectFormProps {
  readonly object: Editable
  readonly objects: readonly ListedObject[]
  /** Reads the object again, after an edit or because somebody else changed its file. */
  readonly readAgain: () => void
}

/** An object while a person edits it. */
interface Editing {
  readonly draft: Draft
  /** The server's answer to the last plan or edit. Undefined: there was none, or the edit is done. */
  readonly outcome: EditOutcome | undefined
  readonly refused: string | undefined
  /** Fields that somebody else has changed meanwhile. */
  readonly others: readonly string[]
  readonly saved: boolean
  readonly isChanged: boolean
  readonly busy: boolean
  readonly edit: (draft: Draft) => void
  readonly plan: () => void
  readonly apply: () => void
  readonly leavePlan: () => void
}

function useEditing(object: Editable, readAgain: () => void): Editing {
  const { failed } = useMessages()
  const [draft, setDraft] = useState<Draft>(object.fields)
  const [outcome, setOutcome] = useState<EditOutcome>()
  const [refused, setRefused] = useState<string>()
  const [saved, setSaved] = useState(false)
  const { busy, run } = useAction()
  const [others, setOthers] = useOthers(object, draft)
  const { set, unset } = changesOf(object, draft)
  const edit = (next: Draft): void => {
    setDraft(next)
    setOutcome(undefined)
    setSaved(false)
    setOthers([])
  }
  const ask = async (path: string): Promise<void> => {
    setSaved(false)
    const asked = { kind: 'change', of: object.of, name: object.name, set, unset, version: object.version }
    const answer = await post<EditOutcome>(path, asked)
    const isMade = answer.kind === 'ok' && answer.value.id !== null
    setOutcome(answer.kind === 'ok' && !isMade ? answer.value : undefined)
    setSaved(isMade)
    if (answer.kind === 'ok') setRefused(undefined)
    else setRefused(answer.kind === 'problem' ? failed.refused(answer.detail) : failed.unreachable)
    if (isMade || (answer.kind === 'problem' && answer.status === 409)) readAgain()
  }
  return {
    ...{ draft, outcome, refused, others, saved, busy, edit },
    isChanged: Object.keys(set).length + unset.length > 0,
    plan: () => run(() => ask('/api/config/edits/plan')),
    apply: () => run(() => ask('/api/config/edits')),
    leavePlan: () => setOutcome(undefined),
  }
}

/** The fields that somebody else changed since this form was opened, if the draft has other values. */
function useOthers(object: Editable, draft: Draft): readonly [readonly string[], (fields: readonly string[]) => void] {
  const [others, setOthers] = useState<readonly string[]>([])
  const seen = useRef(object)
  useEffect(() => {
    const before = seen.current
    seen.current = object
    const differs = (field: string): boolean =>
      !isSame(before.fields[field], object.fields[field]) && !isSame(draft[field], object.fields[field])
    setOthers(Object.keys({ ...before.fields, ...object.fields }).filter(differs))
  }, [object])
  return [others, setOthers]
}

/** The form of one object. The person edits it, sees what would change, and applies it. */
export function ObjectForm({ object, objects, readAgain }: ObjectFormProps): VNode {
  const setup = useSetupTexts()
  const { failed } = useMessages()
  const { agents } = useStore(world)
  const editing = useEditing(object, readAgain)
  const { of, name, hidden, mayChange, refusal } = object
  const may = (field: string): boolean => !hidden.includes(field) && (mayChange === null || mayChange.includes(field))
  const submit = (event: Event): void => {
    event.preventDefault()
    editing.plan()
  }
  return (
    <Card title={`${setup.kindOf[of]} ${of === 'agent' ? (agents.get(name)?.name ?? userOf(name)) : name}`} icon="groups">
      <p class="hint">
        {setup.inFile} <code>{object.file}</code>. {hidden.length > 0 && setup.hidden(hidden.join(', '))}
      </p>
      <Refusal words={refusal === null ? undefined : failed.refused(refusal)} />
      <form class="form" onSubmit={submit}>
        <FieldsOf
          {...{ of, may, objects, agents }}
          draft={editing.draft}
          faults={editing.outcome?.faults ?? []}
          change={editing.edit}
        />
        <Others object={object} editing={editing} />
        <Refusal words={editing.refused} />
        <div role="status">{editing.saved && <p>{setup.saved}</p>}</div>
        <NotDone outcome={editing.outcome} />
        <Buttons object={object} editing={editing} />
      </form>
    </Card>
  )
}

interface EditingProps {
  readonly object: Editable
  readonly editing: Editing
}

function Buttons({ object, editing }: EditingProps): VNode {
  const setup = useSetupTexts()
  const { outcome, busy, isChanged, edit, apply, leavePlan } = editing
  if (outcome?.done === true) return <Plan plan={outcome} busy={busy} apply={apply} cancel={leavePlan} />
  return (
    <div class="buttons">
      <button type="submit" class="button strong" disabled={busy || !isChanged || object.refusal !== null}>
        {setup.look}
      </button>
      <button type="button" class="button" disabled={busy || !isChanged} onClick={() => edit(object.fields)}>
        {setup.reset}
      </button>
    </div>
  )
}

/** The faults that belong to no field of the form. */
function NotDone({ outcome }: { readonly outcome: EditOutcome | undefined }): VNode {
  const setup = useSetupTexts()
  return (
    <div role="alert">
      {outcome?.done === false && (
        <>
          <p>{setup.notDone}</p>
          <Faults faults={outcome.faults.filter(({ field }) => field === null || field === '')} />
        </>
      )}
    </div>
  )
}

/** Fields that somebody else changed meanwhile, with both values. */
function Others({ object, editing: { others, draft, edit } }: EditingProps): VNode | null {
  const setup = useSetupTexts()
  const shown = (value: unknown): string => (value === undefined ? setup.none : JSON.stringify(value))
  if (others.length === 0) return null
  return (
    <div role="alert" class="form-plan">
      <p>{setup.others}</p>
      <ul>
        {others.map(field => (
          <li key={field}>
            <b>{field}</b>: {setup.theirs} <code>{shown(object.fields[field])}</code>, {setup.yours}{' '}
            <code>{shown(draft[field])}</code>
          </li>
        ))}
      </ul>
      <button type="button" class="button" onClick={() => edit(object.fields)}>
        {setup.takeTheirs}
      </button>
    </div>
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
  const setup = useSetupTexts()
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
            <li key={JSON.stringify(sum)}>
              {setup.callers[sum.effect](sum.calls, sum.queue, sum.to ?? '')}
              {sum.stopsRinging > 0 && ` ${setup.stopRinging(sum.stopsRinging)}`}
            </li>
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
