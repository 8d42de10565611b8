import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '../../foundation/clock.js'
import { fault, ok, type Result } from '../../foundation/result.js'
import { PromptCache } from './prompts-cache.js'
import { PromptMaker } from './prompts-maker.js'
import type { SpokenWork } from './spoken.js'
import { Voices } from './speech.js'
import { WmaConverter } from './wma.js'
import { telephoneRate } from './wav-resample.js'
import { writeWav } from './wav.js'

/** The thread speaks one text and ends. */
async function speak({ speech, text, language }: SpokenWork, abort: AbortSignal): Promise<Result<Uint8Array>> {
  // Words that somebody only tries are not kept.
  const maker = new PromptMaker(new Voices(speech, systemClock), new PromptCache(''), abort, new WmaConverter(systemClock))
  const samples = await maker.spoken({ text, language })
  return samples.ok ? ok(writeWav(samples.value, telephoneRate, '')) : fault(samples.fault)
}

const parent = parentPort
if (parent) {
  const abort = new AbortController()
  parent.once('message', () => abort.abort())
  parent.unref()
  parent.postMessage(await speak(workerData as SpokenWork, abort.signal))
}
