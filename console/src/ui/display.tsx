import type { VNode } from 'preact'
import { language, useLanguage, useMessages } from '../language/language.js'
import { languages, type Language } from '../language/languages.js'
import { Kept, useStore } from '../store.js'
import { Icon } from './icon.js'

const themes = ['auto', 'light', 'dark'] as const
type Theme = (typeof themes)[number]

const theme = new Kept<Theme>('carillon.theme', 'auto', text => themes.find(name => name === text))

/** The choice of language and colours, kept in this browser. */
export function DisplaySettings(): VNode {
  const { settings } = useMessages()
  const spoken = useLanguage()
  const colours = useStore(theme)
  const names = Object.keys(languages) as Language[]
  const nextLanguage = names[(names.indexOf(spoken) + 1) % names.length] ?? 'en'
  const nextTheme = themes[(themes.indexOf(colours) + 1) % themes.length] ?? 'auto'
  return (
    <div class="display" role="group" aria-label={settings.title}>
      <button
        type="button"
        class="button quiet"
        lang={nextLanguage}
        aria-label={languages[nextLanguage].name}
        onClick={() => language.keep(nextLanguage)}
      >
        <Icon name="language" />
        <span class="display-word">{languages[nextLanguage].name}</span>
      </button>
      <button
        type="button"
        class="button quiet icon-only"
        aria-label={`${settings.theme}: ${settings.themes[colours]}`}
        title={`${settings.theme}: ${settings.themes[colours]}`}
        onClick={() => chooseTheme(nextTheme)}
      >
        <Icon name={themeIcons[colours]} />
      </button>
    </div>
  )
}

const themeIcons = { auto: 'contrast', light: 'sun', dark: 'moon' } as const

function chooseTheme(chosen: Theme): void {
  theme.keep(chosen)
  const { dataset } = document.documentElement
  if (chosen === 'auto') delete dataset['theme']
  else dataset['theme'] = chosen
}
