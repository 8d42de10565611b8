import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Config } from '../api/documents.js'
import { endWords, isTrouble } from '../bar/end-note.js'
import { useMessages } from '../language/language.js'
import { allowMicrophone } from '../phone/devices.js'
import { guestPhone, leaveGuest } from '../phone/own-phone.js'
import type { PhoneCall } from '../phone/phone.js'
import type { SipPhone } from '../phone/sip-phone.js'
import { useStore } from '../store.js'
import { useAction } from '../ui/action.js'
import { Icon } from '../ui/icon.js'
import { Keypad } from '../ui/keypad.js'
import { Card, Refusal } from '../ui/parts.js'
import { NotRead } from '../ui/not-read.js'
import { useReading } from '../ui/reading.js'

type Workflow = Config['view']['workflows'][number]

/** Lets a person call a workflow from the browser, as a caller without a phone. */
export function TryPage(): VNode {
  const messages = useMessages()
  const { try: words } = messages
  const [phone] = useState(guestPhone)
  const { calls, failure, ended } = useStore(phone.view)
  const dialling = useAction()
  useEffect(() => leaveGuest, [])
  const answer = useReading<Config>('/api/config')
  const [call] = calls
  return (
    <div class="try">
      <h1>{words.title}</h1>
      <p class="lead">{words.hint}</p>
      {call ? (
        <OngoingCall phone={phone} call={call} />
      ) : (
        <Card title={words.choose} icon="phone">
          {answer?.kind !== 'ok' && <NotRead answer={answer} />}
          <ul class="dial-list">
            {answer?.kind === 'ok' &&
              answer.value.view.workflows.map(workflow => (
                <li key={workflow.name}>
                  <span>
                    {workflow.displayName}
                    <small>{workflow.number ?? workflow.uri}</small>
                  </span>
                  <button
                    type="button"
                    class="button strong"
                    aria-label={`${words.call} ${workflow.displayName}`}
                    disabled={dialling.busy}
                    onClick={() => dialling.run(() => dial(phone, workflow))}
                  >
                    <Icon name="phone" />
                    {words.call}
                  </button>
                </li>
              ))}
          </ul>
        </Card>
      )}
      <Refusal
        words={failure ? messages.phone.failures[failure] : ended && isTrouble(ended) ? endWords(messages, ended) : undefined}
      />
      <p role="status">{ended && !isTrouble(ended) && endWords(messages, ended)}</p>
    </div>
  )
}

async function dial(phone: SipPhone, { uri, displayName }: Workflow): Promise<void> {
  if (!(await allowMicrophone())) {
    phone.refuse('microphone')
    return
  }
  await phone.start()
  if (phone.view.state.status === 'ready') await phone.call(uri, displayName)
}

/** The buttons are in the call bar, except for the keys that answer questions. */
function OngoingCall({ phone, call }: { readonly phone: SipPhone; readonly call: PhoneCall }): VNode {
  const { try: words, phone: phoneWords } = useMessages()
  return (
    <Card title={words.calling(call.peer)} icon="phone" kind={call.state === 'talking' ? 'talking' : 'ringing'}>
      <p class="caller" role="status">
        {call.state === 'talking' ? phoneWords.talking : phoneWords.calling}
      </p>
      {call.state === 'talking' && (
        <>
          <p class="hint">{words.keysHint}</p>
          <Keypad press={key => phone.key(call.id, key)} />
        </>
      )}
    </Card>
  )
}
