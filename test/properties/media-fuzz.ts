import { datagramMutation } from './media-mutations.js'
import { perSession, type MediaTarget } from './media-targets.js'
import { drawsOf } from './sip-mutations.js'

export interface Fuzzed {
  readonly understood: number
  readonly passed: number
}

/** Plays these turns of a seed for one protocol. Throws at the first error, with its turn. A session begins at each multiple of 32. */
export function fuzz(
  target: MediaTarget,
  seed: number,
  first: number,
  count: number,
  each: () => void = () => undefined,
): Fuzzed {
  let understood = 0
  let session = target.open(drawsOf(seed, first))
  for (let turn = first; turn < first + count; turn += 1) {
    const draw = drawsOf(seed, turn)
    if (turn % perSession === 0) session = target.open(draw)
    const bytes = datagramMutation(session.seeds, draw)
    try {
      if (session.take(bytes, draw)) understood += 1
    } catch (error) {
      const where = `${target.name}, seed ${seed}, turn ${turn} (begin at ${turn - (turn % perSession)})`
      throw new Error(`${where}: ${String(error)}\n${bytes.toString('hex')}`, { cause: error })
    }
    each()
  }
  return { understood, passed: count - understood }
}
