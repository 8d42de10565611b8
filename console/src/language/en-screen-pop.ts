/** The texts about the page about a caller. */
export const screenPopInEnglish = {
  link: 'Page about the caller',
  open: 'Open it',
  moments: { never: 'when I choose the link', onRing: 'when a call rings', onAnswer: 'when a call is answered' },
  blocked: 'The browser blocked the page. Allow pop-ups for this address, or use the link.',
}

export type ScreenPopMessages = typeof screenPopInEnglish
