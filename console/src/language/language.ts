import { Kept, useStore } from '../store.js'
import type { Messages } from './en.js'
import { languageOf, languages, localeFor, preferred, type Language } from './languages.js'

/** The language chosen in this browser. */
export const language = new Kept<Language>('carillon.language', preferred(navigator.languages), languageOf)

export const useLanguage = (): Language => useStore(language)

/** The locale for dates and numbers. */
export const useLocale = (): string => localeFor(useLanguage(), navigator.languages)

/** The messages in the chosen language. */
export const useMessages = (): Messages => languages[useLanguage()]
