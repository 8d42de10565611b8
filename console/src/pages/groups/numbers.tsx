import type { VNode } from 'preact'
import type { Config } from '../../api/documents.js'
import { userOf } from '../../format.js'
import { useMessages } from '../../language/language.js'
import { world } from '../../live/live.js'
import { useStore } from '../../store.js'
import { Card } from '../../ui/parts.js'
import { useReading } from '../../ui/reading.js'

/** What callers dial, and where they wait. */
export function NumbersCards(): VNode {
  const { groups: words } = useMessages()
  const live = useStore(world)
  const answer = useReading<Config>('/api/config')
  const workflows = answer?.kind === 'ok' ? answer.value.view.workflows : []
  return (
    <div class="columns">
      <Card title={words.workflows} icon="phone">
        <table>
          <thead>
            <tr>
              <th scope="col">{words.workflow}</th>
              <th scope="col">{words.dialled}</th>
            </tr>
          </thead>
          <tbody>
            {workflows.map(({ name, displayName, uri, number }) => (
              <tr key={name}>
                <th scope="row">
                  {displayName}
                  {displayName !== name && <small>{name}</small>}
                </th>
                <td>
                  {number ?? userOf(uri)}
                  <small>{uri}</small>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Card>
      <Card title={words.queues} icon="clock">
        <table>
          <thead>
            <tr>
              <th scope="col">{words.queue}</th>
              <th scope="col">{words.inThisOrder}</th>
            </tr>
          </thead>
          <tbody>
            {[...live.queues.values()].map(({ name, groups }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{groups.join(' → ')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Card>
    </div>
  )
}
