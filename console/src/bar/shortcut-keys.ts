import { inProgress, type PhoneCall } from '../phone/phone-call.js'

/** What a key does. */
export type Shortcut = 'answer' | 'hold' | 'mute' | 'hangUp' | 'search' | 'help'

/** The key of each shortcut, as KeyboardEvent.key gives it. */
export const shortcutKeys: Readonly<Record<Shortcut, string>> = {
  answer: 'a',
  hold: 'h',
  mute: 'm',
  hangUp: 'e',
  search: '/',
  help: '?',
}

/** What a KeyboardEvent says. */
export interface Pressed {
  readonly key: string
  readonly shiftKey: boolean
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly altKey: boolean
  readonly repeat: boolean
  readonly isComposing: boolean
  getModifierState(name: string): boolean
}

/** The shortcut of a key. Undefined: the key has none, or the browser or the system uses the combination. */
export function shortcutOf(pressed: Pressed): Shortcut | undefined {
  const { ctrlKey, metaKey, altKey, repeat, isComposing } = pressed
  // On some keyboards "?" and "/" need AltGr, which counts as Ctrl and Alt.
  const isModified = (ctrlKey || altKey) && !pressed.getModifierState('AltGraph')
  if (isModified || metaKey || repeat || isComposing) return undefined
  const key = pressed.key.toLowerCase()
  const isLetter = /^[a-z]$/.test(key)
  if (isLetter && pressed.shiftKey) return undefined
  const names = Object.keys(shortcutKeys) as Shortcut[]
  return names.find(name => shortcutKeys[name] === key)
}

/** The call that a key acts on. Undefined: there is none, or an action is in progress. No key declines a call. */
export function callOf(shortcut: Shortcut, calls: readonly PhoneCall[]): PhoneCall | undefined {
  switch (shortcut) {
    case 'answer':
      return calls.find(({ direction, state, busy }) => direction === 'incoming' && state === 'ringing' && busy === undefined)
    case 'hold': {
      const call = current(calls.filter(({ state }) => state === 'talking'))
      return call?.busy === undefined ? call : undefined
    }
    case 'mute':
      return current(calls)
    case 'hangUp': {
      const call = current(calls)
      return call?.busy === 'end' ? undefined : call
    }
    case 'search':
    case 'help':
      return undefined
  }
}

/** The newest call in which the person takes part. Calls on hold come last. */
function current(calls: readonly PhoneCall[]): PhoneCall | undefined {
  const [first] = calls.filter(inProgress).sort((a, b) => Number(a.onHold) - Number(b.onHold) || b.since - a.since)
  return first
}
