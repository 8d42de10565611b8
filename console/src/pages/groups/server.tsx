import type { VNode } from 'preact'
import type { Config, ConfigChange, ConfigCheck } from '../../api/documents.js'
import { dayAndTime } from '../../format.js'
import { useLocale, useMessages } from '../../language/language.js'
import { configRead } from '../../live/live.js'
import { useStore } from '../../store.js'
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

/** One changed part of the config, with the old and new value of each field. */
export function ChangeLine({ change: { kind, name, change, fields } }: { readonly change: ConfigChange }): VNode {
  const { groups: words } = useMessages()
  return (
    <li>
      {words.kinds[kind]} {kind !== name && <b>{name}</b>} {words.signs[change]}
      <dl>
        {fields.map(field => (
          <div key={field.field}>
            <dt>
              <code>{words.said(field.field)}</code>
            </dt>
            <dd>
              <FieldWords field={field} isNew={change === 'added'} />
              {field.atNextStart && change === 'changed' && <small>{words.atNextStart}</small>}
            </dd>
          </div>
        ))}
      </dl>
    </li>
  )
}

/** For a list, the added and removed entries. For other fields, the old and the new value. */
function FieldWords({ field, isNew }: { readonly field: ConfigChange['fields'][number]; readonly isNew: boolean }): VNode {
  const { groups: words } = useMessages()
  const { reordered } = field
  const said = (text: string | undefined): string | undefined => text && words.said(text)
  const [before, after] = [said(field.before), said(field.after)]
  const [added, removed] = [(field.added ?? []).map(words.said), (field.removed ?? []).map(words.said)]
  if (isNew) return <>{after ?? added.join(', ')}</>
  if (added.length === 0 && removed.length === 0 && !reordered)
    return (
      <>
        {before === undefined ? words.nothing : <del>{before}</del>} → {after === undefined ? words.nothing : <ins>{after}</ins>}
      </>
    )
  return (
    <>
      {removed.map(entry => (
        <del key={entry}>− {entry} </del>
      ))}
      {added.map(entry => (
        <ins key={entry}>+ {entry} </ins>
      ))}
      {reordered && words.reordered}
    </>
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
  return (
    <Card title={words.sections.server} icon="board">
      <table class="settings">
        <Heads words={[words.setting, words.value]} />
        <tbody>
          {settings.map(([name, value]) => (
            <tr key={name}>
              <th scope="row">
                <code>{name}</code>
              </th>
              <td>{words.said(value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  )
}
