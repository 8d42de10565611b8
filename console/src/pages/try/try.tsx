import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { agentPath, change } from '../../api/client.js'
import type { Workflow } from '../../api/documents.js'
import { session } from '../../api/session.js'
import { openDeskOf } from '../../bar/desk-agent.js'
import { endWords, isTrouble } from '../../bar/end-note.js'
import { nameOf } from '../../bar/transfer-target.js'
import { useNow } from '../../clock.js'
import { useMessages } from '../../language/language.js'
import { configRead, world } from '../../live/live.js'
import { allowMicrophone } from '../../phone/devices.js'
import { guestPhone, leaveGuest } from '../../phone/own-phone.js'
import type { PhoneCall } from '../../phone/phone-call.js'
import type { SipPhone } from '../../phone/sip-phone.js'
import { useStore } from '../../store.js'
import { useAction } from '../../ui/action.js'
import { useChange } from '../../ui/change.js'
import { Icon } from '../../ui/icon.js'
import { Keypad } from '../../ui/keypad.js'
import { Card, Mark, Refusal } from '../../ui/parts.js'
import { NotRead } from '../../ui/not-read.js'
import { useReading } from '../../ui/reading.js'
import { partFor, whoAnswers } from './who-answers.js'

/** How often the workflows are read again, in milliseconds. No event reports that opening hours begin or end. */
const readAgainAfter = 30_000
const mostNamed = 3

/** Lets a person call a workflow from the browser, as a caller without a phone. */
export function TryPage(): VNode {
  const messages = useMessages()
  const { try: words } = messages
  const [phone] = useState(guestPhone)
  const { calls, failure, ended } = useStore(phone.view)
  useEffect(() => leaveGuest, [])
  const [call] = calls
  return (
    <div class="try">
      <h1>{words.title}</h1>
      <p class="lead">{words.hint}</p>
      {call ? <OngoingCall phone={phone} call={call} /> : <Numbers phone={phone} />}
      <Refusal
        words={failure ? messages.phone.failures[failure] : ended && isTrouble(ended) ? endWords(messages, ended) : undefined}
      />
      <p role="status">{ended && !isTrouble(ended) && endWords(messages, ended)}</p>
    </div>
  )
}

function Numbers({ phone }: { readonly phone: SipPhone }): VNode {
  const { try: words } = useMessages()
  const dialling = useAction()
  const again = `${useStore(configRead)} ${Math.floor(useNow() / readAgainAfter)}`
  const answer = useReading<readonly Workflow[]>('/api/workflows', again)
  return (
    <Card title={words.choose} icon="phone">
      {answer?.kind !== 'ok' && <NotRead answer={answer} />}
      <ul class="dial-list">
        {answer?.kind === 'ok' &&
          answer.value.map(workflow => (
            <li key={workflow.name}>
              <span>
                {workflow.displayName}
                <small>{workflow.displayNumber ?? workflow.uri}</small>
                <WhoAnswers workflow={workflow} />
              </span>
              <div class="buttons">
                <AnswerIt workflow={workflow} />
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
              </div>
            </li>
          ))}
      </ul>
    </Card>
  )
}

/** Whether the workflow is open now, and who would answer a call to it. */
function WhoAnswers({ workflow: { opening, queues } }: { readonly workflow: Workflow }): VNode {
  const { try: words } = useMessages()
  const live = useStore(world)
  const agents = whoAnswers(queues, live)
  const shown = agents.slice(0, mostNamed).map(nameOf).join(', ')
  const names = agents.length > mostNamed ? words.more(shown, agents.length - mostNamed) : shown
  const [tone, icon] = agents.length > 0 ? (['good', 'check'] as const) : (['quiet', 'clock'] as const)
  return (
    <small class="who-answers">
      {opening !== 'open' && <>{words.openings[opening]} </>}
      {queues.length > 0 && (
        <Mark tone={tone} icon={icon}>
          {agents.length > 0 ? words.ready(names) : words.nobody}
        </Mark>
      )}
    </small>
  )
}

/** Opens the desk of an agent in a second tab, signed in and with its phone on, so that one person can play both sides. */
function AnswerIt({ workflow: { queues, displayName } }: { readonly workflow: Workflow }): VNode | null {
  const { try: words } = useMessages()
  const live = useStore(world)
  const who = useStore(session)
  const { asking, refused, ask } = useChange()
  const [isBlocked, setBlocked] = useState(false)
  const part = partFor(queues, live)
  // Only an admin may open the desks of agents.
  if (!part || who?.role !== 'admin' || who.agent !== null) return null
  const { agent, signIns } = part
  const openDesk = (): void => {
    setBlocked(!openDeskOf(agent.uri))
    ask(...signIns.map(group => () => change('PUT', agentPath(agent.uri, 'groups', group, 'sign-in'))))
  }
  return (
    <>
      {(isBlocked || refused !== undefined) && <Refusal words={isBlocked ? words.tabBlocked : refused} />}
      <button
        type="button"
        class="button"
        aria-label={words.answerFor(displayName, nameOf(agent))}
        disabled={asking}
        onClick={openDesk}
      >
        <Icon name="desk" />
        {words.answerIt}
      </button>
    </>
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

/** The current call, with the keys that answer questions. Its other buttons are in the call bar. */
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
