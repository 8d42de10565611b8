import type { VNode } from 'preact'
import { useId, useState } from 'preact/hooks'
import { agentPath } from '../../api/client.js'
import type { Agent, Outbound } from '../../api/documents.js'
import { targetOf } from '../../bar/transfer-target.js'
import { callOutInEnglish, type CallOutMessages } from '../../language/en-call-out.js'
import { callOutInFrench } from '../../language/fr-call-out.js'
import { useLanguage } from '../../language/language.js'
import type { Language } from '../../language/languages.js'
import type { Phone } from '../../phone/phone.js'
import { useStore } from '../../store.js'
import { useAction } from '../../ui/action.js'
import { Icon } from '../../ui/icon.js'
import { Card } from '../../ui/parts.js'
import { useReading } from '../../ui/reading.js'

const texts: Readonly<Record<Language, CallOutMessages>> = { en: callOutInEnglish, fr: callOutInFrench }

interface CallOutProps {
  readonly phone: Phone
  readonly agent: Agent
}

/** Calls a number on behalf of a workflow. Absent for agents who may not. */
export function CallOut({ phone, agent }: CallOutProps): VNode | null {
  const answer = useReading<readonly Outbound[]>(agentPath(agent.uri, 'outbound'))
  const workflows = answer?.kind === 'ok' ? answer.value : []
  const [first] = workflows
  return first ? <CallOutForm phone={phone} agent={agent} workflows={workflows} first={first} /> : null
}

interface CallOutFormProps extends CallOutProps {
  readonly workflows: readonly Outbound[]
  readonly first: Outbound
}

function CallOutForm({ phone, agent, workflows, first }: CallOutFormProps): VNode {
  const words = texts[useLanguage()]
  const { status, calls } = useStore(phone.view)
  const [typed, setTyped] = useState('')
  const [chosen, choose] = useState(first.workflow)
  const [number, as] = [useId(), useId()]
  const calling = useAction()
  const workflow = workflows.find(each => each.workflow === chosen) ?? first
  const target = targetOf(typed, [], agent.uri)
  const isReady = status === 'ready' && calls.length === 0 && target.kind === 'address'
  const call = (event: SubmitEvent): void => {
    event.preventDefault()
    if (target.kind === 'address') calling.run(() => phone.call(target.uri, typed.trim(), workflow.uri))
  }
  return (
    <Card title={words.title} icon="phone">
      <form class="stack" onSubmit={call}>
        <label for={as}>{words.as}</label>
        <select id={as} value={workflow.workflow} onChange={event => choose(event.currentTarget.value)}>
          {workflows.map(({ workflow: name, displayName, displayNumber }) => (
            <option key={name} value={name}>
              {displayNumber === null ? displayName : `${displayName} (${displayNumber})`}
            </option>
          ))}
        </select>
        <label for={number}>{words.number}</label>
        <input
          id={number}
          type="tel"
          autocomplete="off"
          required
          value={typed}
          onInput={event => setTyped(event.currentTarget.value)}
        />
        <p class="hint">{status === 'ready' ? words.hint : words.phoneOff}</p>
        <button type="submit" class="button strong wide" disabled={!isReady || calling.busy}>
          <Icon name="phone" />
          {words.call}
        </button>
      </form>
    </Card>
  )
}
