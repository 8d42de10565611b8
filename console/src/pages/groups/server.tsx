import type { VNode } from 'preact'
import type { Config, ConfigCheck } from '../../api/documents.js'
import { dayAndTime } from '../../format.js'
import { useLocale, useMessages } from '../../language/language.js'
import { configRead } from '../../live/live.js'
import { useStore } from '../../store.js'
import { ChangeLine } from '../../ui/change-line.js'
import { Card, Empty, Heads, Mark } from '../../ui/parts.js'
import { NotRead } from '../../ui/not-read.js'
import { useReading } from '../../ui/reading.js'

/** The faults and warnings of the last reading of the config, and the recent changes. */
export function ConfigCheckCard(): VNode {
  const { groups: words } = useMessages()
  const locale = useLocale()
  const answer = useReading<ConfigCheck>('/api/config/check', useStore(configRead))
  if (answer?.kind !== 'ok') return <NotRead answer={answer} />
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
              {made.map(change => (
                <ChangeLine key={`${change.kind} ${change.name}`} change={change} />
              ))}
            </ul>
          </li>
        ))}
      </ol>
    </Card>
  )
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

/** The server's settings. */
export function ServerCard(): VNode {
  const { groups: words } = useMessages()
  const answer = useReading<Config>('/api/config', useStore(configRead))
  if (answer?.kind !== 'ok') return <NotRead answer={answer} />
  const settings = Object.entries(answer.value.view.server)
  const later = new Set(answer.value.atNextStart)
  return (
    <Card title={words.sections.server} icon="board">
      <p class="hint">{words.serverHint}</p>
      <table class="settings">
        <Heads words={[words.setting, words.value]} />
        <tbody>
          {settings.map(([name, value]) => (
            <tr key={name}>
              <th scope="row">
                <code>{name}</code>
                <small>{later.has(name) ? words.atStart : words.atOnce}</small>
              </th>
              <td>{words.said(value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  )
}
