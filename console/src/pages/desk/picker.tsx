import type { VNode } from 'preact'
import { useId, useState } from 'preact/hooks'
import type { Agent } from '../../api/documents.js'
import { initials, plain, userOf } from '../../format.js'
import { useMessages } from '../../language/language.js'
import { Empty, PresenceMark } from '../../ui/parts.js'

interface AgentPickerProps {
  readonly agents: readonly Agent[]
  /** The agent that was chosen before but is no longer in the config. Empty if there is none. */
  readonly missing: string
  readonly pick: (uri: string) => void
  /** Whether the person has logged in, and opens the desk of another agent. */
  readonly isKnown: boolean
}

/** The list from which people choose an agent: who they are on a server without users, or whose desk they open. */
export function AgentPicker({ agents, missing, pick, isKnown }: AgentPickerProps): VNode {
  const { desk } = useMessages()
  const [sought, setSought] = useState('')
  const field = useId()
  const found = agents.filter(({ name, uri }) => plain(`${name ?? ''} ${uri}`).includes(plain(sought)))
  return (
    <div class="picker">
      <h1>{isKnown ? desk.whoseDesk : desk.who}</h1>
      {missing !== '' && <p>{desk.gone(missing)}</p>}
      {!isKnown && (
        <>
          <p>{desk.whoHint}</p>
          <p>
            {desk.whoElse} <a href="/wallboard">{desk.toWallboard}</a> · <a href="/try">{desk.toTry}</a>
          </p>
        </>
      )}
      <label class="unseen" for={field}>
        {desk.find}
      </label>
      <input
        id={field}
        type="search"
        placeholder={desk.find}
        value={sought}
        onInput={event => setSought(event.currentTarget.value)}
      />
      <ul class="picker-list">
        {found.map(({ uri, name, presence }) => (
          <li key={uri}>
            <button type="button" onClick={() => pick(uri)}>
              <span class="avatar" aria-hidden="true">
                {initials(name ?? userOf(uri))}
              </span>
              <span class="picker-name">
                {name ?? userOf(uri)}
                <small>{uri}</small>
              </span>
              <PresenceMark state={presence.state} />
            </button>
          </li>
        ))}
      </ul>
      {found.length === 0 && <Empty>{desk.nobody}</Empty>}
    </div>
  )
}
