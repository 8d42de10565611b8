/** The texts of the wallboard's settings. */
export const boardInEnglish = {
  title: 'Set up this wallboard',
  hint: 'The page’s address keeps these settings. Bookmark it, one for each screen.',
  queue: 'Queue',
  show: 'Shown',
  showOf: (queue: string) => `Show ${queue}`,
  late: 'Too long a wait (s)',
  lateOf: (queue: string) => `Too long a wait in ${queue}, in seconds`,
  many: 'Too many waiting callers',
  manyOf: (queue: string) => `Too many waiting callers in ${queue}`,
  order: 'Move up',
  upOf: (queue: string) => `Move ${queue} up`,
  sound: 'Ring a bell when a queue needs attention',
  soundHint:
    'Browsers play sound only after a click on the page. On a screen without a mouse, allow sound for this site in the browser.',
  tooMany: 'Too many callers wait',
} as const
