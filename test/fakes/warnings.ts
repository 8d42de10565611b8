import type { LogFields } from '../../src/foundation/log.js'
import { messagesOf, spiedLog } from './spies.js'

/** A log whose warnings a test reads. */
export class Warnings {
  readonly log = spiedLog()

  get lines(): readonly { readonly message: string; readonly fields: LogFields }[] {
    return this.log.warn.args.map(([message, fields = {}]) => ({ message, fields }))
  }

  get messages(): readonly string[] {
    return messagesOf(this.log.warn)
  }
}
