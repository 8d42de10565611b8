import type { VNode } from 'preact'
import type { Agent, CallRecord, CallRecordPage } from '../../api/documents.js'
import { useMidnight } from '../../clock.js'
import { clockSpan, clockTime } from '../../format.js'
import { peopleLabel } from '../../ui/people.js'
import { useLocale, useMessages } from '../../language/language.js'
import { endedCalls } from '../../live/live.js'
import { Card, Empty } from '../../ui/parts.js'
import { NotRead } from '../../ui/not-read.js'
import { useReading } from '../../ui/reading.js'
import { useSettled } from '../../ui/settled.js'

/** The finished calls since midnight in which this agent talked, the latest first. */
export function Today({ agent }: { readonly agent: Agent }): VNode {
  const { desk } = useMessages()
  const locale = useLocale()
  const again = useSettled(endedCalls, 5_000)
  const asked = new URLSearchParams({ state: 'finished', agent: agent.uri, from: useMidnight(), limit: '50' })
  const answer = useReading<CallRecordPage>(`/api/calls?${asked.toString()}`, again)
  const calls = answer?.kind === 'ok' ? answer.value.calls : []
  return (
    <Card title={desk.today} icon="clock" aside={calls.length > 0 && <span class="count number">{calls.length}</span>}>
      {answer?.kind !== 'ok' ? (
        <NotRead answer={answer} />
      ) : calls.length === 0 ? (
        <Empty>{desk.noCalls}</Empty>
      ) : (
        <table class="stacked">
          <thead>
            <tr>
              <th scope="col">{desk.caller}</th>
              <th scope="col">{desk.for}</th>
              <th scope="col">{desk.time}</th>
              <th scope="col" class="right">
                {desk.talked}
              </th>
            </tr>
          </thead>
          <tbody>
            {calls.map(call => (
              <tr key={call.callId}>
                <th scope="row">
                  <a href={`/calls/${encodeURIComponent(call.callId)}`}>{peopleLabel(call, desk.anonymousCaller)}</a>
                </th>
                <td data-name={desk.for}>{call.workflow}</td>
                <td data-name={desk.time}>{clockTime(call.arrivedAt, locale)}</td>
                <td data-name={desk.talked} class="right number">
                  {clockSpan(ownTalk(agent.uri, call.talked, call.talks))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Card>
  )
}

/** The agent's talk time in seconds. Records of version 0.1 only have the talk time of the whole call. */
function ownTalk(agent: string, talked: number, talks: CallRecord['talks']): number {
  if (!talks) return talked
  const own = talks.filter(talk => talk.agent === agent)
  return own.reduce((sum, { from, to }) => sum + Date.parse(to) - Date.parse(from), 0) / 1_000
}
