import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { ListedObject } from '../../api/documents.js'
import { world } from '../../live/live.js'
import { go } from '../../router.js'
import { useStore } from '../../store.js'
import { Card, Refusal } from '../../ui/parts.js'
import { addressOf, setupAddress } from './addresses.js'
import { TextLine } from './controls.js'
import { faultsOf, textOf, type Draft } from './draft.js'
import { useAsking } from './editing.js'
import { namesOf } from './form-props.js'
import { FieldsOf } from './forms.js'
import { EditedPlace } from './place.js'
import { NotDone, Plan } from './plan.js'
import { useSetupTexts } from './words.js'

interface NewObjectProps {
  readonly of: ListedObject['of']
  readonly objects: readonly ListedObject[]
}

/** The form of an object that is added. */
export function NewObject({ of, objects }: NewObjectProps): VNode {
  const setup = useSetupTexts()
  const { agents } = useStore(world)
  const id = of === 'agent' ? 'uri' : 'name'
  const [draft, setDraft] = useState<Draft>(() => firstFields(of, objects))
  const { outcome, refused, busy, plan, make, leave } = useAsking({
    asked: () => ({ kind: 'add', of, name: textOf(draft[id]), fields: draft }),
    made: () => go(addressOf(of, textOf(draft[id]))),
  })
  const edit = (next: Draft): void => {
    setDraft(next)
    leave()
  }
  const submit = (event: Event): void => {
    event.preventDefault()
    plan()
  }
  const faults = outcome?.faults ?? []
  return (
    <Card title={setup.addOf[of]} icon="groups">
      <form class="form" onSubmit={submit}>
        <TextLine
          name={of === 'agent' ? setup.agentUri : setup.name}
          hint={of === 'agent' ? setup.agentUriHint : setup.nameHint}
          value={draft[id]}
          faults={faultsOf(faults, id)}
          change={text => edit({ ...draft, [id]: text })}
        />
        {/* The address is the first field of an agent already. */}
        <EditedPlace.Provider value={{ of, name: textOf(draft[id]) || of, language: textOf(draft['language']) || 'en-US' }}>
          <FieldsOf {...{ of, objects, agents, draft, faults }} may={() => true} change={edit} />
        </EditedPlace.Provider>
        <Refusal words={refused} />
        <NotDone outcome={outcome} />
        {outcome?.done === true ? (
          <Plan plan={outcome} busy={busy} applyName={setup.addNow} apply={make} cancel={leave} />
        ) : (
          <div class="buttons">
            <button type="submit" class="button strong" disabled={busy || textOf(draft[id]) === ''}>
              {setup.look}
            </button>
            <a class="button" href={setupAddress}>
              {setup.cancelAdd}
            </a>
          </div>
        )}
      </form>
    </Card>
  )
}

/** The fields of a new object before the person changes anything. */
function firstFields(of: ListedObject['of'], objects: readonly ListedObject[]): Draft {
  switch (of) {
    case 'workflow':
      return { name: '', uri: '', queue: namesOf(objects, 'queue')[0] ?? '' }
    case 'queue':
      return { name: '', groups: [] }
    case 'group':
      return { name: '', routingMethod: 'longestIdle', agents: [] }
    case 'holidays':
      return { name: '', days: [] }
    case 'agent':
      return { uri: '' }
  }
}
