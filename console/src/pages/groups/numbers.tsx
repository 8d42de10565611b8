import type { VNode } from 'preact'
import type { Config, Queue } from '../../api/documents.js'
import { userOf } from '../../format.js'
import { useMessages } from '../../language/language.js'
import { configRead, world } from '../../live/live.js'
import { useStore } from '../../store.js'
import { Card, Heads } from '../../ui/parts.js'
import { NoneLive, NotRead } from '../../ui/not-read.js'
import { useReading } from '../../ui/reading.js'

/** The numbers that callers dial, and the queues in which they wait. */
export function NumbersCards(): VNode {
  const { groups: words, wallboard } = useMessages()
  const live = useStore(world)
  const answer = useReading<Config>('/api/config', useStore(configRead))
  return (
    <div class="columns">
      <Card title={words.workflows} icon="phone">
        {answer?.kind === 'ok' ? <Workflows config={answer.value} /> : <NotRead answer={answer} />}
      </Card>
      <Card title={words.queues} icon="clock">
        {live.queues.size === 0 ? <NoneLive>{wallboard.noQueues}</NoneLive> : <Queues queues={live.queues.values()} />}
      </Card>
    </div>
  )
}

function Workflows({ config }: { readonly config: Config }): VNode {
  const { groups: words } = useMessages()
  return (
    <table>
      <Heads words={[words.workflow, words.dialled]} />
      <tbody>
        {config.view.workflows.map(({ name, displayName, uri, number }) => (
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
  )
}

function Queues({ queues }: { readonly queues: Iterable<Queue> }): VNode {
  const { groups: words } = useMessages()
  return (
    <table>
      <Heads words={[words.queue, words.inThisOrder]} />
      <tbody>
        {[...queues].map(({ name, groups }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{groups.join(' → ')}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
