import type { Worker } from 'node:worker_threads'
import type { PromptSettings } from '../../config/settings.js'
import { TimerSet, type Clock } from '../../foundation/clock.js'
import { seconds } from '../../foundation/time.js'
import type { PromptId } from '../../routing/world/ids.js'
import { newWorker } from '../worker/helper.js'
import type { Made } from './prompts-maker.js'
import { endWork, type PromptNews, type PromptWork } from './prompts-messages.js'
import type { Sound } from '../rtp/sound.js'
import type { SpeechSettings } from './speech.js'

interface PromptLibraryOptions {
  /** Where speech is kept between starts. An absolute path, created if missing. */
  readonly cacheFolder: string
  readonly speech: SpeechSettings
  readonly clock: Clock
}

/** What is wrong with a prompt, and what to do. */
export interface PromptProblem {
  /** Where the config first names it, such as `workflows/main.yaml:12:5`. */
  readonly where: string
  readonly what: string
  /** False: callers hear something anyway. */
  readonly silent: boolean
}

/** How long the prompt that is being made may still take when it is no longer wanted. */
const grace = seconds(1)

/** The sounds of a config: files, speech and music as callers hear them. A separate thread makes them. */
export class PromptLibrary {
  #made: ReadonlyMap<PromptId, Made> = new Map()
  #inTheMaking: { readonly made: Map<PromptId, Made>; readonly worker: Worker } | undefined
  #last: Promise<unknown> = Promise.resolve()
  /** Counts the calls of `prepare`: the number of the latest config. */
  #newest = 0
  #stopped = false
  readonly #timers: TimerSet<'grace'>

  constructor(private readonly options: PromptLibraryOptions) {
    this.#timers = new TimerSet(options.clock)
  }

  /**
   * Makes all sounds of a config, except those that the previous config had with the same id. Then drops sounds that are no
   * longer used. Each sound is available as soon as it is made. Never rejects: a prompt that can't be made is a problem, and is
   * tried again next time. `atHand` is called once everything that needs no program is made. A newer config does not wait: the work
   * for the former one ends, its finished sounds are kept, and its problems are not reported.
   */
  prepare(prompts: readonly PromptSettings[], atHand: () => void = () => undefined): Promise<readonly PromptProblem[]> {
    this.#end()
    this.#newest += 1
    const number = this.#newest
    const prepared = this.#last.then(() => (number === this.#newest ? this.#prepare(prompts, atHand) : []))
    this.#last = prepared
    return prepared
  }

  /** Ends the work within about a second. Finished sounds stay available. */
  #end(): void {
    const worker = this.#inTheMaking?.worker
    if (!worker) return
    worker.postMessage(endWork)
    this.#timers.start('grace', grace, () => void worker.terminate())
  }

  /** The sound of a prompt or music. Undefined: it is not made yet, or it can't be made. */
  get(id: PromptId): Sound | undefined {
    const made = this.#made.get(id) ?? this.#inTheMaking?.made.get(id)
    return made?.kind === 'sound' ? made.sound : undefined
  }

  /** Stops within about a second. Finished sounds stay available. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#end()
    await this.#last
    this.#timers.stopAll()
  }

  async #prepare(prompts: readonly PromptSettings[], atHand: () => void): Promise<readonly PromptProblem[]> {
    const number = this.#newest
    const kept = new Map(prompts.flatMap(({ id }) => entry(id, this.#made.get(id))))
    const missing = [...new Map(prompts.map(prompt => [prompt.id, prompt])).values()].filter(({ id }) => !kept.has(id))
    const made = missing.length === 0 ? [] : await this.#make(missing, atHand)
    atHand()
    this.#made = new Map([...kept, ...made])
    if (number !== this.#newest) return []
    return prompts.flatMap(({ id, where }) => problem(where, this.#made.get(id)))
  }

  #make(prompts: readonly PromptSettings[], atHand: () => void): Promise<ReadonlyMap<PromptId, Made>> {
    if (this.#stopped) return Promise.resolve(new Map(prompts.map(({ id }) => [id, ended])))
    const { cacheFolder, speech } = this.options
    const made = new Map<PromptId, Made>()
    const work: PromptWork = { cacheFolder, speech, prompts }
    const worker = newWorker(new URL('./prompts-worker', import.meta.url), work)
    this.#inTheMaking = { made, worker }
    return new Promise(resolve => {
      let failure: string | undefined
      worker.on('message', (news: PromptNews) => {
        if (news.kind === 'atHand') atHand()
        else made.set(news.id, news.made)
      })
      worker.on('error', error => (failure = `the prompts' thread failed: ${error.stack ?? error.message}`))
      worker.on('exit', () => {
        this.#inTheMaking = undefined
        const unmade = this.#stopped ? ended : silence(failure ?? "the prompts' thread ended")
        for (const { id } of prompts) if (!made.has(id)) made.set(id, unmade)
        resolve(made)
      })
    })
  }
}

const silence = (because: string): Made => ({ kind: 'silence', because })
const ended = silence('Carillon ends')

/** The entry to keep. None for a prompt that is silent or has a stand-in voice, because the next `prepare` tries it again. */
const entry = (id: PromptId, made: Made | undefined): (readonly [PromptId, Made])[] =>
  made?.kind === 'sound' && made.isStandIn !== true ? [[id, made]] : []

function problem(where: string, made: Made | undefined): PromptProblem[] {
  if (made?.kind === 'silence') return [{ where, what: made.because, silent: true }]
  return made?.flaw === undefined ? [] : [{ where, what: made.flaw, silent: false }]
}
