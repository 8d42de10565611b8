import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { get } from '../../api/client.js'
import type { AuditPage } from '../../api/documents.js'
import { dayAndTime, dayBegin, userOf } from '../../format.js'
import { auditInEnglish, type AuditMessages } from '../../language/en-audit.js'
import { auditInFrench } from '../../language/fr-audit.js'
import { useLanguage, useLocale, useMessages } from '../../language/language.js'
import type { Language } from '../../language/languages.js'
import { world } from '../../live/live.js'
import { go, type Place } from '../../router.js'
import { useStore } from '../../store.js'
import { useAction } from '../../ui/action.js'
import { NotRead } from '../../ui/not-read.js'
import { Card, Empty, Heads, Mark, Refusal } from '../../ui/parts.js'
import { useReading } from '../../ui/reading.js'

const pageSize = '50'

/** They load with this tab, because no other page needs them. */
const auditTexts: Readonly<Record<Language, AuditMessages>> = { en: auditInEnglish, fr: auditInFrench }
const useAuditTexts = (): AuditMessages => auditTexts[useLanguage()]

/** Who changed what, the latest first. The page's address keeps the filters. Managers find the changes to the agents they manage. */
export function AuditCard({ at }: { readonly at: Place }): VNode {
  const words = useAuditTexts()
  const query = queryOf(at.query)
  return (
    <Card title={words.title} icon="check">
      <p class="hint">{words.hint}</p>
      <AuditSearch at={at} />
      <Entries key={query} query={query} />
    </Card>
  )
}

/** The last day is included. A day that can't be read is left out. */
function queryOf(asked: URLSearchParams): string {
  const query = new URLSearchParams({ limit: pageSize })
  const [from, to] = [dayBegin(asked.get('from') ?? ''), dayBegin(asked.get('to') ?? '', 1)]
  if (from !== undefined) query.set('from', from)
  if (to !== undefined) query.set('to', to)
  for (const field of ['who', 'agent', 'text'] as const)
    if ((asked.get(field) ?? '') !== '') query.set(field, asked.get(field) ?? '')
  return query.toString()
}

/** The same filters for the whole list. */
function listQuery(query: string): string {
  const all = new URLSearchParams(query)
  all.delete('limit')
  return all.toString()
}

function AuditSearch({ at }: { readonly at: Place }): VNode {
  const words = useAuditTexts()
  const { calls } = useMessages()
  const { agents } = useStore(world)
  const given = (name: string): string => at.query.get(name) ?? ''
  const choose = (chosen: Readonly<Record<string, string>>): void => {
    const all = { from: given('from'), to: given('to'), who: given('who'), agent: given('agent'), text: given('text'), ...chosen }
    const filled = Object.entries(all).filter(([, value]) => value !== '')
    go(`/groups?${new URLSearchParams([['show', 'audit'], ...filled]).toString()}`, 'replace')
  }
  return (
    <div class="search" role="search" aria-label={words.title}>
      {(['from', 'to'] as const).map(name => (
        <label class="field" key={name}>
          <span>{calls[name]}</span>
          <input type="date" value={given(name)} onChange={event => choose({ [name]: event.currentTarget.value })} />
        </label>
      ))}
      <label class="field">
        <span>{words.who}</span>
        <input value={given('who')} placeholder={words.whoHint} onChange={event => choose({ who: event.currentTarget.value })} />
      </label>
      <label class="field">
        <span>{words.text}</span>
        <input type="search" value={given('text')} onChange={event => choose({ text: event.currentTarget.value })} />
      </label>
      <label class="field">
        <span>{calls.agent}</span>
        <select value={given('agent')} onChange={event => choose({ agent: event.currentTarget.value })}>
          <option value="">{calls.any}</option>
          {[...agents.values()].map(({ uri, name }) => (
            <option key={uri} value={uri}>
              {name ?? userOf(uri)}
            </option>
          ))}
        </select>
      </label>
    </div>
  )
}

function Entries({ query }: { readonly query: string }): VNode {
  const words = useAuditTexts()
  const { more, failed } = useMessages()
  const [failure, setFailed] = useState<string>()
  const first = useReading<AuditPage>(`/api/audit?${query}`)
  const [later, setLater] = useState<readonly AuditPage[]>([])
  const { busy, run } = useAction()
  if (first?.kind !== 'ok') return <NotRead answer={first} />
  const pages = [first.value, ...later]
  const entries = pages.flatMap(page => page.entries)
  const next = pages.at(-1)?.next ?? null
  if (entries.length === 0 && next === null) return <Empty>{words.none}</Empty>
  const readOn = async (cursor: string): Promise<void> => {
    const answer = await get<AuditPage>(`/api/audit?${query}&cursor=${encodeURIComponent(cursor)}`)
    if (answer.kind === 'ok') setLater(read => [...read, answer.value])
    setFailed(
      answer.kind === 'ok' ? undefined : answer.kind === 'unreachable' ? failed.unreachable : failed.refused(answer.detail),
    )
  }
  return (
    <>
      <EntryTable entries={entries} />
      {next !== null && (
        <button type="button" class="button" disabled={busy} onClick={() => run(() => readOn(next))}>
          {more}
        </button>
      )}
      <Refusal words={failure} />
      <p>
        <a class="button quiet" href={`/api/audit.csv?${listQuery(query)}`} download>
          {words.save}
        </a>
      </p>
    </>
  )
}

function EntryTable({ entries }: { readonly entries: AuditPage['entries'] }): VNode {
  const words = useAuditTexts()
  const locale = useLocale()
  return (
    <table class="stacked">
      <Heads words={[words.at, words.who, words.what, words.result]} />
      <tbody>
        {entries.map(({ at, who, kind, from, what, done, because }, index) => (
          <tr key={`${at} ${index}`}>
            <td data-name={words.at}>
              <time dateTime={at}>{dayAndTime(at, locale)}</time>
            </td>
            <th scope="row" data-name={words.who}>
              {kind === 'loopback' ? words.thisMachine : who} <small class="hint">{words.kinds[kind](from)}</small>
            </th>
            <td data-name={words.what}>{words.said(what)}</td>
            <td data-name={words.result}>
              <Mark tone={done ? 'good' : 'bad'} icon={done ? 'check' : 'forbidden'}>
                {done ? words.done : words.refused}
              </Mark>
              {because !== null && <small class="hint">{words.because(because)}</small>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
