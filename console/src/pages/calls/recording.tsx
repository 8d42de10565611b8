import type { VNode } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { change } from '../../api/client.js'
import type { CallRecording, Waveform } from '../../api/documents.js'
import { session } from '../../api/session.js'
import { after } from '../../clock.js'
import { clockSpan, secondTime, userOf } from '../../format.js'
import { useLocale, useMessages } from '../../language/language.js'
import { useStore } from '../../store.js'
import { useChange } from '../../ui/change.js'
import { Icon } from '../../ui/icon.js'
import { Card, Refusal } from '../../ui/parts.js'
import { askPerson } from '../../ui/question.js'
import { useReading } from '../../ui/reading.js'

/** In ms: how soon a recording that is being written is asked for again. */
const askAgainAfter = 1_000
/** In seconds: how far an arrow key moves. */
const step = 5

/** The recording of a recorded call: its sound, with a picture of it in which a person can seek. Nothing if there is none for this person. */
export function RecordingCard({ callId }: { readonly callId: string }): VNode | null {
  const [turn, setTurn] = useState(0)
  const path = `/api/calls/${encodeURIComponent(callId)}/recording`
  const answer = useReading<CallRecording>(path, turn)
  const recording = answer?.kind === 'ok' ? answer.value : undefined
  const isWritten = recording?.isFinished === false
  useEffect(() => (isWritten ? after(askAgainAfter, () => setTurn(turn + 1)) : undefined), [isWritten, turn])
  if (!recording) return null
  return <Recorded path={path} recording={recording} deleted={() => setTurn(turn + 1)} />
}

interface RecordedProps {
  readonly path: string
  readonly recording: CallRecording
  readonly deleted: () => void
}

function Recorded({ path, recording, deleted }: RecordedProps): VNode {
  const { recording: words } = useMessages()
  return (
    <Card title={words.title} icon="mic" aside={<span class="number">{clockSpan(recording.seconds)}</span>}>
      {recording.isFinished ? (
        <Player path={path} recording={recording} deleted={deleted} />
      ) : (
        <p class="hint" role="status">
          {words.beingWritten}
        </p>
      )}
      <Parts recording={recording} />
    </Card>
  )
}

function Player({ path, recording, deleted }: RecordedProps): VNode {
  const { recording: words } = useMessages()
  const isAdmin = useStore(session)?.role === 'admin'
  const audio = useRef<HTMLAudioElement>(null)
  const [at, setAt] = useState(0)
  const { asking, refused, ask } = useChange()
  const waveform = useReading<Waveform>(`${path}/waveform`)
  const seek = (to: number): void => {
    const place = Math.min(Math.max(0, to), recording.seconds)
    if (audio.current) audio.current.currentTime = place
    setAt(place)
  }
  const remove = async (): Promise<void> => {
    if (!(await askPerson(words.deleteQuestion))) return
    ask(async () => {
      const answer = await change('DELETE', path)
      if (answer.kind === 'ok') deleted()
      return answer
    })
  }
  return (
    <>
      {waveform?.kind === 'ok' && <Picture waveform={waveform.value} recording={recording} at={at} seek={seek} />}
      <audio
        ref={audio}
        class="recording-sound"
        controls
        preload="metadata"
        src={`${path}/sound`}
        aria-label={words.title}
        onTimeUpdate={event => setAt(event.currentTarget.currentTime)}
      />
      <div class="buttons">
        <a class="button" href={`${path}/file`} download>
          <Icon name="down" />
          {words.download}
        </a>
        {isAdmin && (
          <button type="button" class="button danger" disabled={asking} onClick={() => void remove()}>
            <Icon name="cross" />
            {words.delete}
          </button>
        )}
      </div>
      <Refusal words={refused} />
    </>
  )
}

interface PictureProps {
  readonly waveform: Waveform
  readonly recording: CallRecording
  /** Where the sound is, in seconds. */
  readonly at: number
  readonly seek: (to: number) => void
}

/** The loudness of both sides over time, the caller above. It is a slider: a click or an arrow key seeks. */
function Picture({ waveform, recording: { seconds, parts }, at, seek }: PictureProps): VNode {
  const { recording: words } = useMessages()
  const count = Math.max(1, waveform.caller.length)
  const placeOf = (moment: number): number => (seconds > 0 ? (moment / seconds) * count : 0)
  const keys: Readonly<Record<string, number>> = {
    ...{ ArrowLeft: at - step, ArrowDown: at - step, ArrowRight: at + step, ArrowUp: at + step },
    ...{ Home: 0, End: seconds },
  }
  return (
    <div
      class="waveform"
      role="slider"
      tabIndex={0}
      aria-label={words.place}
      aria-valuemin={0}
      aria-valuemax={Math.round(seconds)}
      aria-valuenow={Math.round(at)}
      aria-valuetext={words.placeOf(clockSpan(at), clockSpan(seconds))}
      onClick={event => {
        const { left, width } = event.currentTarget.getBoundingClientRect()
        seek(((event.clientX - left) / width) * seconds)
      }}
      onKeyDown={event => {
        const to = keys[event.key]
        if (to === undefined) return
        event.preventDefault()
        seek(to)
      }}
    >
      <svg viewBox={`0 -50 ${count} 100`} preserveAspectRatio="none" aria-hidden="true">
        <path class="waveform-caller" d={barsOf(waveform.caller, -1)} />
        <path class="waveform-agent" d={barsOf(waveform.agent, 1)} />
        {parts.slice(1).map(part => (
          <path key={part.at} class="waveform-break" d={`M${placeOf(part.at)} -50V50`} />
        ))}
        <path class="waveform-now" d={`M${placeOf(at)} -50V50`} />
      </svg>
      <small class="waveform-side">{words.caller}</small>
      <small class="waveform-side waveform-below">{words.agent}</small>
    </div>
  )
}

/** One bar for each stretch, up or down from the middle. Quiet sounds are shown larger than they are, as people hear them. */
const barsOf = (peaks: readonly number[], direction: 1 | -1): string =>
  peaks.map((peak, index) => `M${index + 0.5} 0V${(direction * 48 * Math.sqrt(peak)).toFixed(1)}`).join('')

/** Who talks when. Between two parts the recording was paused, or another agent came. */
function Parts({ recording: { parts } }: { readonly recording: CallRecording }): VNode | null {
  const { recording: words, calls } = useMessages()
  const locale = useLocale()
  if (parts.length < 2) return null
  return (
    <ol class="talks" aria-label={words.parts}>
      {parts.map(({ at, from, to, agent }) => (
        <li key={at}>
          <b>{agent === null ? words.nobody : userOf(agent)}</b>
          <span class="number">
            {clockSpan(at)} · {calls.span(secondTime(from, locale), to === null ? '…' : secondTime(to, locale))}
          </span>
        </li>
      ))}
    </ol>
  )
}
