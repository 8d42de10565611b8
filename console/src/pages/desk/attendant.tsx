import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { agentPath, change } from '../../api/client.js'
import type { Agent, Call } from '../../api/documents.js'
import type { Powers } from '../../api/session.js'
import { callerLabel } from '../../format.js'
import { useMessages } from '../../language/language.js'
import type { LiveWorld } from '../../live/world.js'
import { useChange } from '../../ui/change.js'
import { Icon } from '../../ui/icon.js'
import { NoneLive } from '../../ui/not-read.js'
import { Card, Refusal } from '../../ui/parts.js'
import { Ticking } from '../../ui/ticking.js'
import { hindranceFor, waitingCalls, type Hindrance } from './attended.js'

interface AttendantProps {
  readonly agent: Agent
  readonly live: LiveWorld
  readonly may: Powers
}

/** The waiting calls of the agent's attendant groups. The agent can take any of them. */
export function Attendant({ agent, live, may }: AttendantProps): VNode {
  const { desk } = useMessages()
  const { asking, refused, ask } = useChange()
  const [picked, setPicked] = useState('')
  const calls = waitingCalls(agent, live).map(call => ({ call, hindrance: hindranceFor(agent, call, live) }))
  const pick = (callId: string): void => {
    setPicked(callId)
    ask(() => change('POST', agentPath(agent.uri, 'picks'), { callId }))
  }
  return (
    <Card title={desk.attendant} icon="calls">
      {calls.length === 0 ? (
        <NoneLive>{desk.noneWaiting}</NoneLive>
      ) : (
        <>
          <Hint hindrances={calls.map(({ hindrance }) => hindrance)} agent={agent} may={may} />
          <table class="stacked">
            <Heads />
            <tbody>
              {calls.map(({ call, hindrance }) => (
                <WaitingRow
                  key={call.callId}
                  call={call}
                  disabled={asking || !may.act || hindrance !== undefined}
                  refused={picked === call.callId ? refused : undefined}
                  pick={() => pick(call.callId)}
                />
              ))}
            </tbody>
          </table>
        </>
      )}
      {calls.every(({ call }) => call.callId !== picked) && <Refusal words={refused} />}
    </Card>
  )
}

function Heads(): VNode {
  const { desk } = useMessages()
  return (
    <thead>
      <tr>
        <th scope="col">{desk.caller}</th>
        <th scope="col">{desk.for}</th>
        <th scope="col" class="right">
          {desk.waited}
        </th>
        <td />
      </tr>
    </thead>
  )
}

interface HintProps {
  readonly hindrances: readonly (Hindrance | undefined)[]
  readonly agent: Agent
  readonly may: Powers
}

/** How to take the calls, or what the agent must do before. */
function Hint({ hindrances, agent, may }: HintProps): VNode {
  const { desk, exclusions } = useMessages()
  const { asking, refused, ask } = useChange()
  const excluded = hindrances.find(hindrance => hindrance?.kind === 'excluded')
  const groups = [...new Set(hindrances.flatMap(hindrance => (hindrance?.kind === 'signIn' ? hindrance.groups : [])))]
  if (excluded?.kind === 'excluded') return <p class="hint">{desk.attendantExcluded(exclusions[excluded.why])}</p>
  if (groups.length === 0) return <p class="hint">{desk.attendantHint}</p>
  const signIn = groups.map(group => () => change('PUT', agentPath(agent.uri, 'groups', group, 'sign-in')))
  return (
    <>
      <p class="hint">
        {desk.attendantSignIn(groups.join(', '))}{' '}
        <button type="button" class="button" disabled={asking || !may.steer} onClick={() => ask(...signIn)}>
          {desk.attendantSignInNow}
        </button>
      </p>
      <Refusal words={refused} />
    </>
  )
}

interface WaitingRowProps {
  readonly call: Call
  readonly disabled: boolean
  /** Why this call could not be taken. */
  readonly refused: string | undefined
  readonly pick: () => void
}

function WaitingRow({ call, disabled, refused, pick }: WaitingRowProps): VNode {
  const { desk } = useMessages()
  const caller = callerLabel(call.caller, call.callerName) || desk.anonymousCaller
  return (
    <tr>
      <th scope="row">
        {caller}
        {call.answers.length > 0 && <small>{call.answers.map(({ name }) => name).join(', ')}</small>}
      </th>
      <td data-name={desk.for}>{call.workflow}</td>
      <td data-name={desk.waited} class="right">
        <Ticking since={Date.parse(call.arrivedAt)} />
      </td>
      <td class="right">
        <button type="button" class="button" disabled={disabled} aria-label={desk.pickCall(caller)} onClick={pick}>
          <Icon name="phone" />
          {desk.pick}
        </button>
        <Refusal words={refused} />
      </td>
    </tr>
  )
}
