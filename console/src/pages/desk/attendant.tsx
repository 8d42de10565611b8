import type { VNode } from 'preact'
import { agentPath, change } from '../../api/client.js'
import type { Agent, Call } from '../../api/documents.js'
import type { Powers } from '../../api/session.js'
import { callerLabel } from '../../format.js'
import { useMessages } from '../../language/language.js'
import type { LiveWorld } from '../../live/world.js'
import { useChange } from '../../ui/change.js'
import { Icon } from '../../ui/icon.js'
import { Card, Empty, Refusal } from '../../ui/parts.js'
import { Ticking } from '../../ui/ticking.js'

export interface AttendantProps {
  readonly agent: Agent
  readonly live: LiveWorld
  readonly may: Powers
}

/** The waiting calls of the agent's attendant groups. The agent can take any of them. */
export function Attendant({ agent, live, may }: AttendantProps): VNode {
  const { desk } = useMessages()
  const { asking, refused, ask } = useChange()
  const calls = waitingCalls(agent, live)
  return (
    <Card title={desk.attendant} icon="calls">
      {calls.length === 0 ? (
        <Empty>{desk.noneWaiting}</Empty>
      ) : (
        <>
          <p class="hint">{desk.attendantHint}</p>
          <table class="stacked">
            <thead>
              <tr>
                <th scope="col">{desk.caller}</th>
                <th scope="col">{desk.for}</th>
                <th scope="col" class="right">
                  {desk.waited}
                </th>
                <th />
              </tr>
            </thead>
            <tbody>
              {calls.map(call => (
                <WaitingRow
                  key={call.callId}
                  call={call}
                  disabled={asking || !may.act}
                  pick={() => ask(() => change('POST', agentPath(agent.uri, 'picks'), { callId: call.callId }))}
                />
              ))}
            </tbody>
          </table>
        </>
      )}
      <Refusal words={refused} />
    </Card>
  )
}

interface WaitingRowProps {
  readonly call: Call
  readonly disabled: boolean
  readonly pick: () => void
}

function WaitingRow({ call, disabled, pick }: WaitingRowProps): VNode {
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
      </td>
    </tr>
  )
}

/**
 * Sorted by arrival. Calls that ring at this agent are left out, because the page shows them above. Calls that ring in another group
 * are left out, because they can't be taken now.
 */
function waitingCalls(agent: Agent, { calls, groups, queues }: LiveWorld): Call[] {
  const attended = agent.groups.map(({ name }) => name).filter(name => groups.get(name)?.routingMethod === 'attendant')
  const theirs = [...queues.values()].filter(queue => queue.groups.some(name => attended.includes(name))).map(({ name }) => name)
  return [...calls.values()]
    .filter(({ state, queue }) => (state === 'waiting' || state === 'ringing') && queue !== null && theirs.includes(queue))
    .filter(({ offers }) => offers.every(offer => offer.agent !== agent.uri && attended.includes(offer.group)))
    .sort((a, b) => Date.parse(a.arrivedAt) - Date.parse(b.arrivedAt))
}
