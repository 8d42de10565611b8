import type { VNode } from 'preact'
import type { Config, ConfigCheck } from '../../api/documents.js'
import { dayAndTime } from '../../format.js'
import { useLocale, useMessages } from '../../language/language.js'
import { Card, Empty, Mark } from '../../ui/parts.js'
import { useReading } from '../../ui/reading.js'

/** What the last reading of the config found, and what changed. */
export function ConfigCheckCard(): VNode {
  const { groups: words, loading } = useMessages()
  const locale = useLocale()
  const answer = useReading<ConfigCheck>('/api/config/check')
  if (answer?.kind !== 'ok') return <Empty>{loading}</Empty>
  const { readAt, faults, warnings, changes } = answer.value
  return (
    <Card title={words.check} icon="check" aside={<span class="count">{words.readAt(dayAndTime(readAt, locale))}</span>}>
      <Verdict faults={faults} warnings={warnings} />
      <ul class="findings">
        {[...faults, ...warnings].map(finding => (
          <li key={finding}>
            <code>{finding}</code>
          </li>
        ))}
      </ul>
      <h3>{words.changes}</h3>
      {changes.length === 0 && <Empty>{words.noChanges}</Empty>}
      <ol class="changes">
        {changes.map(({ at, changes: made }) => (
          <li key={at}>
            <time dateTime={at}>{dayAndTime(at, locale)}</time>
            <ul>
              {made.map(({ kind, name, change, fields }) => (
                <li key={`${kind} ${name}`}>
                  {kind} <b>{name}</b> {words.signs[change]}
                  <small>{fields.map(fieldWords).join('; ')}</small>
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ol>
    </Card>
  )
}

function fieldWords({ field, before, after }: ConfigCheck['changes'][number]['changes'][number]['fields'][number]): string {
  if (before === undefined && after === undefined) return field
  return `${field}: ${before ?? '–'} → ${after ?? '–'}`
}

function Verdict({ faults, warnings }: Pick<ConfigCheck, 'faults' | 'warnings'>): VNode {
  const { groups: words } = useMessages()
  if (faults.length > 0)
    return (
      <Mark tone="bad" icon="alert">
        {words.checkFaults}
      </Mark>
    )
  return warnings.length > 0 ? (
    <Mark tone="ring" icon="alert">
      {words.checkWarnings(warnings.length)}
    </Mark>
  ) : (
    <Mark tone="good" icon="check">
      {words.checkFine}
    </Mark>
  )
}

/** The server's own settings, in words. */
export function ServerCard(): VNode {
  const { groups: words } = useMessages()
  const answer = useReading<Config>('/api/config')
  const settings = answer?.kind === 'ok' ? Object.entries(answer.value.view.server) : []
  return (
    <Card title={words.sections.server} icon="board">
      <table class="settings">
        <thead>
          <tr>
            <th scope="col">{words.setting}</th>
            <th scope="col">{words.value}</th>
          </tr>
        </thead>
        <tbody>
          {settings.map(([name, value]) => (
            <tr key={name}>
              <th scope="row">
                <code>{name}</code>
              </th>
              <td>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  )
}
