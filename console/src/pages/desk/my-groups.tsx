import type { VNode } from 'preact'
import { signInOrOut } from '../../api/client.js'
import type { Agent, Membership } from '../../api/documents.js'
import type { Powers } from '../../api/session.js'
import { useMessages } from '../../language/language.js'
import { waitingFor, type LiveWorld } from '../../live/world.js'
import { useChange } from '../../ui/change.js'
import { Icon } from '../../ui/icon.js'
import { Card, Empty, Refusal, Switch } from '../../ui/parts.js'
import { Ticking } from '../../ui/ticking.js'

interface MyGroupsProps {
  readonly agent: Agent
  readonly live: LiveWorld
  readonly may: Powers
}

/** The agent's groups, with sign-in and the waiting calls of each. */
export function MyGroups({ agent, live, may }: MyGroupsProps): VNode {
  const { desk } = useMessages()
  const { asking, refused, ask } = useChange()
  const formal = agent.groups.filter(({ participationPolicy }) => participationPolicy === 'formal')
  const signedIn = formal.filter(group => group.signedIn)
  const sign = (groups: readonly Membership[], on: boolean): void =>
    ask(...groups.filter(group => group.signedIn !== on).map(group => () => signInOrOut(agent.uri, group.name, on)))
  const all = formal.length > 1 && (
    <label class="all-groups">
      {desk.all}
      <Switch
        label={desk.all}
        on={signedIn.length === formal.length}
        mixed={signedIn.length > 0 && signedIn.length < formal.length}
        disabled={asking || !may.steer}
        change={on => sign(formal, on)}
      />
    </label>
  )
  return (
    <Card title={desk.groups} icon="groups" aside={all}>
      {agent.groups.length === 0 ? (
        <Empty>{desk.noGroups}</Empty>
      ) : (
        <table class="stacked">
          <thead>
            <tr>
              <th scope="col">{desk.group}</th>
              <th scope="col">{desk.takesPart}</th>
              <th scope="col" class="right">
                {desk.waiting}
              </th>
              <th scope="col" class="right">
                {desk.longest}
              </th>
            </tr>
          </thead>
          <tbody>
            {agent.groups.map(group => (
              <GroupRow
                key={group.name}
                group={group}
                live={live}
                disabled={asking || !may.steer}
                sign={on => sign([group], on)}
              />
            ))}
          </tbody>
        </table>
      )}
      <Refusal words={refused} />
    </Card>
  )
}

interface GroupRowProps {
  readonly group: Membership
  readonly live: LiveWorld
  readonly disabled: boolean
  readonly sign: (on: boolean) => void
}

function GroupRow({ group, live, disabled, sign }: GroupRowProps): VNode {
  const { desk, exclusions, methods } = useMessages()
  const { name, participationPolicy, signedIn, excluded } = group
  const waiting = waitingFor(name, live.queues.values())
  const method = live.groups.get(name)?.routingMethod
  return (
    <tr>
      <th scope="row">
        {name}
        {method && <small>{methods[method]}</small>}
      </th>
      <td data-name={desk.takesPart}>
        <span class="takes-part">
          {participationPolicy === 'formal' ? (
            <Switch label={desk.signInTo(name)} on={signedIn} disabled={disabled} change={sign} />
          ) : (
            <span class="tag">{desk.automatic}</span>
          )}
          <small class={excluded === null ? 'ready' : undefined}>
            <Icon name={excluded === null ? 'check' : 'forbidden'} />
            {excluded === null ? desk.ready : exclusions[excluded]}
          </small>
        </span>
      </td>
      <td data-name={desk.waiting} class={waiting.calls > 0 ? 'right number loud' : 'right number'}>
        {waiting.calls}
      </td>
      <td data-name={desk.longest} class="right">
        {waiting.oldestSince === undefined ? '–' : <Ticking since={waiting.oldestSince} />}
      </td>
    </tr>
  )
}
