import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { post } from '../../api/client.js'
import type { Delivery, Webhook } from '../../api/documents.js'
import { clockTime, dayAndTime } from '../../format.js'
import { webhooksInEnglish, type WebhookMessages } from '../../language/en-webhooks.js'
import { webhooksInFrench } from '../../language/fr-webhooks.js'
import { useLanguage, useLocale, useMessages } from '../../language/language.js'
import type { Language } from '../../language/languages.js'
import { configRead } from '../../live/live.js'
import { useStore } from '../../store.js'
import { useAction } from '../../ui/action.js'
import { NotRead } from '../../ui/not-read.js'
import { Card, Empty, Heads, Mark } from '../../ui/parts.js'
import { useReading } from '../../ui/reading.js'

/** They load with this tab, because no other page needs them. */
const texts: Readonly<Record<Language, WebhookMessages>> = { en: webhooksInEnglish, fr: webhooksInFrench }
const useTexts = (): WebhookMessages => texts[useLanguage()]

/** The programs that are told about calls, with what became of the latest events. */
export function WebhookCards(): VNode {
  const words = useTexts()
  const [asked, setAsked] = useState(0)
  const answer = useReading<readonly Webhook[]>('/api/webhooks', [useStore(configRead), asked].join())
  if (answer?.kind !== 'ok') return <NotRead answer={answer} />
  if (answer.value.length === 0) return <Empty>{words.none}</Empty>
  return (
    <>
      <p class="hint">{words.hint}</p>
      {answer.value.map(hook => (
        <WebhookCard key={hook.name} hook={hook} asked={asked} again={() => setAsked(asked + 1)} />
      ))}
    </>
  )
}

interface CardProps {
  readonly hook: Webhook
  /** Changes when the card is read again. */
  readonly asked: number
  readonly again: () => void
}

function WebhookCard({ hook, asked, again }: CardProps): VNode {
  const words = useTexts()
  const { name, url, events, delivered, waiting, failed, dropped } = hook
  const path = `/api/webhooks/${encodeURIComponent(name)}`
  const deliveries = useReading<readonly Delivery[]>(`${path}/deliveries`, asked)
  return (
    <Card
      title={name}
      icon="transfer"
      aside={
        <button type="button" class="button quiet" onClick={again}>
          {words.readAgain}
        </button>
      }
    >
      <p>
        <code>{url}</code>
      </p>
      <p class="hint">
        {words.events}: {events.join(', ')}
      </p>
      <p>{words.counts(delivered, waiting, failed, dropped)}</p>
      <TestButton path={path} again={again} />
      <h3>{words.deliveries}</h3>
      {deliveries?.kind === 'ok' ? <Deliveries deliveries={deliveries.value} /> : <NotRead answer={deliveries} />}
    </Card>
  )
}

function TestButton({ path, again }: { readonly path: string; readonly again: () => void }): VNode {
  const words = useTexts()
  const { failed } = useMessages()
  const { busy, run } = useAction()
  const [said, setSaid] = useState('')
  const test = async (): Promise<void> => {
    setSaid('')
    const answer = await post<Delivery>(`${path}/test`, undefined)
    if (answer.kind === 'ok') {
      const { state, because, status } = answer.value
      setSaid(state === 'delivered' ? words.tested : words.testFailed(because ?? String(status)))
    } else setSaid(answer.kind === 'unreachable' ? failed.unreachable : failed.refused(answer.detail))
    again()
  }
  return (
    <div class="buttons">
      <button type="button" class="button" disabled={busy} onClick={() => run(test)}>
        {words.test}
      </button>
      <span role="status">{said}</span>
    </div>
  )
}

const looks = {
  waiting: { tone: 'ring', icon: 'clock' },
  delivered: { tone: 'good', icon: 'check' },
  failed: { tone: 'bad', icon: 'alert' },
  dropped: { tone: 'bad', icon: 'forbidden' },
} as const

function Deliveries({ deliveries }: { readonly deliveries: readonly Delivery[] }): VNode {
  const words = useTexts()
  const locale = useLocale()
  if (deliveries.length === 0) return <Empty>{words.noDeliveries}</Empty>
  return (
    <table class="stacked">
      <Heads words={[words.at, words.event, words.state, words.answer]} />
      <tbody>
        {deliveries.map(({ id, at, event, callId, state, attempts, status, because, next }) => (
          <tr key={id}>
            <td data-name={words.at}>
              <time dateTime={at}>{dayAndTime(at, locale)}</time>
            </td>
            <th scope="row" data-name={words.event}>
              {callId === null ? event : <a href={`/calls/${encodeURIComponent(callId)}`}>{event}</a>}
            </th>
            <td data-name={words.state}>
              <Mark tone={looks[state].tone} icon={looks[state].icon}>
                {words.states[state]}
              </Mark>{' '}
              <small class="hint">
                {words.attempts(attempts)}
                {next !== null && `, ${words.next(clockTime(next, locale))}`}
              </small>
            </td>
            <td data-name={words.answer}>{because ?? status ?? '–'}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
