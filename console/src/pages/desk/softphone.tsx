import type { VNode } from 'preact'
import { useEffect } from 'preact/hooks'
import type { Agent } from '../../api/documents.js'
import { useMessages } from '../../language/language.js'
import type { Messages } from '../../language/en.js'
import type { LiveWorld } from '../../live/world.js'
import { allowMicrophone, devices, microphone, readDevices, ringer, speaker, type AudioDevice } from '../../phone/devices.js'
import type { PhoneFailure, PhoneStatus } from '../../phone/phone.js'
import type { SipPhone } from '../../phone/sip-phone.js'
import { useStore, type Kept } from '../../store.js'
import { Icon, type IconName } from '../../ui/icon.js'
import { Card, Mark, Refusal } from '../../ui/parts.js'
import { PhoneCallCard } from './phone-call.js'

/** The key in session storage of the agent whose phone was on. It is switched on again after a reload. */
const rememberedBy = 'carillon.phone'

export interface SoftphoneProps {
  readonly phone: SipPhone
  readonly live: LiveWorld
  readonly agent: Agent
}

/** The browser's phone on the agent's page. */
export function Softphone({ phone, live, agent }: SoftphoneProps): VNode {
  const messages = useMessages()
  const { status, calls, failure } = useStore(phone.view)
  useEffect(() => {
    if (sessionStorage.getItem(rememberedBy) === agent.uri) void phone.start()
  }, [phone, agent.uri])
  return (
    <Card title={messages.phone.title} icon="desk" aside={status !== 'off' && <StatusMark status={status} />}>
      {calls.map(call => (
        <PhoneCallCard key={call.id} phone={phone} call={call} live={live} agent={agent} />
      ))}
      <Refusal words={failure && failureWords(messages, failure)} />
      {status === 'off' ? (
        <>
          <p class="hint">{messages.phone.hint}</p>
          <button type="button" class="button strong wide" onClick={() => void switchOn(phone, agent.uri)}>
            <Icon name="desk" />
            {messages.phone.start}
          </button>
        </>
      ) : (
        <Devices phone={phone} />
      )}
    </Card>
  )
}

async function switchOn(phone: SipPhone, agent: string): Promise<void> {
  if (!(await allowMicrophone())) {
    phone.refuse({ why: 'microphone' })
    return
  }
  sessionStorage.setItem(rememberedBy, agent)
  await phone.start()
}

async function switchOff(phone: SipPhone): Promise<void> {
  sessionStorage.removeItem(rememberedBy)
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

export function failureWords({ phone }: Messages, failure: PhoneFailure): string {
  return failure.why === 'rejected' ? phone.failures.rejected(failure.status) : phone.failures[failure.why]
}

function Devices({ phone }: { readonly phone: SipPhone }): VNode {
  const { phone: words } = useMessages()
  const { microphones, speakers } = useStore(devices)
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
        <button type="button" class="button quiet" onClick={() => phone.testRing()}>
          <Icon name="bell" />
          {words.testRing}
        </button>
        <button type="button" class="button quiet" onClick={() => void switchOff(phone)}>
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
