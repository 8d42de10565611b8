import { TimerSet, type Clock } from '../../foundation/clock.js'
import { seconds } from '../../foundation/time.js'
import type { Answer, FromRecorder, Question } from './messages.js'

interface Asked {
  readonly resolve: (value: Answer | undefined) => void
  readonly reject: (error: Error) => void
}

/** A folder that does not answer within this time hangs. */
const patience = seconds(15)

/** Questions to the recording thread that have no answer yet. */
export class Questions {
  readonly #asked = new Map<number, Asked>()
  readonly #timers: TimerSet<number>
  #lastId = 0

  constructor(clock: Clock) {
    this.#timers = new TimerSet(clock)
  }

  /** Rejects if no answer comes in time. */
  ask(send: (id: Question['id']) => void): Promise<Answer | undefined> {
    return new Promise((resolve, reject) => {
      const id = (this.#lastId += 1)
      this.#asked.set(id, { resolve, reject })
      this.#timers.start(id, patience, () => this.answered({ id, fault: 'the folder of the recordings does not answer' }))
      send(id)
    })
  }

  answered({ id, value, fault }: Omit<Extract<FromRecorder, { kind: 'answer' }>, 'kind'>): void {
    const asked = this.#asked.get(id)
    this.#asked.delete(id)
    this.#timers.stop(id)
    if (fault === undefined) asked?.resolve(value)
    else asked?.reject(new Error(fault))
  }

  /** The thread is gone. */
  giveUp(fault: string): void {
    for (const id of [...this.#asked.keys()]) this.answered({ id, fault })
  }
}
