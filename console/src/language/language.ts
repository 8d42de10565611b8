import { Kept, useStore } from '../store.js'
import type { Messages } from './en.js'
import { languageOf, languages, localeFor, preferred, type Language } from './languages.js'

/** What this browser's user reads. */
export const language = new Kept<Language>('carillon.language', preferred(navigator.languages), languageOf)

export const useLanguage = (): Language => useStore(language)

/** For moments and numbers. */
export const useLocale = (): string => localeFor(useLanguage(), navigator.languages)

/** The messages of the language chosen. */
export const useMessages = (): Messages => languages[useLanguage()]
