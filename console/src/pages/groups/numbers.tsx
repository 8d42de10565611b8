import type { VNode } from 'preact'
import type { Config } from '../../api/documents.js'
import { userOf } from '../../format.js'
import { useMessages } from '../../language/language.js'
import { configRead, world } from '../../live/live.js'
import { useStore } from '../../store.js'
import { Card, Heads } from '../../ui/parts.js'
import { useReading } from '../../ui/reading.js'

/** The numbers that callers dial, and the queues in which they wait. */
export function NumbersCards(): VNode {
  const { groups: words } = useMessages()
  const live = useStore(world)
  const answer = useReading<Config>('/api/config', useStore(configRead))
  const workflows = answer?.kind === 'ok' ? answer.value.view.workflows : []
  return (
    <div class="columns">
      <Card title={words.workflows} icon="phone">
        <table>
          <Heads words={[words.workflow, words.dialled]} />
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
          <Heads words={[words.queue, words.inThisOrder]} />
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
