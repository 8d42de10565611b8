import type { VNode } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import type { Messages } from '../language/en.js'
import { useMessages } from '../language/language.js'
import { phonesInUse } from '../phone/leaving.js'
import { go, place } from '../router.js'
import { useStore } from '../store.js'
import { Icon } from '../ui/icon.js'
import { callOf, shortcutKeys, shortcutOf, type Shortcut } from './shortcut-keys.js'
import { shortcutsOn, wantsSearch } from './shortcuts.js'

/** Listens to the keys, and shows which keys there are. */
export function Shortcuts(): VNode {
  const { shortcuts: words } = useMessages()
  const [open, setOpen] = useState(false)
  const [done, setDone] = useState<keyof Messages['shortcuts']['done']>()
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      const shortcut = shortcutsOn.state === 'on' && isForPage(event) ? shortcutOf(event) : undefined
      if (shortcut === undefined) return
      const did = shortcut === 'help' ? (setOpen(true), undefined) : act(shortcut)
      if (did === undefined && shortcut !== 'help' && shortcut !== 'search') return
      // Firefox opens its own search for "/".
      event.preventDefault()
      setDone(did)
    }
    document.addEventListener('keydown', pressed)
    return () => document.removeEventListener('keydown', pressed)
  }, [])
  return (
    <div class="shortcuts">
      <button
        type="button"
        class="button quiet icon-only"
        aria-label={words.title}
        title={words.title}
        onClick={() => setOpen(true)}
      >
        <Icon name="keyboard" />
      </button>
      <p class="unseen" role="status">
        {done && words.done[done]}
      </p>
      {open && <ShortcutHelp close={() => setOpen(false)} />}
    </div>
  )
}

/** Whether nobody types, and no dialog or other listener wants the key. */
function isForPage({ target, defaultPrevented }: KeyboardEvent): boolean {
  const isTyping = target instanceof HTMLElement && (target.isContentEditable || target.matches('input, textarea, select'))
  return !defaultPrevented && !isTyping && document.querySelector('dialog[open]') === null
}

/** Does what the key says. Undefined: there was no call for it. */
function act(shortcut: Exclude<Shortcut, 'help'>): keyof Messages['shortcuts']['done'] | undefined {
  if (shortcut === 'search') {
    if (place.state.path !== '/calls') go('/calls')
    wantsSearch.set(true)
    return undefined
  }
  // A guest's phone has no hold.
  const phones = [...phonesInUse.state.keys()].filter(({ owner }) => shortcut !== 'hold' || 'agent' in owner)
  const call = callOf(
    shortcut,
    phones.flatMap(({ view }) => view.state.calls),
  )
  const phone = phones.find(({ view }) => call && view.state.calls.includes(call))
  if (!call || !phone) return undefined
  switch (shortcut) {
    case 'answer':
      void phone.answer(call.id)
      return 'answer'
    case 'hold':
      void phone.hold(call.id, !call.onHold)
      return call.onHold ? 'resume' : 'hold'
    case 'mute':
      phone.mute(call.id, !call.muted)
      return call.muted ? 'unmute' : 'mute'
    case 'hangUp':
      void phone.end(call.id)
      return 'hangUp'
  }
}

function ShortcutHelp({ close }: { readonly close: () => void }): VNode {
  const { shortcuts: words } = useMessages()
  const setting = useStore(shortcutsOn)
  const dialog = useRef<HTMLDialogElement>(null)
  const title = useId()
  useEffect(() => {
    dialog.current?.showModal()
  }, [])
  const names = Object.keys(shortcutKeys) as Shortcut[]
  return (
    <dialog ref={dialog} class="question shortcut-help" aria-labelledby={title} onClose={close}>
      <h2 id={title}>{words.title}</h2>
      <dl>
        {names.map(name => (
          <div key={name}>
            <dt>
              <kbd>{shortcutKeys[name].toUpperCase()}</kbd>
            </dt>
            <dd>{words.names[name]}</dd>
          </div>
        ))}
      </dl>
      <p>{setting === 'on' ? words.hint : words.off}</p>
      <div class="buttons">
        <button type="button" class="button strong" onClick={() => dialog.current?.close()}>
          {words.close}
        </button>
        <button type="button" class="button" onClick={() => shortcutsOn.keep(setting === 'on' ? 'off' : 'on')}>
          {setting === 'on' ? words.turnOff : words.turnOn}
        </button>
      </div>
    </dialog>
  )
}
