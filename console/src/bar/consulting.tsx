import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { agentPath, change } from '../api/client.js'
import type { Call } from '../api/documents.js'
import { userOf } from '../format.js'
import { useMessages } from '../language/language.js'
import { world } from '../live/live.js'
import { useStore } from '../store.js'
import { useChange } from '../ui/change.js'
import { Icon } from '../ui/icon.js'
import { Refusal } from '../ui/parts.js'

interface ConsultingProps {
  readonly call: Call
  /** The agent's URI. */
  readonly agent: string
}

/** The consultation of this agent in the call. Undefined: there is none. */
export const consultedBy = (call: Call | undefined, agent: string): Call['consultation'] | undefined =>
  call?.consultation?.agent === agent ? call.consultation : undefined

/** While the agent calls somebody before a transfer: connect them with the other side, or go back to it. Later: that the agent is back. */
export function Consulting({ call, agent }: ConsultingProps): VNode {
  const { phone: words } = useMessages()
  const { agents } = useStore(world)
  const { asking, refused, ask } = useChange()
  const [last, setLast] = useState<string>()
  const now = consultedBy(call, agent)
  useEffect(() => {
    if (now) setLast(now.to)
  }, [now?.to])
  const nameOf = (uri: string): string => agents.get(uri)?.name ?? userOf(uri)
  const join = (): void => ask(() => change('POST', agentPath(agent, 'consultation', 'join'), { callId: call.callId }))
  const back = (): void =>
    ask(() => change('DELETE', `${agentPath(agent, 'transfer')}?callId=${encodeURIComponent(call.callId)}`))
  return (
    <div class="consulting">
      <p role="status">
        {now ? words.consulting[now.state](nameOf(now.to)) : last !== undefined && words.consulting.over(nameOf(last))}
      </p>
      <Refusal words={refused} />
      {now && (
        <div class="buttons">
          <button type="button" class="button strong" disabled={asking || now.state !== 'talking'} onClick={join}>
            <Icon name="transfer" />
            {words.connectThem}
          </button>
          <button type="button" class="button" disabled={asking} onClick={back}>
            <Icon name="phone" />
            {words.backToCall}
          </button>
        </div>
      )}
    </div>
  )
}
