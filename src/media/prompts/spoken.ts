import { TimerSet, type Clock } from '../../foundation/clock.js'
import { fault, type Result } from '../../foundation/result.js'
import { seconds } from '../../foundation/time.js'
import { Turns, type TurnTaker } from '../../foundation/turns.js'
import { newWorker } from '../worker/helper.js'
import { endWork } from './prompts-messages.js'
import type { SpeechSettings } from './speech.js'

/** The input of the thread. */
export interface SpokenWork {
  readonly speech: SpeechSettings
  readonly text: string
  readonly language: string
}

/** The built-in voice needs a second for a minute of speech. A program is ended after 30 s. */
const longest = seconds(40)
/** How long a program may take to end. */
const grace = seconds(1)

/** Speaks texts that somebody tries before callers hear them. One at a time, each in a thread of its own. */
export class SpokenTexts {
  readonly #turns = new Turns()
  readonly #timers: TimerSet<'longest' | 'grace'>

  constructor(
    clock: Clock,
    private readonly speech: SpeechSettings,
  ) {
    this.#timers = new TimerSet(clock)
  }

  /** A WAV for a telephone, or why the text can't be spoken. */
  speak(text: string, language: string, who: TurnTaker): Promise<Result<Uint8Array>> {
    return this.#turns.run(() => this.#speak({ speech: this.speech, text, language }), who)
  }

  #speak(work: SpokenWork): Promise<Result<Uint8Array>> {
    const worker = newWorker(new URL('./spoken-worker', import.meta.url), work)
    this.#timers.start('longest', longest, () => {
      worker.postMessage(endWork)
      this.#timers.start('grace', grace, () => void worker.terminate())
    })
    return new Promise(resolve => {
      let outcome: Result<Uint8Array> = fault('it took too long')
      worker.on('message', (news: Result<Uint8Array>) => (outcome = news))
      worker.on('error', error => (outcome = fault(`the thread failed: ${error.message}`)))
      worker.on('exit', () => {
        this.#timers.stopAll()
        resolve(outcome)
      })
    })
  }
}
