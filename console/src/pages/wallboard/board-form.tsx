import type { VNode } from 'preact'
import type { LiveQueue } from '../../live/world.js'
import { useMessages } from '../../language/language.js'
import { go } from '../../router.js'
import { Icon } from '../../ui/icon.js'
import { Switch } from '../../ui/parts.js'
import { lateLimit } from './mood.js'
import { boardAddress, limitOf, mostLimit, shownQueues, type BoardSettings } from './settings.js'

interface FormProps {
  readonly all: ReadonlyMap<string, LiveQueue>
  readonly settings: BoardSettings
}

/** Chooses the queues and their order, when they need attention, and the bell. Each change becomes part of the page's address. */
export function BoardForm({ all, settings }: FormProps): VNode {
  const { board: words } = useMessages()
  const change = (changed: Partial<BoardSettings>): void => go(boardAddress({ ...settings, ...changed }), 'replace')
  const shown = shownQueues(all, settings).map(({ name }) => name)
  const hidden = [...all.keys()].filter(name => !shown.includes(name))
  return (
    <details class="board-form no-print">
      <summary>{words.title}</summary>
      <p class="hint">{words.hint}</p>
      <table class="stacked">
        <thead>
          <tr>
            {[words.queue, words.show, words.late, words.many, words.order].map(word => (
              <th scope="col" key={word}>
                {word}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {[...shown, ...hidden].map(name => (
            <QueueRow key={name} name={name} shown={shown} all={all} settings={settings} change={change} />
          ))}
        </tbody>
      </table>
      <p class="board-sound">
        <Switch label={words.sound} on={settings.sound} change={sound => change({ sound })} />
        <span aria-hidden="true">{words.sound}</span>
      </p>
      <p class="hint">{words.soundHint}</p>
    </details>
  )
}

interface RowProps extends FormProps {
  readonly name: string
  readonly shown: readonly string[]
  readonly change: (changed: Partial<BoardSettings>) => void
}

function QueueRow({ name, shown, all, settings, change }: RowProps): VNode {
  const { board: words } = useMessages()
  const queue = all.get(name)
  const index = shown.indexOf(name)
  const isShown = index >= 0
  const { late, many } = settings.limits.get(name) ?? {}
  const limit = (kind: 'late' | 'many', text: string): void =>
    change({ limits: new Map(settings.limits).set(name, { ...settings.limits.get(name), [kind]: limitOf(text) }) })
  const up = (): void => change({ queues: shown.toSpliced(index - 1, 2, name, shown[index - 1] ?? name) })
  return (
    <tr>
      <th scope="row">{name}</th>
      <td data-name={words.show}>
        <Switch
          label={words.showOf(name)}
          on={isShown}
          disabled={isShown && shown.length === 1}
          change={on => change({ queues: on ? [...shown, name] : shown.filter(each => each !== name) })}
        />
      </td>
      <td data-name={words.late}>
        <Limit
          label={words.lateOf(name)}
          value={late}
          otherwise={queue && lateLimit(queue, { ...settings, limits: new Map() })}
          change={text => limit('late', text)}
        />
      </td>
      <td data-name={words.many}>
        <Limit label={words.manyOf(name)} value={many} change={text => limit('many', text)} />
      </td>
      <td data-name={words.order}>
        <button type="button" class="button" disabled={index < 1} aria-label={words.upOf(name)} onClick={up}>
          <Icon name="arrow" />
        </button>
      </td>
    </tr>
  )
}

interface LimitProps {
  readonly label: string
  readonly value: number | undefined
  /** What counts while the field is empty. */
  readonly otherwise?: number | undefined
  readonly change: (text: string) => void
}

const Limit = ({ label, value, otherwise, change }: LimitProps): VNode => (
  <input
    type="number"
    min={1}
    max={mostLimit}
    aria-label={label}
    value={value ?? ''}
    placeholder={otherwise === undefined ? '–' : String(otherwise)}
    onChange={event => change(event.currentTarget.value)}
  />
)
