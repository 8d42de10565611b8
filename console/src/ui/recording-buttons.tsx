import type { VNode } from 'preact'
import { change } from '../api/client.js'
import type { Call } from '../api/documents.js'
import { useMessages } from '../language/language.js'
import { useChange } from './change.js'
import { Icon } from './icon.js'
import { Mark, Refusal } from './parts.js'

/** Whether a call is recorded now, and the buttons to change it. `mayChange`: the person may. Nothing for a call that must not be recorded. */
export function RecordingState({ call, mayChange }: { readonly call: Call; readonly mayChange: boolean }): VNode | null {
  const { recording: words } = useMessages()
  const { asking, refused, ask } = useChange()
  const { callId, recording } = call
  if (recording === null) return null
  const set = (state: 'on' | 'paused' | 'off') => (): void =>
    ask(() => change('PUT', `/api/calls/${encodeURIComponent(callId)}/recording`, { state }))
  const isRunning = recording === 'on' || recording === 'paused'
  return (
    <div class="recording-state" role="group" aria-label={words.title}>
      <span role="status">
        <Mark tone={tones[recording]} icon={recording === 'on' ? 'mic' : recording === 'failed' ? 'alert' : 'hold'}>
          {words.states[recording]}
        </Mark>
      </span>
      {mayChange && (
        <div class="buttons">
          {recording === 'on' ? (
            <button type="button" class="button" disabled={asking} onClick={set('paused')}>
              <Icon name="hold" />
              {words.pause}
            </button>
          ) : (
            <button type="button" class="button" disabled={asking} onClick={set('on')}>
              <Icon name="mic" />
              {recording === 'paused' ? words.resume : words.start}
            </button>
          )}
          {isRunning && (
            <button type="button" class="button" disabled={asking} onClick={set('off')}>
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

const tones = { on: 'bad', paused: 'ring', off: 'quiet', failed: 'bad' } as const
