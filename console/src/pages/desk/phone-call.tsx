import type { VNode } from 'preact'
import { useId, useState } from 'preact/hooks'
import type { Agent } from '../../api/documents.js'
import { userOf } from '../../format.js'
import { useMessages } from '../../language/language.js'
import type { LiveWorld } from '../../live/world.js'
import type { Phone, PhoneCall } from '../../phone/phone.js'
import { Icon } from '../../ui/icon.js'
import { Keypad } from '../../ui/keypad.js'
import { Ticking } from '../../ui/ticking.js'

export interface PhoneCallCardProps {
  readonly phone: Phone
  readonly call: PhoneCall
  readonly live: LiveWorld
  readonly agent: Agent
}

/** One call of the browser's phone, with its buttons. */
export function PhoneCallCard({ phone, call, live, agent }: PhoneCallCardProps): VNode {
  const { phone: words } = useMessages()
  const [open, setOpen] = useState<'keys' | 'transfer'>()
  const toggle = (which: 'keys' | 'transfer'): void => setOpen(open === which ? undefined : which)
  return (
    <section class={`phone-call phone-call-${call.state}`} aria-label={call.peer}>
      <p class="phone-peer">
        {call.peer}
        <small>
          {call.state === 'ringing' ? words.ringing : <Ticking since={call.since} />}
          {call.onHold && ` · ${words.onHold}`}
          {call.muted && ` · ${words.muted}`}
        </small>
      </p>
      {call.state === 'ringing' ? (
        <Incoming phone={phone} call={call} />
      ) : (
        <>
          <Controls phone={phone} call={call} open={open} toggle={toggle} />
          {open === 'keys' && <Keypad press={key => phone.key(call.id, key)} />}
          {open === 'transfer' && <TransferForm phone={phone} call={call} live={live} agent={agent} />}
          <button type="button" class="button danger wide" onClick={() => void phone.end(call.id)}>
            <Icon name="hangUp" />
            {words.hangUp}
          </button>
        </>
      )}
    </section>
  )
}

function Incoming({ phone, call }: Pick<PhoneCallCardProps, 'phone' | 'call'>): VNode {
  const { phone: words } = useMessages()
  return (
    <div class="buttons">
      <button type="button" class="button strong" onClick={() => void phone.answer(call.id)}>
        <Icon name="phone" />
        {words.answer}
      </button>
      <button type="button" class="button danger" onClick={() => void phone.end(call.id)}>
        <Icon name="cross" />
        {words.decline}
      </button>
    </div>
  )
}

interface ControlsProps extends Pick<PhoneCallCardProps, 'phone' | 'call'> {
  readonly open: 'keys' | 'transfer' | undefined
  readonly toggle: (which: 'keys' | 'transfer') => void
}

function Controls({ phone, call, open, toggle }: ControlsProps): VNode {
  const { phone: words } = useMessages()
  const { id, muted, onHold } = call
  return (
    <div class="controls">
      <button type="button" class="button" aria-pressed={muted} onClick={() => phone.mute(id, !muted)}>
        <Icon name={muted ? 'micOff' : 'mic'} />
        {muted ? words.unmute : words.mute}
      </button>
      <button type="button" class="button" aria-pressed={onHold} onClick={() => void phone.hold(id, !onHold)}>
        <Icon name="hold" />
        {onHold ? words.resume : words.hold}
      </button>
      <button type="button" class="button" aria-expanded={open === 'keys'} onClick={() => toggle('keys')}>
        <Icon name="keys" />
        {words.keys}
      </button>
      <button type="button" class="button" aria-expanded={open === 'transfer'} onClick={() => toggle('transfer')}>
        <Icon name="transfer" />
        {words.transfer}
      </button>
    </div>
  )
}

function TransferForm({ phone, call, live, agent }: PhoneCallCardProps): VNode {
  const { phone: words } = useMessages()
  const [target, setTarget] = useState('')
  const [field, list] = [useId(), useId()]
  const colleagues = [...live.agents.values()].filter(({ uri }) => uri !== agent.uri)
  const send = (event: SubmitEvent): void => {
    event.preventDefault()
    void phone.transfer(call.id, uriOf(target, colleagues, agent.uri))
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
      <button type="submit" class="button strong" disabled={call.transfer === 'asked'}>
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
