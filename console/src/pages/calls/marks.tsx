import type { VNode } from 'preact'
import type { CallEnd, CallRecord } from '../../api/documents.js'
import { useMessages } from '../../language/language.js'
import type { IconName } from '../../ui/icon.js'
import { Mark } from '../../ui/parts.js'

/** How a call ended, with one shape each for good, bad and neutral outcomes. */
export function OutcomeMark({
  call: { outcome, direction },
}: {
  readonly call: Pick<CallRecord, 'outcome' | 'direction'>
}): VNode {
  const { calls } = useMessages()
  const isOutbound = direction === 'outbound' && (outcome === 'forwardFailed' || outcome === 'abandoned')
  const { tone, icon } = lookOf(outcome)
  return (
    <Mark tone={tone} icon={icon}>
      {isOutbound ? calls.notReached[outcome] : calls.outcomes[outcome]}
    </Mark>
  )
}

function lookOf(outcome: CallEnd): { readonly tone: string; readonly icon: IconName } {
  if (outcome === 'answered') return { tone: 'good', icon: 'check' }
  if (outcome === 'forwarded') return { tone: 'talk', icon: 'arrow' }
  if (outcome === 'closed' || outcome === 'holiday' || outcome === 'disconnected') return { tone: 'quiet', icon: 'moon' }
  return { tone: outcome === 'abandoned' ? 'ring' : 'bad', icon: outcome === 'abandoned' ? 'hangUp' : 'alert' }
}
