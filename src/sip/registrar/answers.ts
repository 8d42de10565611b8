import type { Clock } from '../../foundation/clock.js'
import type { Log } from '../../foundation/log.js'
import type { ExtraHeader } from '../../legs/body.js'
import { buildResponse } from '../message/build.js'
import { RefusalLog } from '../refusal-log.js'
import { Tokens, type RandomBytes } from '../transaction/tokens.js'
import type { ServerTransaction } from '../transaction/user.js'

interface AnswersOptions {
  readonly clock: Clock
  readonly log: Log
  readonly random: RandomBytes
  /** Counts a refused request. `why`: the label. */
  readonly reject: (why: string) => void
}

/** Answers REGISTERs. Refusals are counted and logged. */
export class Answers {
  readonly #tokens: Tokens
  readonly #refusals: RefusalLog

  constructor(private readonly options: AnswersOptions) {
    this.#tokens = new Tokens(options.random)
    this.#refusals = new RefusalLog(options.clock, options.log)
  }

  send(transaction: ServerTransaction, status: number, headers: readonly ExtraHeader[]): void {
    transaction.respond(buildResponse(transaction.request, status, { toTag: this.#tokens.tag(), headers }))
  }

  /** `why`: the label for counting. Undefined: the refusal is not counted, because it is part of the protocol, such as a first challenge. */
  refuse(transaction: ServerTransaction, status: number, headers: readonly ExtraHeader[], why: string | undefined): void {
    const { source, request } = transaction
    if (why !== undefined) {
      this.options.reject(why)
      this.#refusals.tell(request, source, status, why)
    }
    this.send(transaction, status, headers)
  }
}
