import { en } from './en.js'
import { fr } from './fr.js'

export const languages = { en, fr } as const
export type Language = keyof typeof languages

/** The language of a tag such as fr-CA. Undefined if the console has no texts in it. */
export function languageOf(tag: string): Language | undefined {
  const wanted = tag.toLowerCase().split('-')[0]
  return wanted === 'en' || wanted === 'fr' ? wanted : undefined
}

/** The locale for dates and numbers: the browser's own region if its language is the chosen one. */
export const localeFor = (language: Language, wanted: readonly string[]): string =>
  wanted.find(tag => languageOf(tag) === language) ?? (language === 'en' ? 'en-GB' : language)

/** The first of the browser's languages for which the console has texts, otherwise English. */
export const preferred = (wanted: readonly string[]): Language =>
  wanted.map(languageOf).find(found => found !== undefined) ?? 'en'
