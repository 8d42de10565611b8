import { standings, type LiveQueue, type LiveWorld } from '../../live/world.js'
import type { BoardSettings } from './settings.js'

/** The state of a queue, shown as a word, a shape and a colour. */
type Mood = 'calm' | 'waits' | 'late' | 'many' | 'unstaffed'

export const moods: Readonly<
  Record<Mood, { readonly tone: 'good' | 'ring' | 'bad'; readonly icon: 'check' | 'clock' | 'alert' | 'groups' | 'forbidden' }>
> = {
  calm: { tone: 'good', icon: 'check' },
  waits: { tone: 'ring', icon: 'clock' },
  late: { tone: 'bad', icon: 'alert' },
  many: { tone: 'bad', icon: 'groups' },
  unstaffed: { tone: 'bad', icon: 'forbidden' },
}

/** Without a limit, a wait counts as too long after this many times the queue's service level threshold. */
const lateAfter = 3

/** In seconds. 0: nobody waits. */
export const longestWait = ({ oldestSince }: LiveQueue, at: number): number =>
  oldestSince === undefined ? 0 : (at - oldestSince) / 1_000

export const lateLimit = ({ name, serviceLevel }: LiveQueue, { limits }: BoardSettings): number =>
  limits.get(name)?.late ?? lateAfter * serviceLevel.within

export function moodOf(queue: LiveQueue, live: LiveWorld, settings: BoardSettings, at: number): Mood {
  if (queue.waitingCalls === 0) return 'calm'
  const agents = standings(queue, live)
  if (agents.free + agents.ringing + agents.talking + agents.wrappingUp === 0) return 'unstaffed'
  if (longestWait(queue, at) > lateLimit(queue, settings)) return 'late'
  return queue.waitingCalls >= (settings.limits.get(queue.name)?.many ?? Infinity) ? 'many' : 'waits'
}
