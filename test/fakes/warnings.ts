import { silentLog, type Log, type LogFields } from '../../src/foundation/log.js'

/** A log that records its warnings. */
export class Warnings {
  readonly lines: { readonly message: string; readonly fields: LogFields }[] = []
  readonly log: Log = {
    ...silentLog,
    warn: (message, fields = {}) => void this.lines.push({ message, fields }),
    child: () => this.log,
  }

  get messages(): readonly string[] {
    return this.lines.map(({ message }) => message)
  }
}
