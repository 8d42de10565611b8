import type { VNode } from 'preact'
import { agentPath, change } from '../../api/client.js'
import type { Agent, PresenceState } from '../../api/documents.js'
import type { Powers } from '../../api/session.js'
import { clockTime, initials, userOf } from '../../format.js'
import { useLocale, useMessages } from '../../language/language.js'
import { useAction } from '../../ui/action.js'
import { useChange } from '../../ui/change.js'
import { Mark, Menu, PresenceMark, Refusal } from '../../ui/parts.js'
import { activityLooks } from '../../ui/activity.js'

/** The presence states that an agent can choose. Only phones report the others (inactive, offline). */
const choices = ['available', 'busy', 'beRightBack', 'away', 'doNotDisturb', 'offWork'] as const satisfies PresenceState[]

interface MeProps {
  readonly agent: Agent
  readonly may: Powers
  /** Goes back to the list of agents. Absent if the log-in already says who the agent is. */
  readonly leave?: () => Promise<void>
}

/** The agent's name, activity and presence, with the menu to choose a presence. */
export function Me({ agent, may, leave }: MeProps): VNode {
  const messages = useMessages()
  const { uri, name, presence, activity } = agent
  const { refused, ask, asking } = useChange()
  const leaving = useAction()
  const own = presence.sources.find(({ source }) => source === 'console')
  const settable = presence.settableBy.includes('console')
  const look = activityLooks[activity]
  const set = (state: PresenceState): void => ask(() => change('PUT', agentPath(uri, 'presence'), { state, source: 'console' }))
  const automatic = {
    key: 'automatic',
    text: (
      <span class="menu-two">
        {messages.presence.automatic}
        <small>{messages.presence.automaticHint}</small>
      </span>
    ),
    chosen: own === undefined,
    choose: () => ask(() => change('DELETE', agentPath(uri, 'presence', 'console'))),
  }
  const items = choices.map(state => ({
    key: state,
    text: <PresenceMark state={state} />,
    chosen: own?.state === state,
    choose: () => set(state),
  }))
  return (
    <section class="me" aria-busy={asking}>
      <span class="avatar avatar-big" aria-hidden="true">
        {initials(name ?? userOf(uri))}
      </span>
      <div class="me-name">
        <h1>{name ?? userOf(uri)}</h1>
        {!may.act && <p class="hint">{may.steer ? messages.desk.steerOnly : messages.desk.lookOnly}</p>}
        <p>
          <Mark tone={look.tone} icon={look.icon}>
            {messages.activities[activity]}
          </Mark>
          {leave && (
            <button type="button" class="link" disabled={leaving.busy} onClick={() => leaving.run(leave)}>
              {messages.desk.someoneElse}
            </button>
          )}
        </p>
      </div>
      <div class="me-presence">
        <Menu
          label={`${messages.presence.set}: ${messages.presence.states[presence.state]}`}
          items={[...items, automatic]}
          disabled={asking || !settable || !may.steer}
        >
          <PresenceMark state={presence.state} />
        </Menu>
        {may.steer && !settable && <p class="hint">{messages.presence.notSettable}</p>}
        <Because agent={agent} />
      </div>
      <Refusal words={refused} />
    </section>
  )
}

/** The reason for the presence. It can be opened to a list of what each source says. */
function Because({ agent: { presence } }: { readonly agent: Agent }): VNode {
  const messages = useMessages()
  const locale = useLocale()
  return (
    <details class="because">
      <summary>{messages.presence.because(presence.because)}</summary>
      <ul aria-label={messages.presence.sources}>
        {presence.sources.map(({ source, state, reason, expires }) => (
          <li key={source}>
            <b>{messages.presence.sourceNames[source]}</b>: {messages.presence.states[state]}
            <small>
              {messages.presence.reason(reason)}
              {expires !== null && `, ${messages.presence.until(clockTime(expires, locale))}`}
            </small>
          </li>
        ))}
      </ul>
    </details>
  )
}
