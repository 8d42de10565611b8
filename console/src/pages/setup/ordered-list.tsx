import type { VNode } from 'preact'
import { Icon } from '../../ui/icon.js'
import { Line, Part } from './controls.js'
import type { Fault } from './draft.js'
import { useSetupTexts } from './words.js'

interface OrderedListProps {
  readonly name: string
  readonly hint: string
  /** The name of the list from which others are added. */
  readonly addName: string
  readonly chosen: readonly string[]
  readonly known: readonly string[]
  /** The name that people know, and what else identifies the entry. */
  readonly nameOf: (entry: string) => { readonly name: string; readonly also?: string }
  readonly faults: readonly Fault[]
  readonly change: (entries: readonly string[]) => void
}

/** Names in an order that counts, with buttons that move and remove them, and a list to add others. */
export function OrderedList({ name, hint, addName, chosen, known, nameOf, faults, change }: OrderedListProps): VNode {
  const setup = useSetupTexts()
  const others = known.filter(entry => !chosen.includes(entry)).sort((a, b) => nameOf(a).name.localeCompare(nameOf(b).name))
  const move = (index: number): void =>
    change(
      chosen.map((entry, at) =>
        at === index - 1 ? (chosen[index] ?? entry) : at === index ? (chosen[index - 1] ?? entry) : entry,
      ),
    )
  return (
    <Part name={name} hint={hint} faults={faults}>
      <ol class="form-members">
        {chosen.map((entry, index) => {
          const shown = nameOf(entry)
          return (
            <li key={entry}>
              <span>
                {shown.name} {shown.also !== undefined && <small>{shown.also}</small>}
              </span>
              <button
                type="button"
                class="button"
                disabled={index === 0}
                aria-label={setup.up(shown.name)}
                onClick={() => move(index)}
              >
                <Icon name="down" />
              </button>
              <button
                type="button"
                class="button"
                aria-label={setup.removeAgent(shown.name)}
                onClick={() => change(chosen.filter(each => each !== entry))}
              >
                {setup.remove}
              </button>
            </li>
          )
        })}
      </ol>
      {others.length > 0 && (
        <Line name={addName}>
          {id => (
            <select id={id} value="" onChange={event => change([...chosen, event.currentTarget.value])}>
              <option value="">{setup.choose}</option>
              {others.map(entry => (
                <option key={entry} value={entry}>
                  {nameOf(entry).name}
                </option>
              ))}
            </select>
          )}
        </Line>
      )}
    </Part>
  )
}
