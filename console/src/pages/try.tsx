import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Config } from '../api/documents.js'
import { useMessages } from '../language/language.js'
import { allowMicrophone } from '../phone/devices.js'
import type { PhoneCall } from '../phone/phone.js'
import { SipPhone } from '../phone/sip-phone.js'
import { useStore } from '../store.js'
import { Icon } from '../ui/icon.js'
import { Keypad } from '../ui/keypad.js'
import { Card, Refusal } from '../ui/parts.js'
import { useReading } from '../ui/reading.js'
import { Ticking } from '../ui/ticking.js'
import { failureWords } from './desk/softphone.js'

type Workflow = Config['view']['workflows'][number]

/** Lets a person call a workflow from the browser, as a caller without a phone. */
export function TryPage(): VNode {
  const messages = useMessages()
  const { try: words } = messages
  const [phone] = useState(() => new SipPhone({ guest: true }))
  const { calls, failure } = useStore(phone.view)
  const [dialled, setDialled] = useState<Workflow>()
  useEffect(() => () => void phone.stop(), [phone])
  const answer = useReading<Config>('/api/config')
  const workflows = answer?.kind === 'ok' ? answer.value.view.workflows : []
  const [call] = calls
  const dial = async (workflow: Workflow): Promise<void> => {
    setDialled(workflow)
    if (!(await allowMicrophone())) {
      phone.refuse({ why: 'microphone' })
      return
    }
    await phone.start()
    if (phone.view.state.status === 'ready') await phone.call(workflow.uri)
  }
  return (
    <div class="try">
      <h1>{words.title}</h1>
      <p class="lead">{words.hint}</p>
      {call && dialled ? (
        <OngoingCall phone={phone} call={call} name={dialled.displayName} />
      ) : (
        <Card title={words.choose} icon="phone">
          <ul class="dial-list">
            {workflows.map(workflow => (
              <li key={workflow.name}>
                <span>
                  {workflow.displayName}
                  <small>{workflow.number ?? workflow.uri}</small>
                </span>
                <button
                  type="button"
                  class="button strong"
                  aria-label={`${words.call} ${workflow.displayName}`}
                  onClick={() => void dial(workflow)}
                >
                  <Icon name="phone" />
                  {words.call}
                </button>
              </li>
            ))}
          </ul>
        </Card>
      )}
      <Refusal words={failure && failureWords(messages, failure)} />
      <p role="status">{dialled && !call && !failure && words.over}</p>
    </div>
  )
}

interface OngoingCallProps {
  readonly phone: SipPhone
  readonly call: PhoneCall
  readonly name: string
}

function OngoingCall({ phone, call, name }: OngoingCallProps): VNode {
  const { try: words, phone: phoneWords } = useMessages()
  return (
    <Card title={words.calling(name)} icon="phone" kind={call.state === 'talking' ? 'talking' : 'ringing'}>
      <p class="caller" role="status">
        {call.state === 'talking' ? phoneWords.talking : phoneWords.calling}
        <small>
          <Ticking since={call.since} />
        </small>
      </p>
      <div class="buttons">
        <button type="button" class="button" aria-pressed={call.muted} onClick={() => phone.mute(call.id, !call.muted)}>
          <Icon name={call.muted ? 'micOff' : 'mic'} />
          {call.muted ? phoneWords.unmute : phoneWords.mute}
        </button>
        <button type="button" class="button danger" onClick={() => void phone.end(call.id)}>
          <Icon name="hangUp" />
          {phoneWords.hangUp}
        </button>
      </div>
      {call.state === 'talking' && (
        <>
          <p class="hint">{words.keysHint}</p>
          <Keypad press={key => phone.key(call.id, key)} />
        </>
      )}
    </Card>
  )
}
