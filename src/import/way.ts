import type { Notes } from './notes.js'

type Fields = Readonly<Record<string, unknown>>

/** Where callers go who leave a queue. */
export type Way =
  | { readonly kind: 'action'; readonly action: Fields }
  /** `words`: what is known about it, as part of a sentence. */
  | { readonly kind: 'unknown'; readonly words: string }

export const unknownWay = (words: string): Way => ({ kind: 'unknown', words })

/** The action of a queue. An unknown one is the end of the call, with a note. `why`: why callers leave. */
export function actionOf(way: Way, field: string, why: string, queue: string, notes: Notes): Fields {
  if (way.kind === 'action') return way.action
  notes.lost('queue', queue, field, why, `${way.words}; write the action here; until then the call is disconnected`)
  return { disconnect: true }
}

const [leastWait, mostWait] = [10, 65_535]

/** The longest wait of a queue within the limits of the config, in seconds. */
export function waitOf(given: number, queue: string, notes: Notes): number {
  const seconds = Math.min(mostWait, Math.max(leastWait, given))
  if (seconds !== given)
    notes.changed(
      ...(['queue', queue, 'timeout', `the longest wait was ${given} s and is ${seconds} s`] as const),
      `Carillon allows ${leastWait} to ${mostWait}`,
    )
  return seconds
}
