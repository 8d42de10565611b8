import type { VNode } from 'preact'
import { useMessages } from '../language/language.js'

const keys = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#']

/** The twelve keys of a telephone. */
export function Keypad({ press }: { readonly press: (key: string) => void }): VNode {
  const { phone } = useMessages()
  return (
    <div class="keypad" role="group" aria-label={phone.keys}>
      {keys.map(key => (
        <button type="button" key={key} class="button" aria-label={phone.key(key)} onClick={() => press(key)}>
          {key}
        </button>
      ))}
    </div>
  )
}
