import { Worker } from 'node:worker_threads'
import { TimerSet, type Clock } from '../../foundation/clock.js'
import { seconds } from '../../foundation/time.js'
import { maxThreadMb, wasTooLarge } from '../in-thread.js'
import { runEditWork, type EditWork, type EditWorkName, type EditWorks } from './edit-work.js'
import type { EditTask } from './prepare.js'

/** For one piece of work. A config with 10,000 agents takes some three seconds on a busy machine. */
const longest = seconds(60)
/** After the last piece of work. A person who edits asks for something every few seconds, and a new thread takes half a second of CPU. */
const keptFor = seconds(30)

/**
 * Does the work of edits in a thread of its own, one piece at a time, because each reads the whole config. The thread is kept for a while
 * after its last piece. A piece that takes too much memory or time ends it.
 */
export class EditThread {
  #worker: Worker | undefined
  /** Waits for the outcome of the piece of work. Undefined: there is none. */
  #listener: ((news: News) => void) | undefined
  readonly #timers: TimerSet<'longest' | 'kept'>

  constructor(
    clock: Clock,
    private readonly failed: (error: Error) => void,
  ) {
    this.#timers = new TimerSet(clock)
  }

  /**
   * Undefined: the config needs too much memory or time. If the thread fails for another reason, for example because Carillon runs from
   * its sources and can't start it, the work is done in this thread. The next piece may only be given after this one is done.
   */
  async run<Name extends EditWorkName>(
    task: EditTask,
    name: Name,
    ask: EditWorks[Name]['ask'],
  ): Promise<{ readonly outcome: EditWorks[Name]['outcome'] } | undefined> {
    try {
      const outcome = await this.#aside({ task, name, ask })
      return outcome === tookTooLong ? undefined : { outcome: outcome as EditWorks[Name]['outcome'] }
    } catch (error) {
      if (wasTooLarge(error)) return undefined
      this.failed(error instanceof Error ? error : new Error(String(error)))
      return { outcome: await runEditWork(task, name, ask) }
    }
  }

  /** Ends the thread. It writes whole files only, so nothing is left half done. */
  close(): void {
    this.#timers.stopAll()
    void this.#worker?.terminate()
    this.#worker = undefined
  }

  #aside(work: EditWork): Promise<unknown> {
    this.#timers.stop('kept')
    const worker = this.#worker ?? this.#begin()
    return new Promise((resolve, reject) => {
      this.#timers.start('longest', longest, () => {
        this.close()
        resolve(tookTooLong)
      })
      this.#listener = news => {
        this.#listener = undefined
        this.#timers.stop('longest')
        if (news.kind === 'failed') {
          this.close()
          return reject(news.error)
        }
        this.#timers.start('kept', keptFor, () => this.close())
        resolve(news.outcome)
      }
      worker.postMessage(work)
    })
  }

  #begin(): Worker {
    const worker = new Worker(new URL('./edit-thread.js', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: maxThreadMb },
    })
    const tell = (news: News): void => {
      if (this.#worker === worker) this.#listener?.(news)
    }
    worker.on('message', outcome => tell({ kind: 'done', outcome }))
    worker.on('error', (error: unknown) => tell({ kind: 'failed', error: error as Error }))
    worker.on('exit', code => {
      tell({ kind: 'failed', error: new Error(`the thread of edits ended with ${code}`) })
      if (this.#worker === worker) this.#worker = undefined
    })
    this.#worker = worker
    return worker
  }
}

/** What the thread says about the piece of work. */
type News = { readonly kind: 'done'; readonly outcome: unknown } | { readonly kind: 'failed'; readonly error: Error }

const tookTooLong = Symbol('took too long')
