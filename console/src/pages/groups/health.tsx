import type { VNode } from 'preact'
import { get } from '../../api/client.js'
import type { Health } from '../../api/documents.js'
import { useNow } from '../../clock.js'
import { dayAndTime } from '../../format.js'
import { useLocale, useMessages } from '../../language/language.js'
import { Card, Mark } from '../../ui/parts.js'
import { NotRead } from '../../ui/not-read.js'
import { useReading } from '../../ui/reading.js'

/** How often the health is read again, in milliseconds. No event reports a change of it. */
const readAgainAfter = 10_000

/** What does not work as it should. */
export function HealthCard(): VNode {
  const { groups: words, failed } = useMessages()
  const locale = useLocale()
  const answer = useReading<Health>('/health/ready', Math.floor(useNow() / readAgainAfter), readHealth)
  if (answer?.kind !== 'ok') return <NotRead answer={answer} />
  const { problems, degraded, leader, since, standbys } = answer.value
  return (
    <Card title={words.health} icon="bell">
      {problems.length > 0 ? (
        <Mark tone="bad" icon="alert">
          {words.notReady}
        </Mark>
      ) : degraded.length > 0 ? (
        <Mark tone="ring" icon="alert">
          {words.degraded}
        </Mark>
      ) : (
        <Mark tone="good" icon="check">
          {words.healthy}
        </Mark>
      )}
      {leader && (
        <p>
          {words.nodeServes(leader, since ? dayAndTime(since, locale) : undefined)}{' '}
          {standbys && standbys.length > 0 ? words.standBy(standbys.join(', ')) : words.nobodyStandsBy}
        </p>
      )}
      <ul class="findings">
        {[...problems, ...degraded].map(finding => (
          <li key={finding}>{failed.refused(finding)}</li>
        ))}
      </ul>
    </Card>
  )
}

/** Reads the health. A server that takes no calls sends it with status 503. */
const readHealth = (path: string): ReturnType<typeof get<Health>> => get<Health>(path, 503)
