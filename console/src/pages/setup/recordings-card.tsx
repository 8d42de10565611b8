import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { change } from '../../api/client.js'
import type { RecordingList } from '../../api/documents.js'
import { configRead } from '../../live/live.js'
import { useStore } from '../../store.js'
import { useChange } from '../../ui/change.js'
import { NotRead } from '../../ui/not-read.js'
import { Card, Empty, Refusal } from '../../ui/parts.js'
import { useReading } from '../../ui/reading.js'
import { useSetupTexts } from './words.js'

/** The sounds that were recorded or uploaded in the console, for admins. */
export function RecordingsCard(): VNode {
  const setup = useSetupTexts()
  const [again, setAgain] = useState(0)
  const answer = useReading<RecordingList>('/api/config/recordings', `${useStore(configRead)} ${again}`)
  const { asking, refused, ask } = useChange()
  const remove = (file: string): void =>
    ask(async () => {
      const removed = await change('DELETE', `/api/config/recordings?${new URLSearchParams({ file }).toString()}`)
      setAgain(count => count + 1)
      return removed
    })
  if (answer?.kind !== 'ok') return <NotRead answer={answer} />
  const { recordings } = answer.value
  return (
    <Card title={setup.recordings} icon="groups">
      <p class="hint">{setup.recordingsHint}</p>
      {recordings.length === 0 && <Empty>{setup.noRecordings}</Empty>}
      <ul class="form-members">
        {recordings.map(({ file, seconds, isUsed }) => (
          <li key={file}>
            <span>
              {file.replace('prompts/', '')} <small>{setup.recordingLength(Math.round(seconds))}</small>
              {!isUsed && <small> · {setup.unusedRecording}</small>}
            </span>
            {!isUsed && (
              <button
                type="button"
                class="button"
                disabled={asking}
                aria-label={setup.removeIt(file)}
                onClick={() => remove(file)}
              >
                {setup.remove}
              </button>
            )}
          </li>
        ))}
      </ul>
      <Refusal words={refused} />
    </Card>
  )
}
