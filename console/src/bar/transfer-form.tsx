import type { VNode } from 'preact'
import { useId, useState } from 'preact/hooks'
import type { Agent } from '../api/documents.js'
import { userOf } from '../format.js'
import { useMessages } from '../language/language.js'
import { world } from '../live/live.js'
import type { Phone, PhoneCall } from '../phone/phone.js'
import { useStore } from '../store.js'
import { Icon } from '../ui/icon.js'

export interface TransferFormProps {
  readonly phone: Phone
  readonly call: PhoneCall
  /** The agent whose phone it is. */
  readonly agent: string
}

export function TransferForm({ phone, call, agent }: TransferFormProps): VNode {
  const { phone: words } = useMessages()
  const live = useStore(world)
  const [target, setTarget] = useState('')
  const [field, list] = [useId(), useId()]
  const colleagues = [...live.agents.values()].filter(({ uri }) => uri !== agent)
  const send = (event: SubmitEvent): void => {
    event.preventDefault()
    void phone.transfer(call.id, uriOf(target, colleagues, agent))
  }
  return (
    <form class="stack" onSubmit={send}>
      <label for={field}>{words.transferTo}</label>
      <input
        id={field}
        list={list}
        placeholder={words.transferHint}
        value={target}
        required
        onInput={event => setTarget(event.currentTarget.value)}
      />
      <datalist id={list}>
        {colleagues.map(({ uri, name }) => (
          <option key={uri} value={name ?? userOf(uri)}>
            {uri}
          </option>
        ))}
      </datalist>
      {call.transfer !== 'none' && <p role="status">{call.transfer === 'asked' ? words.transferring : words.transferFailed}</p>}
      <button type="submit" class="button strong" disabled={call.transfer === 'asked' || call.busy !== undefined}>
        <Icon name="transfer" />
        {words.transferNow}
      </button>
    </form>
  )
}

/** The target that was typed: a colleague's name, a URI, or a number, which gets the agent's domain. */
function uriOf(text: string, colleagues: readonly Agent[], own: string): string {
  const typed = text.trim()
  const colleague = colleagues.find(({ uri, name }) => (name ?? userOf(uri)) === typed)
  if (colleague) return colleague.uri
  if (/^(?:sips?|tel):/i.test(typed)) return typed
  const domain = own.slice(own.indexOf('@') + 1)
  return typed.includes('@') ? `sip:${typed}` : `sip:${typed.replace(/[\s().-]/g, '')}@${domain}`
}
