import type { VNode } from 'preact'
import type { Editable } from '../../api/documents.js'
import { mayEditAll, session } from '../../api/session.js'
import { userOf } from '../../format.js'
import { world } from '../../live/live.js'
import { go } from '../../router.js'
import { useStore } from '../../store.js'
import { Card, Refusal } from '../../ui/parts.js'
import { addressOf, setupAddress } from './addresses.js'
import { useAsking } from './editing.js'
import { NotDone, Plan } from './plan.js'
import { useSetupTexts } from './words.js'

/** The objects that use an object, and the button that removes it. */
export function RemoveCard({ object }: { readonly object: Editable }): VNode | null {
  const setup = useSetupTexts()
  const who = useStore(session)
  const { of, name, version, usedBy, refusal } = object
  const { outcome, refused, busy, plan, make, leave } = useAsking({
    asked: () => ({ kind: 'remove', of, name, version }),
    made: () => go(setupAddress),
  })
  const mayRemove = mayEditAll(who) && refusal === null
  if (!mayRemove && usedBy.length === 0) return null
  return (
    <Card title={setup.uses} icon="groups">
      <UsedBy object={object} />
      <Refusal words={refused} />
      <NotDone outcome={outcome} />
      {outcome?.done === true && <Plan plan={outcome} busy={busy} applyName={setup.removeNow} apply={make} cancel={leave} />}
      {mayRemove && outcome?.done !== true && (
        <div class="buttons">
          <button type="button" class="button danger" disabled={busy || usedBy.length > 0} onClick={plan}>
            {setup.removeObject[of]}
          </button>
        </div>
      )}
    </Card>
  )
}

function UsedBy({ object: { usedBy } }: { readonly object: Editable }): VNode {
  const setup = useSetupTexts()
  const { agents } = useStore(world)
  if (usedBy.length === 0) return <p>{setup.unused}</p>
  return (
    <>
      <p>{setup.usedBy}</p>
      <ul class="form-list">
        {usedBy.map(({ of, name }) => (
          <li key={`${of} ${name}`}>
            <a href={addressOf(of, name)}>
              {setup.kindOf[of]} {of === 'agent' ? (agents.get(name)?.name ?? userOf(name)) : name}
            </a>
          </li>
        ))}
      </ul>
    </>
  )
}
