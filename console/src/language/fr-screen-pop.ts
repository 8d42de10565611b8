import type { ScreenPopMessages } from './en-screen-pop.js'

/** The texts about the page about a caller. */
export const screenPopInFrench: ScreenPopMessages = {
  link: 'Page sur l’appelant',
  open: 'L’ouvrir',
  moments: { never: 'quand je choisis le lien', onRing: 'quand un appel sonne', onAnswer: 'quand un appel est décroché' },
  blocked: 'Le navigateur a bloqué la page. Autorisez les fenêtres pour cette adresse, ou utilisez le lien.',
}
