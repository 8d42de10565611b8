import type { VNode } from 'preact'
import { agentPath, change } from '../../api/client.js'
import type { Agent, Answer, Call } from '../../api/documents.js'
import { keyShortcut, shortcutsOn } from '../../bar/shortcuts.js'
import type { Powers } from '../../api/session.js'
import { callerLabel, userOf } from '../../format.js'
import { useMessages } from '../../language/language.js'
import type { Phone } from '../../phone/phone.js'
import type { PhoneCall } from '../../phone/phone-call.js'
import { useStore } from '../../store.js'
import { useChange } from '../../ui/change.js'
import { Icon } from '../../ui/icon.js'
import { Card, Fact, Refusal } from '../../ui/parts.js'
import { RecordingState } from '../../ui/recording-buttons.js'
import { Supervisors } from '../../bar/supervision.js'
import { Ticking } from '../../ui/ticking.js'
import { later } from '../../ui/later.js'

/** It loads with the first call that has such a page. */
const ScreenPop = later(async () => (await import('./screen-pop.js')).ScreenPop)

interface RingingCallProps {
  readonly agent: Agent
  readonly call: Call
  readonly offer: string
  readonly phone: Phone
  readonly may: Powers
}

/** A call that is ringing at this agent. */
export function RingingCall({ agent, call, offer, phone, may }: RingingCallProps): VNode {
  const { desk } = useMessages()
  const { calls } = useStore(phone.view)
  const keys = useStore(shortcutsOn)
  const { asking, refused, ask } = useChange()
  const here = ringingHere(calls, call)
  const group = call.offers.find(({ offer: id }) => id === offer)?.group ?? ''
  return (
    <Card title={desk.incoming} icon="bell" kind="ringing">
      <Caller call={call} />
      {call.screenPop !== null && may.act && <ScreenPop call={call} url={call.screenPop} moment="onRing" />}
      <dl class="facts">
        <Fact name={desk.for}>
          {call.workflow}
          <small>{desk.via(call.queue ?? '', group)}</small>
        </Fact>
        <Fact name={desk.waited}>
          <Ticking since={Date.parse(call.arrivedAt)} />
        </Fact>
        <Answers given={call.answers} />
      </dl>
      <div class="buttons">
        {here ? (
          <button
            type="button"
            class="button strong"
            aria-keyshortcuts={keyShortcut('answer', keys)}
            disabled={here.busy !== undefined}
            onClick={() => void phone.answer(here.id)}
          >
            <Icon name="phone" />
            {desk.answer}
          </button>
        ) : (
          <p class="hint">
            <Icon name="phone" />
            {desk.answerPhone}
          </p>
        )}
        <button
          type="button"
          class="button danger"
          disabled={asking || !may.act}
          onClick={() => ask(() => change('DELETE', agentPath(agent.uri, 'offers', offer)))}
        >
          <Icon name="cross" />
          {desk.decline}
        </button>
        <small>{desk.declineHint}</small>
      </div>
      <Refusal words={refused} />
    </Card>
  )
}

/** Finds the browser phone's session of this call by the id in its INVITE. Without ids, the only ringing session is taken. */
function ringingHere(calls: readonly PhoneCall[], call: Call): PhoneCall | undefined {
  const ringing = calls.filter(({ direction, state }) => direction === 'incoming' && state === 'ringing')
  return (
    ringing.find(({ callId }) => callId === call.callId) ?? (ringing.length === 1 && !ringing[0]?.callId ? ringing[0] : undefined)
  )
}

/** The call that the agent is on. */
export function TalkingCall({ call, may }: { readonly call: Call; readonly may: Powers }): VNode {
  const { desk } = useMessages()
  return (
    <Card title={desk.talking} icon="phone" kind="talking">
      <Caller call={call} />
      {call.screenPop !== null && may.act && <ScreenPop call={call} url={call.screenPop} moment="onAnswer" />}
      <dl class="facts">
        <Fact name={desk.for}>{call.workflow}</Fact>
        <Fact name={desk.talkingFor}>
          <Ticking since={Date.parse(call.since)} />
        </Fact>
        <Answers given={call.answers} />
      </dl>
      <RecordingState call={call} mayChange={may.act} />
      <Supervisors call={call} />
      <a href={`/calls/${encodeURIComponent(call.callId)}`}>{desk.details}</a>
    </Card>
  )
}

/** Wrap-up: the pause after a call. */
export function WrapUp({ agent, may }: { readonly agent: Agent; readonly may: Powers }): VNode {
  const { desk } = useMessages()
  const { asking, refused, ask } = useChange()
  return (
    <Card title={desk.wrapUp} icon="pen">
      <div class="wrap-up">
        <p>
          {desk.wrapUpHint}
          {agent.wrapUpUntil !== null && (
            <b class="wrap-up-left">
              <Ticking until={Date.parse(agent.wrapUpUntil)} />
            </b>
          )}
        </p>
        <button
          type="button"
          class="button strong"
          disabled={asking || !may.act}
          onClick={() => ask(() => change('DELETE', agentPath(agent.uri, 'wrap-up')))}
        >
          <Icon name="check" />
          {desk.wrapUpEnd}
        </button>
      </div>
      <Refusal words={refused} />
    </Card>
  )
}

/** The automatic pause of an agent who missed too many calls. One click ends it. */
export function Paused({ agent, may }: { readonly agent: Agent; readonly may: Powers }): VNode | null {
  const { desk } = useMessages()
  const { asking, refused, ask } = useChange()
  if (agent.pausedSince === null) return null
  return (
    <Card title={desk.paused} icon="alert">
      <div class="wrap-up">
        <p>
          {desk.pausedHint} {desk.pausedSince}{' '}
          <b>
            <Ticking since={Date.parse(agent.pausedSince)} />
          </b>
        </p>
        <button
          type="button"
          class="button strong"
          disabled={asking || !may.steer}
          onClick={() => ask(() => change('DELETE', agentPath(agent.uri, 'pause')))}
        >
          <Icon name="check" />
          {desk.back}
        </button>
      </div>
      <Refusal words={refused} />
    </Card>
  )
}

/** The other side for the agent: the caller, or the person that the agent calls. */
function Caller({ call }: { readonly call: Call }): VNode {
  const { desk } = useMessages()
  const number = userOf(call.calling ?? call.caller)
  const label = call.calling === null ? callerLabel(call.caller, call.callerName) || desk.anonymousCaller : number
  return (
    <p class="caller">
      {label}
      {number !== label && <small>{number}</small>}
    </p>
  )
}

function Answers({ given }: { readonly given: readonly Answer[] }): VNode | null {
  const { desk } = useMessages()
  if (given.length === 0) return null
  return (
    <Fact name={desk.answers}>
      {given.map(({ digit, name }) => (
        <span class="answer" key={digit + name}>
          <kbd>{digit}</kbd> {name}
        </span>
      ))}
    </Fact>
  )
}
