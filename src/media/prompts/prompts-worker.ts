import { stackOf } from '../../foundation/errors.js'
import { parentPort, workerData } from 'node:worker_threads'
import type { PromptSound } from '../../config/settings.js'
import { systemClock } from '../../foundation/clock.js'
import { millis, seconds } from '../../foundation/time.js'
import type { PromptId } from '../../routing/world/ids.js'
import { PromptCache } from './prompts-cache.js'
import { PromptMaker, type Made } from './prompts-maker.js'
import type { PromptNews, PromptWork } from './prompts-messages.js'
import { Voices } from './speech.js'
import { WmaConverter } from './wma.js'

/** How many prompts are made at a time. While a program speaks one, another can be computed. */
const atATime = 2
const defaultPatience = seconds(3)

/** The work of the prompts' thread, which may compute for a long time. It makes prompts that need no program first. */
async function work(
  { cacheFolder, speech, prompts }: PromptWork,
  tell: (news: PromptNews) => void,
  abort: AbortSignal,
): Promise<void> {
  const cache = new PromptCache(cacheFolder)
  const maker = new PromptMaker(new Voices(speech, systemClock), cache, abort, new WmaConverter(systemClock, speech.ffmpeg))
  const later = new Map<PromptId, PromptSound>()
  // Files first, because they are quick. The built-in voice takes longer.
  for (const { id, sound } of [...prompts].sort((a, b) => effortOf(a.sound) - effortOf(b.sound))) {
    const made = abort.aborted ? ended : await guarded(() => maker.atHand(sound))
    if (made) tell({ kind: 'made', id, made })
    else later.set(id, sound)
  }
  tell({ kind: 'atHand' })
  const impatience = systemClock.after(speech.patience ?? defaultPatience, () => void standIn(maker, later, tell))
  const waiting = [...later][Symbol.iterator]()
  const makeAll = async (): Promise<void> => {
    for (const [id, sound] of waiting) {
      const made = abort.aborted ? ended : await guarded(() => maker.make(sound))
      later.delete(id)
      tell({ kind: 'made', id, made })
    }
  }
  await Promise.all(Array.from({ length: atATime }, makeAll))
  impatience.cancel()
  await cache.shrink()
}

const effortOf = ({ kind }: PromptSound): number => ({ file: 0, builtin: 1, say: 2 })[kind]

/** Programs may be slow, so callers hear the built-in voice meanwhile. A prompt leaves `later` when its program is done. */
async function standIn(
  maker: PromptMaker,
  later: ReadonlyMap<PromptId, PromptSound>,
  tell: (news: PromptNews) => void,
): Promise<void> {
  for (const [id, sound] of [...later]) {
    const made = later.has(id) ? await guarded(() => maker.standIn(sound)) : undefined
    if (made?.kind === 'sound' && later.has(id)) tell({ kind: 'made', id, made })
    // Lets messages from programs be handled in between.
    await new Promise<void>(resolve => systemClock.after(millis(0), resolve))
  }
}

const ended: Made = { kind: 'silence', because: 'Carillon ends' }

/** A bug while making one prompt must not stop the others. */
async function guarded<M extends Made | undefined>(make: () => Promise<M>): Promise<M | Made> {
  try {
    return await make()
  } catch (error) {
    const because = stackOf(error)
    return { kind: 'silence', because: `it can't be made: ${because}` }
  }
}

const parent = parentPort
if (parent) {
  const abort = new AbortController()
  parent.once('message', () => abort.abort())
  // Nothing else keeps the thread alive, so it ends after its last prompt.
  parent.unref()
  await work(workerData as PromptWork, news => parent.postMessage(news), abort.signal)
}
