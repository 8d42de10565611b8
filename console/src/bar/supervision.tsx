import type { VNode } from 'preact'
import { change } from '../api/client.js'
import type { Call } from '../api/documents.js'
import { deskAgent } from './desk-agent.js'
import { useMessages } from '../language/language.js'
import { expectCall } from '../phone/expected.js'
import { useChange } from '../ui/change.js'
import { Icon } from '../ui/icon.js'
import { Mark, Refusal } from '../ui/parts.js'

const modes = ['listen', 'whisper', 'barge'] as const
type Mode = (typeof modes)[number]

/** Who listens to a call, as those see it who may know. */
export function Supervisors({ call: { supervisors } }: { readonly call: Call }): VNode | null {
  const { supervision: words } = useMessages()
  if (supervisors.length === 0) return null
  return (
    <span role="status">
      {supervisors.map(({ name, agent, mode, since }) => (
        <Mark key={agent} tone="ring" icon="desk">
          {since === null ? words.rings(name) : words.doing[mode](name)}
        </Mark>
      ))}
    </span>
  )
}

/** Who listens to a call, and the buttons for a person who may. */
export function Supervision({ call }: { readonly call: Call }): VNode | null {
  const { supervision: words } = useMessages()
  const { asking, refused, ask } = useChange()
  const agent = deskAgent()
  if (call.state !== 'connected' || call.agent === agent) return null
  const path = `/api/calls/${encodeURIComponent(call.callId)}/supervision`
  const mine = call.supervisors.find(each => each.agent === agent)
  const become = (mode: Mode) => (): void => {
    // The phone in this browser answers by itself, because the person has just asked for the call.
    if (!mine) expectCall(call.callId)
    ask(() => change('PUT', path, { mode, agent }))
  }
  return (
    <div class="recording-state" role="group" aria-label={words.title}>
      <Supervisors call={call} />
      {agent === '' ? (
        <p>{words.needsPhone}</p>
      ) : (
        <div class="buttons">
          {modes.map(mode => (
            <button
              key={mode}
              type="button"
              class="button"
              title={words.hints[mode]}
              aria-pressed={mine?.mode === mode}
              disabled={asking}
              onClick={become(mode)}
            >
              <Icon name={icons[mode]} />
              {words.modes[mode]}
            </button>
          ))}
          {mine && (
            <button
              type="button"
              class="button danger"
              disabled={asking}
              onClick={() => ask(() => change('DELETE', `${path}?agent=${encodeURIComponent(agent)}`))}
            >
              <Icon name="cross" />
              {words.stop}
            </button>
          )}
        </div>
      )}
      <Refusal words={refused} />
    </div>
  )
}

const icons = { listen: 'desk', whisper: 'mic', barge: 'groups' } as const
