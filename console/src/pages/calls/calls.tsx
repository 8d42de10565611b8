import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { get } from '../../api/client.js'
import type { Call, CallRecord, CallRecordPage, FoundCalls } from '../../api/documents.js'
import { clockSpan, dayAndTime, userOf } from '../../format.js'
import { peopleLabel } from '../../ui/people.js'
import { useLocale, useMessages } from '../../language/language.js'
import { endedCalls, world } from '../../live/live.js'
import { emptyWorld } from '../../live/world.js'
import type { Place } from '../../router.js'
import { useStore } from '../../store.js'
import { Card, Empty, Heads, Mark } from '../../ui/parts.js'
import { NoneLive, NotRead } from '../../ui/not-read.js'
import { useReading } from '../../ui/reading.js'
import { useSettled } from '../../ui/settled.js'
import { useAction } from '../../ui/action.js'
import { withMore, withNew, type Found } from './found.js'
import { Ticking } from '../../ui/ticking.js'
import { OutcomeMark } from './marks.js'
import { CallSearch, fitsNow, queryOf } from './search.js'

/** The shortest time between two readings of the found calls, in milliseconds. */
const readAtMostEvery = 3_000

/** The calls in progress, and a search in the finished ones. */
export function CallsPage({ at }: { readonly at: Place }): VNode {
  const { calls: words } = useMessages()
  const live = useStore(world)
  const calls = [...live.calls.values()]
  return (
    <div class="calls">
      <h1>{words.title}</h1>
      <Card title={words.now} icon="phone" aside={<span class="count number">{calls.length}</span>}>
        {calls.length === 0 ? (
          <NoneLive>{words.noneNow}</NoneLive>
        ) : (
          <div class="calls-now">
            <CallsNow calls={calls} />
          </div>
        )}
      </Card>
      {/* Shown only when the calls in progress are read, so that the card does not move. */}
      {live !== emptyWorld && (
        <Card title={words.finished} icon="calls">
          <CallSearch at={at} />
          <FoundNow query={at.query} />
          <Finished key={at.query.toString()} query={queryOf(at.query)} />
        </Card>
      )}
    </div>
  )
}

function CallsNow({ calls }: { readonly calls: readonly Call[] }): VNode {
  const { calls: words } = useMessages()
  return (
    <table class="stacked">
      <Heads words={[words.caller, words.workflow, words.queue, words.state, words.agent, words.time]} />
      <tbody>
        {calls.map(call => (
          <LiveRow key={call.callId} call={call} />
        ))}
      </tbody>
    </table>
  )
}

function LiveRow({ call }: { readonly call: Call }): VNode {
  const { calls: words } = useMessages()
  const { workflow, queue, state, agent, arrivedAt } = call
  return (
    <tr>
      <CallerHead call={call} />
      <td data-name={words.workflow}>{workflow}</td>
      <td data-name={words.queue}>{queue ?? '–'}</td>
      <td data-name={words.state}>{words.states[state]}</td>
      <td data-name={words.agent}>{agent === null ? '–' : userOf(agent)}</td>
      <td data-name={words.time}>
        <Ticking since={Date.parse(arrivedAt)} />
      </td>
    </tr>
  )
}

function RecordRow({ call }: { readonly call: CallRecord }): VNode {
  const { calls: words, recording, reports } = useMessages()
  const locale = useLocale()
  const { workflow, arrivedAt, cause, agent, waits, talked, recorded } = call
  return (
    <tr>
      <CallerHead call={call} />
      <td data-name={words.workflow}>{workflow}</td>
      <td data-name={words.time}>{dayAndTime(arrivedAt, locale)}</td>
      <td data-name={words.outcome}>
        <OutcomeMark call={call} />
        {recorded && (
          <Mark tone={recorded === 'failed' ? 'bad' : 'quiet'} icon="mic">
            {recording.marks[recorded]}
          </Mark>
        )}
      </td>
      <td data-name={reports.cause}>{reports.causes[cause]}</td>
      <td data-name={words.agent}>{agent === undefined ? '–' : userOf(agent)}</td>
      <td data-name={words.waited} class="right number">
        {clockSpan(waits.reduce((sum, { waited }) => sum + waited, 0))}
      </td>
      <td data-name={words.talked} class="right number">
        {talked === 0 ? '–' : clockSpan(talked)}
      </td>
    </tr>
  )
}

