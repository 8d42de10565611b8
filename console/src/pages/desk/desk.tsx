import type { VNode } from 'preact'
import { useEffect } from 'preact/hooks'
import { powersOver, session } from '../../api/session.js'
import type { Agent, Call } from '../../api/documents.js'
import { callerLabel } from '../../format.js'
import type { Messages } from '../../language/en.js'
import { useMessages } from '../../language/language.js'
import { chooseAgent, chosenAgent } from '../../bar/desk-agent.js'
import { mayEndCalls } from '../../ui/ending.js'
import { connection, world } from '../../live/live.js'
import { emptyWorld, ringingAt, type LiveWorld } from '../../live/world.js'
import { leavePhones, leavePhonesAfterCalls, phoneOf } from '../../phone/own-phone.js'
import { useStore } from '../../store.js'
import { later } from '../../ui/later.js'
import { Empty } from '../../ui/parts.js'
import { AgentPicker } from './picker.js'
import { Attendant } from './attendant.js'
import { Me } from './me.js'
import { MyGroups } from './my-groups.js'
import { Paused, RingingCall, TalkingCall, WrapUp } from './now.js'
import { Softphone } from './softphone.js'
import { Today } from './today.js'

const CallOut = later(async () => (await import('./call-out.js')).CallOut)

/** The agent's page: ringing calls, groups and waiting calls. */
export function DeskPage(): VNode {
  const messages = useMessages()
  const who = useStore(session)
  const picked = useStore(chosenAgent)
  const live = useStore(world)
  const state = useStore(connection)
  const uri = who?.agent ?? picked
  const agent = live.agents.get(uri)
  if (agent) return <Desk agent={agent} live={live} {...(who?.agent == null && { leave: () => leave(messages) })} />
  if (live === emptyWorld) return <Empty>{state === 'lost' ? messages.failed.trying : messages.loading}</Empty>
  return <AgentPicker agents={[...live.agents.values()]} missing={uri} pick={chooseAgent} isKnown={who?.open === false} />
}

async function leave(messages: Messages): Promise<void> {
  if (!(await mayEndCalls(messages))) return
  await leavePhones()
  chooseAgent('')
}

interface DeskProps {
  readonly agent: Agent
  readonly live: LiveWorld
  readonly leave?: () => Promise<void>
}

function Desk({ agent, live, leave }: DeskProps): VNode {
  const { desk } = useMessages()
  const may = powersOver(agent.uri, useStore(session))
  const phone = phoneOf(agent.uri)
  useEffect(() => (may.act ? undefined : leavePhonesAfterCalls()), [may.act])
  const ringing = ringingAt(agent, live)
  const talking = agent.callId === null || agent.activity !== 'talking' ? undefined : live.calls.get(agent.callId)
  const attends = agent.groups.some(({ name }) => live.groups.get(name)?.routingMethod === 'attendant')
  return (
    <div class="desk">
      <div class="desk-main">
        <Me agent={agent} may={may} {...(leave && { leave })} />
        <p class="unseen" role="alert">
          {agent.pausedSince !== null && `${desk.paused}. ${desk.pausedHint}`}
        </p>
        <Paused agent={agent} may={may} />
        <Announcement calls={ringing.map(({ call }) => call)} />
        {ringing.map(({ call, offer }) => (
          <RingingCall key={offer} agent={agent} call={call} offer={offer} phone={phone} may={may} />
        ))}
        {talking && <TalkingCall call={talking} may={may} />}
        {agent.activity === 'wrappingUp' && <WrapUp agent={agent} may={may} />}
        {ringing.length === 0 && !talking && agent.activity === 'free' && <p class="quiet-line">{desk.quiet}</p>}
        <MyGroups agent={agent} live={live} may={may} />
        {attends && <Attendant agent={agent} live={live} may={may} />}
        <Today agent={agent} />
      </div>
      {may.act && (
        <aside class="desk-aside">
          <Softphone phone={phone} agent={agent.uri} />
          <CallOut phone={phone} agent={agent} />
        </aside>
      )}
    </div>
  )
}

/** An alert about a ringing call. Screen readers read it at once. */
function Announcement({ calls }: { readonly calls: readonly Call[] }): VNode {
  const { desk } = useMessages()
  const [call] = calls
  return (
    <p class="unseen" role="alert">
      {call && desk.announce(callerLabel(call.caller, call.callerName) || desk.anonymousCaller, call.workflow)}
    </p>
  )
}
