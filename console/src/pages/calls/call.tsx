import type { VNode } from 'preact'
import type { Answered } from '../../api/client.js'
import type { Call, CallRecord, Explanation } from '../../api/documents.js'
import { session } from '../../api/session.js'
import { clockSpan, clockTime, dayAndTime, userOf } from '../../format.js'
import { peopleLabel } from '../../ui/people.js'
import { useLocale, useMessages } from '../../language/language.js'
import { world } from '../../live/live.js'
import { useStore } from '../../store.js'
import { Icon } from '../../ui/icon.js'
import { Card, Empty, Fact } from '../../ui/parts.js'
import { NotRead } from '../../ui/not-read.js'
import { useReading } from '../../ui/reading.js'
import { RecordingState } from '../../ui/recording-buttons.js'
import { Supervision, Supervisors } from '../../bar/supervision.js'
import { LadderCard } from './ladder.js'
import { OutcomeMark } from './marks.js'
import { RecordingCard } from './recording.js'
import { TalksCard, TransfersCard } from './talks.js'
import { Timeline } from './timeline.js'

/** One call: its record, and why it was offered to these agents. */
export function CallPage({ callId }: { readonly callId: string }): VNode {
  const { calls: words } = useMessages()
  const live = useStore(world)
  const role = useStore(session)?.role
  const path = `/api/calls/${encodeURIComponent(callId)}`
  // The page reads the call again when this value changes: at each change of the call, and at its end, when it becomes undefined.
  const again = live.calls.get(callId)
  const call = useReading<Call | CallRecord>(path, again)
  const story = useReading<Explanation>(`${path}/explain`, again)
  return (
    <div class="call">
      <a class="back" href="/calls">
        {words.back}
      </a>
      {call?.kind === 'ok' ? (
        <Told call={call.value} story={story} />
      ) : (
        <NotRead answer={call} unknown={<h1>{words.unknown}</h1>} />
      )}
      {call?.kind === 'ok' && role === 'admin' && <BundleLink path={path} />}
      {call?.kind === 'ok' && role !== 'agent' && <LadderCard callId={callId} again={live.calls.get(callId)?.since} />}
    </div>
  )
}

/** The file says everything about the call with other names, so that an admin may send it to a stranger. */
function BundleLink({ path }: { readonly path: string }): VNode {
  const { calls: words } = useMessages()
  return (
    <p class="buttons">
      <a class="button" href={`${path}/bundle`} download>
        {words.bundle}
      </a>
      <span class="hint">{words.bundleHint}</span>
    </p>
  )
}

interface ToldProps {
  readonly call: Call | CallRecord
  readonly story: Answered<Explanation> | undefined
}

function Told({ call, story }: ToldProps): VNode {
  const role = useStore(session)?.role
  const { calls: words } = useMessages()
  return (
    <>
      <Head call={call} />
      {call.state !== 'finished' && <RecordingState call={call} mayChange={role === 'admin' || role === 'manager'} />}
      {call.state !== 'finished' &&
        (role === 'admin' || role === 'manager' ? <Supervision call={call} /> : <Supervisors call={call} />)}
      <div class="call-parts">
        <Card title={words.story} icon="arrow">
          {story?.kind === 'ok' ? (
            <Timeline story={story.value} />
          ) : (
            <NotRead answer={story} unknown={<Empty>{words.storyGone}</Empty>} />
          )}
        </Card>
        {call.state === 'finished' && (
          <div class="call-facts">
            {call.recorded !== undefined && <RecordingCard callId={call.callId} />}
            <RecordCard record={call} />
            <TalksCard talks={call.talks} />
            <TransfersCard transfers={call.transfers} />
          </div>
        )}
      </div>
    </>
  )
}

function Head({ call }: { readonly call: Call | CallRecord }): VNode {
  const { calls: words, desk } = useMessages()
  const label = peopleLabel(call, desk.anonymousCaller)
  return (
    <header class="call-head">
      <h1>{label}</h1>
      {call.state === 'finished' ? (
        <OutcomeMark call={call} />
      ) : (
        <span class="mark mark-talk" role="status">
          <Icon name="phone" />
          {words.states[call.state]}
        </span>
      )}
      <p>
        {userOf(call.caller)} · <code>{call.callId}</code>
      </p>
    </header>
  )
}

function RecordCard({ record }: { readonly record: CallRecord }): VNode {
  const { calls: words, recording, supervision } = useMessages()
  const locale = useLocale()
  const { workflow, arrivedAt, answeredAt, joinedAt, endedAt, waits, talked, agent, group, status, answers } = record
  const { forwardedTo, transferredBy, transfers, recorded } = record
  const isOutbound = record.direction === 'outbound'
  const time = (moment: string | null): string => (moment === null ? '–' : clockTime(moment, locale))
  return (
    <Card title={words.record} icon="clock">
      <dl class="record">
        <Fact name={words.workflow}>{workflow}</Fact>
        <Fact name={words.time}>{dayAndTime(arrivedAt, locale)}</Fact>
        <Fact name={words.waited}>
          {clockSpan(waits.reduce((sum, { waited }) => sum + waited, 0))}
          <small>{waits.map(({ queue }) => queue).join(', ')}</small>
        </Fact>
        <Fact name={words.talked}>{clockSpan(talked)}</Fact>
        {agent !== undefined && (
          <Fact name={words.agent}>
            {userOf(agent)}
            <small>{group}</small>
          </Fact>
        )}
        <Fact name={words.answered}>{time(answeredAt)}</Fact>
        <Fact name={words.joined}>{time(joinedAt)}</Fact>
        <Fact name={words.ended}>{time(endedAt)}</Fact>
        {recorded && <Fact name={recording.title}>{recording.marks[recorded]}</Fact>}
        {record.supervised && (
          <Fact name={supervision.record}>
            {record.supervised
              .map(({ name, modes }) => `${name}: ${modes.map(mode => supervision.modes[mode]).join(', ')}`)
              .join('; ')}
          </Fact>
        )}
        {status !== undefined && <Fact name={words.status}>{status}</Fact>}
        {answers.length > 0 && (
          <Fact name={words.answersGiven}>{answers.map(({ digit, name }) => `${digit}: ${name}`).join(', ')}</Fact>
        )}
        {forwardedTo !== undefined && <Fact name={isOutbound ? words.called : words.forwardedTo}>{forwardedTo}</Fact>}
        {transferredBy && !transfers && <Fact name={words.transferredBy}>{words.by[transferredBy]}</Fact>}
      </dl>
    </Card>
  )
}