/** The people of the call, with a link to its page. */
function CallerHead({ call }: { readonly call: Call | CallRecord }): VNode {
  const { desk } = useMessages()
  return (
    <th scope="row">
      <a href={`/calls/${encodeURIComponent(call.callId)}`}>{peopleLabel(call, desk.anonymousCaller)}</a>
    </th>
  )
}

/**
 * The calls in progress with a given SIP Call-ID. The server finds them, because only it knows the Call-IDs of all legs. Other searches
 * only look at finished calls.
 */
function FoundNow({ query }: { readonly query: URLSearchParams }): VNode | null {
  const { calls: words } = useMessages()
  const live = useStore(world)
  const ended = useSettled(endedCalls, readAtMostEvery)
  const sipCallId = query.get('sipCallId') ?? ''
  const path = sipCallId === '' ? undefined : `/api/calls?${new URLSearchParams({ sipCallId }).toString()}`
  // Also read again when a call arrives, because it may be the right one.
  const answer = useReading<FoundCalls>(path, `${ended} ${[...live.calls.keys()].at(-1) ?? ''}`)
  const found = answer?.kind === 'ok' ? answer.value.calls : []
  const calls = found.flatMap(call => (call.state === 'finished' ? [] : (live.calls.get(call.callId) ?? [])))
  const fitting = calls.filter(call => fitsNow(call, query))
  if (fitting.length === 0) return null
  return (
    <section class="found-now" aria-label={words.foundNow}>
      <h3>{words.foundNow}</h3>
      <CallsNow calls={fitting} />
    </section>
  )
}

function Finished({ query }: { readonly query: string }): VNode {
  const { calls: words, more } = useMessages()
  const again = useSettled(endedCalls, readAtMostEvery)
  const [found, setFound] = useState<Found>()
  const [asked, setAsked] = useState(0)
  const first = useReading<CallRecordPage>(`/api/calls?${query}`, `${again} ${asked}`)
  const reading = useAction()
  const page = first?.kind === 'ok' ? first.value : undefined
  useEffect(() => {
    if (page) setFound(last => (last ? withNew(last, page) : { ...page, isBehind: false }))
  }, [page])
  if (!found || (first && first.kind !== 'ok')) return <NotRead answer={first?.kind === 'ok' ? undefined : first} />
  if (found.calls.length === 0) return <Empty>{words.noneFound}</Empty>
  const readOn = async (cursor: string): Promise<void> => {
    const answer = await get<CallRecordPage>(`/api/calls?${query}&cursor=${encodeURIComponent(cursor)}`)
    if (answer.kind === 'ok') setFound(last => last && withMore(last, answer.value))
  }
  const readAll = (): void => {
    setFound(undefined)
    setAsked(asked + 1)
  }
  const { next } = found
  return (
    <>
      {found.isBehind && (
        <button type="button" class="button" onClick={readAll}>
          {words.newer}
        </button>
      )}
      <FinishedTable calls={found.calls} />
      {next !== null && (
        <button type="button" class="button" disabled={reading.busy} onClick={() => reading.run(() => readOn(next))}>
          {more}
        </button>
      )}
    </>
  )
}

function FinishedTable({ calls }: { readonly calls: readonly CallRecord[] }): VNode {
  const { calls: words, reports } = useMessages()
  return (
    <table class="stacked">
      <Heads
        words={[words.caller, words.workflow, words.time, words.outcome, reports.cause, words.agent]}
        numbers={[words.waited, words.talked]}
      />
      <tbody>
        {calls.map(call => (
          <RecordRow key={call.callId} call={call} />
        ))}
      </tbody>
    </table>
  )
}
