import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { Call } from '../api/documents.js'
import { callerLabel } from '../format.js'
import { useMessages } from '../language/language.js'
import { world } from '../live/live.js'
import { ringingAt } from '../live/world.js'
import { phonesInUse } from '../phone/leaving.js'
import type { Phone } from '../phone/phone.js'
import type { PhoneCall } from '../phone/phone-call.js'
import { useStore } from '../store.js'
import { Icon } from '../ui/icon.js'
import { Keypad } from '../ui/keypad.js'
import { Supervision, Supervisors } from './supervision.js'
import { Ticking } from '../ui/ticking.js'
import { consultedBy, Consulting } from './consulting.js'
import { deskAgent } from './desk-agent.js'
import { EndNote } from './end-note.js'
import { keyShortcut, shortcutsOn } from './shortcuts.js'
import { TransferForm } from './transfer-form.js'

/** The calls of this browser, with their buttons. It is on every page, because calls continue when another page is shown. */
export function CallBar({ page }: { readonly page: string | undefined }): VNode {
  const { phone: words } = useMessages()
  const phones = [...useStore(phonesInUse)]
  const live = useStore(world)
  const agent = live.agents.get(deskAgent())
  // The desk shows its ringing calls with buttons of its own.
  const onDesk = page === 'desk' && agent ? ringingAt(agent, live).map(({ call }) => call.callId) : []
  const shown = phones.flatMap(([phone, calls]) =>
    calls.filter(call => call.state === 'talking' || !onDesk.includes(call.callId ?? '')).map(call => ({ phone, call })),
  )
  return (
    <div class="call-bars">
      {shown.length > 0 && (
        <section aria-label={words.bar}>
          {shown.map(({ phone, call }) => (
            <CallRow key={call.id} phone={phone} call={call} />
          ))}
        </section>
      )}
      {page !== 'desk' && <OtherPhone known={phones.flatMap(([, calls]) => calls)} />}
      {phones.map(([phone]) => (
        <EndNote key={phone} phone={phone} shownBelow={page === 'try' && 'guest' in phone.owner} />
      ))}
    </div>
  )
}

interface CallProps {
  readonly phone: Phone
  readonly call: PhoneCall
}

function CallRow({ phone, call }: CallProps): VNode {
  const { phone: words } = useMessages()
  const { status } = useStore(phone.view)
  const isRinging = call.state === 'ringing' && call.direction === 'incoming'
  const { failed, silent } = call
  const messages = (
    <>
      <div role="alert">{failed && <p class="refusal">{words.actionFailed[failed]}</p>}</div>
      <div role="alert">{silent && <p class="refusal">{words.silent(silent.address ?? '?')}</p>}</div>
      <p role="status">{status === 'lost' && words.states.lost}</p>
    </>
  )
  return (
    <div class={isRinging ? 'call-bar call-bar-ringing' : 'call-bar'}>
      <Who call={call} />
      {isRinging && <Incoming phone={phone} call={call} />}
      {isRinging ? messages : <Talk phone={phone} call={call} messages={messages} />}
    </div>
  )
}

/** The buttons of a call in which the person takes part, and the panels that they open. */
function Talk({ phone, call, messages }: CallProps & { readonly messages: VNode }): VNode {
  const [open, setOpen] = useState<Panel>()
  const agent = 'agent' in phone.owner ? phone.owner.agent : undefined
  const known = useKnown(call, agent)
  const isSupervisor = supervises(agent, known)
  const mayTransfer = agent !== undefined && !isSupervisor && consultedBy(known, agent) === undefined
  return (
    <>
      <Controls
        phone={phone}
        call={call}
        open={open}
        mayTransfer={mayTransfer}
        toggle={which => setOpen(open === which ? undefined : which)}
      />
      {messages}
      <Listening call={known} isSupervisor={isSupervisor} />
      {known && agent !== undefined && <Consulting call={known} agent={agent} />}
      {open === 'keys' && <Keypad press={key => phone.key(call.id, key)} />}
      {open === 'transfer' && mayTransfer && <TransferForm phone={phone} call={call} callId={known?.callId} agent={agent} />}
    </>
  )
}

const supervises = (agent: string | undefined, call: Call | undefined): boolean =>
  call?.supervisors.some(each => each.agent === agent) === true

/** For a supervisor the buttons, and for the agent who listens. */
function Listening({ call, isSupervisor }: { readonly call: Call | undefined; readonly isSupervisor: boolean }): VNode | null {
  if (!call) return null
  return isSupervisor ? <Supervision call={call} /> : <Supervisors call={call} />
}

/** The call as the server knows it. Without the id of the call in its INVITE, it is the call that the agent is on. */
function useKnown({ callId }: PhoneCall, agent: string | undefined): Call | undefined {
  const { agents, calls } = useStore(world)
  return calls.get(callId ?? agents.get(agent ?? '')?.callId ?? '')
}

