import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Messages } from '../../language/en.js'
import { useMessages } from '../../language/language.js'
import { allowMicrophone, devices, microphone, readDevices, ringer, speaker, type AudioDevice } from '../../phone/devices.js'
import { isPhoneOn, rememberPhone } from '../../bar/desk-agent.js'
import { canNotify, notify } from '../../bar/ringing.js'
import { mayEndCalls } from '../../ui/ending.js'
import type { PhoneStatus } from '../../phone/phone.js'
import type { SipPhone } from '../../phone/sip-phone.js'
import { useStore, type Kept } from '../../store.js'
import { useAction } from '../../ui/action.js'
import { Icon, type IconName } from '../../ui/icon.js'
import { Card, Mark, Refusal, Switch } from '../../ui/parts.js'

interface SoftphoneProps {
  readonly phone: SipPhone
  /** The agent's URI. */
  readonly agent: string
}

/** The browser's phone on the agent's page. Its calls are in the call bar. */
export function Softphone({ phone, agent }: SoftphoneProps): VNode {
  const messages = useMessages()
  const { status, failure } = useStore(phone.view)
  const switching = useAction()
  useEffect(() => {
    if (isPhoneOn(agent)) void phone.start()
  }, [phone, agent])
  return (
    <Card title={messages.phone.title} icon="desk" aside={status !== 'off' && <StatusMark status={status} />}>
      <Refusal words={failure && messages.phone.failures[failure]} />
      {status === 'off' ? (
        <>
          <p class="hint">{messages.phone.hint}</p>
          <button
            type="button"
            class="button strong wide"
            disabled={switching.busy}
            onClick={() => switching.run(() => switchOn(phone, agent))}
          >
            <Icon name="desk" />
            {messages.phone.start}
          </button>
        </>
      ) : (
        <Devices phone={phone} />
      )}
      <NotifySwitch />
    </Card>
  )
}

/** The switch for notifications. When it is switched on, it asks the browser for permission. */
function NotifySwitch(): VNode | null {
  const { phone: words } = useMessages()
  const wanted = useStore(notify)
  const asking = useAction()
  const [isBlocked, setBlocked] = useState(false)
  if (!canNotify()) return null
  const switchTo = async (on: boolean): Promise<void> => {
    const isAllowed = !on || (await Notification.requestPermission()) === 'granted'
    setBlocked(!isAllowed)
    if (isAllowed) notify.keep(on ? 'on' : 'off')
  }
  const isOn = wanted === 'on' && Notification.permission === 'granted'
  return (
    <div class="notify">
      <Switch label={words.notify} on={isOn} disabled={asking.busy} change={on => asking.run(() => switchTo(on))} />
      <span aria-hidden="true">{words.notify}</span>
      <Refusal words={isBlocked ? words.notifyBlocked : undefined} />
    </div>
  )
}

async function switchOn(phone: SipPhone, agent: string): Promise<void> {
  if (!(await allowMicrophone())) {
    phone.refuse('microphone')
    return
  }
  rememberPhone(agent)
  await phone.start()
}

async function switchOff(phone: SipPhone, messages: Messages): Promise<void> {
  if (!(await mayEndCalls(messages))) return
  rememberPhone(null)
  await phone.stop()
}

const statusLooks: Readonly<Record<PhoneStatus, { readonly tone: string; readonly icon: IconName }>> = {
  off: { tone: 'quiet', icon: 'cross' },
  connecting: { tone: 'quiet', icon: 'clock' },
  ready: { tone: 'good', icon: 'check' },
  lost: { tone: 'bad', icon: 'alert' },
}

function StatusMark({ status }: { readonly status: PhoneStatus }): VNode {
  const { phone } = useMessages()
  const { tone, icon } = statusLooks[status]
  return (
    <span role="status">
      <Mark tone={tone} icon={icon}>
        {phone.states[status]}
      </Mark>
    </span>
  )
}

function Devices({ phone }: { readonly phone: SipPhone }): VNode {
  const messages = useMessages()
  const { phone: words } = messages
  const { microphones, speakers } = useStore(devices)
  const { calls } = useStore(phone.view)
  const switching = useAction()
  const rings = calls.some(({ direction, state }) => direction === 'incoming' && state === 'ringing')
  useEffect(() => {
    const read = (): void => void readDevices()
    read()
    navigator.mediaDevices.addEventListener('devicechange', read)
    return () => navigator.mediaDevices.removeEventListener('devicechange', read)
  }, [])
  return (
    <div class="devices">
      <DeviceChoice label={words.microphone} kept={microphone} devices={microphones} />
      <DeviceChoice label={words.speaker} kept={speaker} devices={speakers} />
      <DeviceChoice label={words.ringer} kept={ringer} devices={speakers} />
      <div class="buttons">
        <button type="button" class="button quiet" disabled={rings} onClick={() => phone.testRing()}>
          <Icon name="bell" />
          {words.testRing}
        </button>
        <button
          type="button"
          class="button quiet"
          disabled={switching.busy}
          onClick={() => switching.run(() => switchOff(phone, messages))}
        >
          <Icon name="cross" />
          {words.stop}
        </button>
      </div>
    </div>
  )
}

interface DeviceChoiceProps {
  readonly label: string
  readonly kept: Kept<string>
  readonly devices: readonly AudioDevice[]
}

function DeviceChoice({ label, kept, devices: known }: DeviceChoiceProps): VNode {
  const { phone } = useMessages()
  const chosen = useStore(kept)
  return (
    <label class="field">
      <span>{label}</span>
      <select
        value={known.some(({ id }) => id === chosen) ? chosen : ''}
        onChange={event => kept.keep(event.currentTarget.value)}
      >
        <option value="">{phone.systemDevice}</option>
        {known.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </label>
  )
}
