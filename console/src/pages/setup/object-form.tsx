import type { VNode } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Editable, ListedObject } from '../../api/documents.js'
import { userOf } from '../../format.js'
import { useMessages } from '../../language/language.js'
import { world } from '../../live/live.js'
import { useStore } from '../../store.js'
import { Card, Refusal } from '../../ui/parts.js'
import { changesOf, isSame, textOf, type Draft } from './draft.js'
import { useAsking, type Asking } from './editing.js'
import { FieldsOf } from './forms.js'
import { EditedPlace } from './place.js'
import { NotDone, Plan } from './plan.js'
import { RemoveCard } from './remove-object.js'
import { useSetupTexts } from './words.js'

interface ObjectFormProps {
  readonly object: Editable
  readonly objects: readonly ListedObject[]
  /** Reads the object again, after an edit or because somebody else changed its file. */
  readonly readAgain: () => void
}

/** An object while a person edits it. */
interface Editing extends Asking {
  readonly draft: Draft
  /** Fields that somebody else has changed meanwhile. */
  readonly others: readonly string[]
  readonly saved: boolean
  readonly isChanged: boolean
  readonly edit: (draft: Draft) => void
}

function useEditing(object: Editable, readAgain: () => void): Editing {
  const [draft, setDraft] = useState<Draft>(object.fields)
  const [saved, setSaved] = useState(false)
  const [others, setOthers] = useOthers(object, draft)
  const { set, unset } = changesOf(object, draft)
  const asking = useAsking({
    asked: () => ({ kind: 'change', of: object.of, name: object.name, set, unset, version: object.version }),
    made: () => {
      setSaved(true)
      readAgain()
    },
    stale: readAgain,
  })
  const edit = (next: Draft): void => {
    setDraft(next)
    asking.leave()
    setSaved(false)
    setOthers([])
  }
  return { ...asking, ...{ draft, others, saved, edit }, isChanged: Object.keys(set).length + unset.length > 0 }
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
    <div class="form-page">
      <Card title={`${setup.kindOf[of]} ${of === 'agent' ? (agents.get(name)?.name ?? userOf(name)) : name}`} icon="groups">
        <p class="hint">
          <span>
            {setup.inFile} <code>{object.file}</code>. {hidden.length > 0 && setup.hidden(hidden.join(', '))}
          </span>
        </p>
        <Refusal words={refusal === null ? undefined : failed.refused(refusal)} />
        <form class="form" onSubmit={submit}>
          <EditedPlace.Provider value={{ of, name, language: textOf(editing.draft['language']) || 'en-US' }}>
            <FieldsOf
              {...{ of, may, objects, agents }}
              draft={editing.draft}
              faults={editing.outcome?.faults ?? []}
              change={editing.edit}
            />
          </EditedPlace.Provider>
          <Others object={object} editing={editing} />
          <Refusal words={editing.refused} />
          <div role="status">{editing.saved && <p>{setup.saved}</p>}</div>
          <NotDone outcome={editing.outcome} />
          <Buttons object={object} editing={editing} />
        </form>
      </Card>
      <RemoveCard object={object} />
    </div>
  )
}

interface EditingProps {
  readonly object: Editable
  readonly editing: Editing
}

function Buttons({ object, editing }: EditingProps): VNode {
  const setup = useSetupTexts()
  const { outcome, busy, isChanged, edit, make, leave } = editing
  if (outcome?.done === true) return <Plan plan={outcome} busy={busy} applyName={setup.apply} apply={make} cancel={leave} />
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
