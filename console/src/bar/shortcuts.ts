import { Kept, Store } from '../store.js'
import { shortcutKeys, type Shortcut } from './shortcut-keys.js'

/** People who speak to their computer, or press keys by accident, can turn the keys off (WCAG 2.1.4). */
export const shortcutsOn = new Kept<'on' | 'off'>('carillon.shortcuts', 'on', text => (text === 'off' ? 'off' : 'on'))

/** Whether somebody asked for the search field, which may not be on the page yet. */
export const wantsSearch = new Store(false)

/** The key for `aria-keyshortcuts`. Undefined: keys are off. */
export const keyShortcut = (shortcut: Shortcut, setting: 'on' | 'off'): string | undefined =>
  setting === 'on' ? shortcutKeys[shortcut] : undefined
