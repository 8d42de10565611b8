import { en } from './en.js'
import { fr } from './fr.js'

export const languages = { en, fr } as const
export type Language = keyof typeof languages

/** Of a language tag such as fr-CA; undefined: the console does not speak it. */
export function languageOf(tag: string): Language | undefined {
  const wanted = tag.toLowerCase().split('-')[0]
  return wanted === 'en' || wanted === 'fr' ? wanted : undefined
}

/** How moments and numbers are written: as in the browser's own region where that speaks the language. */
export const localeFor = (language: Language, wanted: readonly string[]): string =>
  wanted.find(tag => languageOf(tag) === language) ?? (language === 'en' ? 'en-GB' : language)

/** The first of the browser's languages that the console speaks; English when it speaks none. */
export const preferred = (wanted: readonly string[]): Language =>
  wanted.map(languageOf).find(found => found !== undefined) ?? 'en'