function Who({ call }: Pick<CallProps, 'call'>): VNode {
  const { phone: words, desk } = useMessages()
  const known = useStore(world).calls.get(call.callId ?? '')
  const { state, direction, onHold, muted } = call
  const doing = direction === 'outgoing' ? words.calling : desk.incoming
  return (
    <p class="call-bar-who">
      <b>{(known?.direction === 'inbound' ? callerLabel(known.caller, known.callerName) : call.peer) || desk.anonymousCaller}</b>
      <small>
        {state === 'ringing' ? `${doing} ` : ''}
        <Ticking since={call.since} />
        {known && ` · ${known.workflow}`}
        {onHold && ` · ${words.onHold}`}
        {muted && ` · ${words.muted}`}
      </small>
    </p>
  )
}

function Incoming({ phone, call }: CallProps): VNode {
  const { phone: words } = useMessages()
  const keys = useStore(shortcutsOn)
  const { id, busy } = call
  return (
    <div class="call-bar-buttons">
      <button
        type="button"
        class="button strong"
        aria-keyshortcuts={keyShortcut('answer', keys)}
        disabled={busy !== undefined}
        onClick={() => void phone.answer(id)}
      >
        <Icon name="phone" />
        {words.answer}
      </button>
      <button type="button" class="button danger" disabled={busy === 'end'} onClick={() => void phone.end(id)}>
        <Icon name="cross" />
        {words.decline}
      </button>
    </div>
  )
}

type Panel = 'keys' | 'transfer' | undefined

interface ControlsProps extends CallProps {
  readonly open: Panel
  readonly mayTransfer: boolean
  readonly toggle: (which: 'keys' | 'transfer') => void
}

function Controls({ phone, call, open, mayTransfer, toggle }: ControlsProps): VNode {
  const { phone: words } = useMessages()
  const { id, muted, onHold, busy, state } = call
  const keys = useStore(shortcutsOn)
  const isBusy = busy !== undefined
  const isAgent = 'agent' in phone.owner
  return (
    <div class="call-bar-buttons">
      <button
        type="button"
        class="button"
        aria-keyshortcuts={keyShortcut('mute', keys)}
        aria-pressed={muted}
        onClick={() => phone.mute(id, !muted)}
      >
        <Icon name={muted ? 'micOff' : 'mic'} />
        {muted ? words.unmute : words.mute}
      </button>
      {isAgent && (
        <button
          type="button"
          class="button"
          aria-keyshortcuts={keyShortcut('hold', keys)}
          aria-pressed={onHold}
          disabled={isBusy}
          onClick={() => void phone.hold(id, !onHold)}
        >
          <Icon name="hold" />
          {onHold ? words.resume : words.hold}
        </button>
      )}
      {state === 'talking' && (
        <button type="button" class="button" aria-expanded={open === 'keys'} onClick={() => toggle('keys')}>
          <Icon name="keys" />
          {words.keys}
        </button>
      )}
      {mayTransfer && (
        <button type="button" class="button" aria-expanded={open === 'transfer'} onClick={() => toggle('transfer')}>
          <Icon name="transfer" />
          {words.transfer}
        </button>
      )}
      <button
        type="button"
        class="button danger"
        aria-keyshortcuts={keyShortcut('hangUp', keys)}
        disabled={busy === 'end'}
        onClick={() => void phone.end(id)}
      >
        <Icon name="hangUp" />
        {words.hangUp}
      </button>
    </div>
  )
}

/** The call of the agent at another phone, such as a desk phone. That phone has the buttons. */
function OtherPhone({ known }: { readonly known: readonly PhoneCall[] }): VNode | null {
  const { desk, pages } = useMessages()
  const live = useStore(world)
  const agent = live.agents.get(deskAgent())
  if (!agent) return null
  const elsewhere = (callId: string): boolean => known.every(call => call.callId !== callId)
  const ringing = ringingAt(agent, live).find(({ call }) => elsewhere(call.callId))?.call
  const talking = agent.activity === 'talking' && agent.callId !== null ? live.calls.get(agent.callId) : undefined
  const call = ringing ?? (talking && elsewhere(talking.callId) ? talking : undefined)
  if (!call) return null
  return (
    <section class={call === ringing ? 'call-bar call-bar-ringing' : 'call-bar'} aria-label={desk.onYourPhone}>
      <p class="call-bar-who">
        <b>{callerLabel(call.caller, call.callerName) || desk.anonymousCaller}</b>
        <small>
          {call === ringing ? desk.incoming : desk.onYourPhone} <Ticking since={Date.parse(call.since)} /> · {call.workflow}
        </small>
      </p>
      <a href="/desk">{pages.desk}</a>
    </section>
  )
}
