import type { VNode } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { EditOutcome } from '../../api/documents.js'
import { ChangeLine } from '../../ui/change-line.js'
import { Icon } from '../../ui/icon.js'
import { sumsOf } from './draft.js'
import { useSetupTexts } from './words.js'

/** The faults that belong to no field of the form, each with its place. */
export function NotDone({ outcome }: { readonly outcome: EditOutcome | undefined }): VNode {
  const setup = useSetupTexts()
  const others = outcome?.faults.filter(({ field }) => field === null || field === '') ?? []
  return (
    <div role="alert">
      {outcome?.done === false && (
        <>
          <p>{setup.notDone}</p>
          {others.map(({ file, line, message }) => (
            <p class="refusal" key={`${file}:${line} ${message}`}>
              <Icon name="alert" />
              <span>
                {setup.fault(message)}{' '}
                <small>
                  {file}:{line}
                </small>
              </span>
            </p>
          ))}
        </>
      )}
    </div>
  )
}

interface PlanProps {
  readonly plan: EditOutcome
  readonly busy: boolean
  /** The name of the button that applies it. */
  readonly applyName: string
  readonly apply: () => void
  readonly cancel: () => void
}

/** What the edit would change, and what happens to the callers who wait. */
export function Plan({ plan, busy, applyName, apply, cancel }: PlanProps): VNode {
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
          {applyName}
        </button>
        <button type="button" class="button" disabled={busy} onClick={cancel}>
          {setup.goOn}
        </button>
      </div>
    </section>
  )
}
