import type { VNode } from 'preact'
import type { ConfigChange } from '../api/documents.js'
import { useMessages } from '../language/language.js'

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
