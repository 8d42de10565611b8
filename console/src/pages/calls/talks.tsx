import type { VNode } from 'preact'
import type { CallRecord } from '../../api/documents.js'
import { clockSpan, secondTime, userOf } from '../../format.js'
import { useLocale, useMessages } from '../../language/language.js'
import { world } from '../../live/live.js'
import { useStore } from '../../store.js'
import { Card } from '../../ui/parts.js'

/** Which agents talked, and when. Records of version 0.1 do not have this. */
export function TalksCard({ talks }: { readonly talks: CallRecord['talks'] }): VNode | null {
  const { calls: words } = useMessages()
  const locale = useLocale()
  const nameOf = useNames()
  if (!talks || talks.length === 0) return null
  return (
    <Card title={words.talks} icon="phone">
      <ol class="talks">
        {talks.map(({ agent, side, from, to }, place) => (
          <li key={place}>
            <b>{nameOf(agent)}</b>
            {side === 'caller' && <small>{words.onCallersSide}</small>}
            <span class="number">
              {words.span(secondTime(from, locale), secondTime(to, locale))} (
              {clockSpan((Date.parse(to) - Date.parse(from)) / 1_000)})
            </span>
          </li>
        ))}
      </ol>
    </Card>
  )
}

/** The transfers of a call: who requested each, its target and its outcome. */
export function TransfersCard({ transfers }: { readonly transfers: CallRecord['transfers'] }): VNode | null {
  const { calls: words } = useMessages()
  const locale = useLocale()
  const nameOf = useNames()
  if (!transfers || transfers.length === 0) return null
  return (
    <Card title={words.transfers} icon="transfer">
      <ol class="talks">
        {transfers.map(({ at, asker, by, to, consult, outcome }, place) => (
          <li key={place}>
            <b>{words.transferTo(nameOf(to), words.transferOutcomes[outcome])}</b>
            <small>
              {words.askedBy(by === 'caller' ? words.by.caller : nameOf(asker), secondTime(at, locale))}
              {consult && `, ${words.afterTalk}`}
            </small>
          </li>
        ))}
      </ol>
    </Card>
  )
}

/** The agent's name, otherwise the user part of the URI. */
function useNames(): (uri: string) => string {
  const { agents } = useStore(world)
  return uri => agents.get(uri)?.name ?? userOf(uri)
}
