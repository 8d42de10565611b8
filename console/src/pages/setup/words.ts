import { setupInEnglish } from '../../language/en-setup.js'
import { setupInFrench } from '../../language/fr-setup.js'
import { useLanguage } from '../../language/language.js'
import type { Language } from '../../language/languages.js'

/** The texts of the forms. They load with the forms, because no other page needs them. */
const setupTexts: Readonly<Record<Language, typeof setupInEnglish>> = { en: setupInEnglish, fr: setupInFrench }

export const useSetupTexts = (): typeof setupInEnglish => setupTexts[useLanguage()]
