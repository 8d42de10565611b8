import { parentPort, workerData } from 'node:worker_threads'
import type { PromptSettings } from '../../config/settings.js'
import { systemClock } from '../../foundation/clock.js'
import { PromptCache } from './prompts-cache.js'
import { PromptMaker, type Made } from './prompts-maker.js'
import type { PromptDone, PromptWork } from './prompts-messages.js'
import { Voices } from './speech.js'

/** Prompts in the making at a time: while a program speaks, another can be computed. */
const atATime = 2

/** The composition of the prompts' thread, which is free to compute for long. */
async function work(
  { cacheFolder, speech, prompts }: PromptWork,
  tell: (done: PromptDone) => void,
  abort: AbortSignal,
): Promise<void> {
  const maker = new PromptMaker(new Voices(speech, systemClock), new PromptCache(cacheFolder), abort)
  const waiting = prompts[Symbol.iterator]()
  const makeAll = async (): Promise<void> => {
    for (const { id, sound } of waiting) tell({ id, made: abort.aborted ? ended : await makeOne(maker, sound) })
  }
  await Promise.all(Array.from({ length: atATime }, makeAll))
}

const ended: Made = { kind: 'silence', because: 'Carillon ends' }

/** One that brings our own code down shall not take the others with it. */
async function makeOne(maker: PromptMaker, sound: PromptSettings['sound']): Promise<Made> {
  try {
    return await maker.make(sound)
  } catch (error) {
    const because = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { kind: 'silence', because: `it can't be made: ${because}` }
  }
}

const parent = parentPort
if (parent) {
  const abort = new AbortController()
  parent.once('message', () => abort.abort())
  // Nothing else keeps the thread: it ends with its last prompt.
  parent.unref()
  await work(workerData as PromptWork, done => parent.postMessage(done), abort.signal)
}
