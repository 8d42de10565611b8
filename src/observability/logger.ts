import { createWriteStream, fstatSync } from 'node:fs'
import { Writable } from 'node:stream'
import winston from 'winston'
import { wallNow, type Clock } from '../foundation/clock.js'
import type { Log, LogFields } from '../foundation/log.js'
import { millis } from '../foundation/time.js'

export type LogLevel = 'error' | 'warn' | 'info' | 'debug'

export interface LoggerOptions {
  /** What is less than this is not logged. */
  readonly level: LogLevel
  readonly clock: Clock
  /** Where the lines go. Default: standard output, in a way that a slow reader never stops the server. */
  readonly out?: Writable
  /** What may wait for `out`, in characters. Default 8 Mi; lines beyond are dropped and counted. */
  readonly maxWaiting?: number
}

/** The log with what its owner, the app, needs of it. */
export interface Logger {
  readonly log: Log
  /** Lines that found no room or no reader. */
  dropped(): number
  /** Hands over what is gathered and waits until `out` took it. */
  flush(): Promise<void>
}

/** Where winston looks for the finished text. */
const messageKey: unique symbol = Symbol.for('message')
/** Gathered lines are handed over at this size at once. */
const batchSize = 64 * 1024
/** Else after this long: each hand-over costs two streams and wakes a thread. */
const gatherFor = millis(20)

/**
 * The log as JSON lines through winston. Winston's own way costs 2.5 to 4 µs a line in streams and objects, and a call has up to
 * eight lines: so lines are made here, 1.5 µs each, and winston is given those of 20 ms as one message.
 */
export function createLogger(options: LoggerOptions): Logger {
  const sink = new Sink(options)
  return { log: new logOf[options.level](sink, new Context()), dropped: () => sink.dropped, flush: () => sink.flush() }
}

/** One class for each level, each with one method more: a level that is off has no method, and a child costs one small object. */
class ErrorLog implements Log {
  constructor(
    protected readonly sink: Sink,
    protected readonly context: Context,
  ) {}

  error(message: string, fields?: LogFields): void {
    this.sink.write('error', this.context, message, fields)
  }

  warn(_message: string, _fields?: LogFields): void {
    // Only errors are logged.
  }

  child(fields: LogFields): Log {
    return new ErrorLog(this.sink, this.context.with(fields))
  }
}

class WarnLog extends ErrorLog {
  override warn(message: string, fields?: LogFields): void {
    this.sink.write('warn', this.context, message, fields)
  }

  override child(fields: LogFields): Log {
    return new WarnLog(this.sink, this.context.with(fields))
  }
}

class InfoLog extends WarnLog {
  info(message: string, fields?: LogFields): void {
    this.sink.write('info', this.context, message, fields)
  }

  override child(fields: LogFields): Log {
    return new InfoLog(this.sink, this.context.with(fields))
  }
}

class DebugLog extends InfoLog {
  debug(message: string, fields?: LogFields): void {
    this.sink.write('debug', this.context, message, fields)
  }

  override child(fields: LogFields): Log {
    return new DebugLog(this.sink, this.context.with(fields))
  }
}

const logOf: Record<LogLevel, new (sink: Sink, context: Context) => Log> = {
  error: ErrorLog,
  warn: WarnLog,
  info: InfoLog,
  debug: DebugLog,
}

/** Fields that all lines of a log carry, turned into text once. */
class Context {
  constructor(
    readonly fields: LogFields = {},
    readonly text: string = textOf(fields),
  ) {}

  with(fields: LogFields): Context {
    return new Context(Object.assign({}, this.fields, fields))
  }

  /** The context's text with these fields behind it; one that stands in both is written once, as here. */
  textWith(fields: LogFields): string {
    for (const key in this.fields) if (fields[key] !== undefined) return textOf({ ...this.fields, ...fields })
    return this.text + textOf(fields)
  }
}

/** Gathered lines as winston takes them. */
type Batch = { readonly level: 'info'; readonly message: ''; readonly [messageKey]: string }

/** Gathers lines and gives them to winston together; bounded by what `out` has not taken yet. */
class Sink {
  readonly #clock: Clock
  readonly #winston: winston.Logger
  readonly #maxWaiting: number
  readonly #stamp = new Timestamp()
  #lines = ''
  #scheduled = false
  /** Characters that winston or `out` has and that are not written yet. */
  #handedOver = 0
  #whenTaken: (() => void)[] = []
  dropped = 0

  constructor({ clock, out = standardOutput(), maxWaiting = 8 * 1024 * 1024 }: LoggerOptions) {
    this.#clock = clock
    this.#maxWaiting = maxWaiting
    const stream = new Writable({
      decodeStrings: false,
      write: (lines: string, _encoding, done) => {
        out.write(lines, error => {
          this.#taken(lines, error)
          done()
        })
      },
    })
    // A reader that went away (EPIPE) must not end the server: each write's own answer counts what is lost.
    out.on('error', () => undefined)
    stream.on('error', () => undefined)
    this.#winston = winston.createLogger({
      level: 'info',
      format: winston.format(batch => batch)(),
      // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- it is one; winston types it as an interface
      transports: [new winston.transports.Stream({ stream, eol: '' })],
    })
    this.#winston.on('error', () => undefined)
  }

  write(level: LogLevel, context: Context, message: string, fields: LogFields | undefined): void {
    if (this.#handedOver + this.#lines.length > this.#maxWaiting) {
      this.dropped += 1
      return
    }
    const all = fields ? context.textWith(fields) : context.text
    this.#lines += `{"at":"${this.#stamp.of(wallNow(this.#clock))}","level":"${level}"${all},"msg":${quoted(message)}}\n`
    if (this.#lines.length >= batchSize) return this.#handOver()
    if (this.#scheduled) return
    this.#scheduled = true
    this.#clock.after(gatherFor, () => {
      this.#scheduled = false
      this.#handOver()
    })
  }

  async flush(): Promise<void> {
    this.#handOver()
    if (this.#handedOver > 0) await new Promise<void>(resolve => this.#whenTaken.push(resolve))
  }

  #handOver(): void {
    if (this.#lines === '') return
    const batch: Batch = { level: 'info', message: '', [messageKey]: this.#lines }
    this.#handedOver += this.#lines.length
    this.#lines = ''
    this.#winston.write(batch)
  }

  #taken(lines: string, error: Error | null | undefined): void {
    this.#handedOver -= lines.length
    if (error) this.dropped += lines.split('\n').length - 1
    if (this.#handedOver > 0) return
    const resolvers = this.#whenTaken
    this.#whenTaken = []
    for (const resolve of resolvers) resolve()
  }
}

/**
 * `process.stdout` gathers what a stalled pipe does not take, but writes to files synchronously, where a slow disk would stop the
 * server: a file is written by a thread instead.
 */
function standardOutput(): Writable {
  return fstatSync(1).isFile() ? createWriteStream('/dev/stdout', { fd: 1, autoClose: false }) : process.stdout
}

/** ISO 8601 in UTC; the text of a second is made once. */
class Timestamp {
  #second = Number.NaN
  #text = ''

  of(ms: number): string {
    const second = Math.floor(ms / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#text = new Date(second * 1000).toISOString().slice(0, 20)
    }
    return `${this.#text}${String(ms - second * 1000).padStart(3, '0')}Z`
  }
}

/** Keys whose values never reach a log, whatever their spelling: `proxy-authorization` is `proxyauthorization` here. */
const secret =
  /^(authorization|proxyauthorization|wwwauthenticate|proxyauthenticate|cookie|setcookie|c?nonce|nextnonce|response|ha1|crypto|sdpkey)$|password|passwd|passphrase|secret|token|privatekey$/

/** Per key of our code: how it begins a field, and whether its value is left out. Bounded by `mostKeys`. */
const keys = new Map<string, { readonly text: string; readonly hidden: boolean }>()
const mostKeys = 1_000

function keyOf(key: string): { readonly text: string; readonly hidden: boolean } {
  const known = keys.get(key)
  if (known) return known
  const made = { text: `,${JSON.stringify(key)}:`, hidden: secret.test(key.toLowerCase().replaceAll(/[-_]/g, '')) }
  if (keys.size < mostKeys) keys.set(key, made)
  return made
}

function textOf(fields: LogFields): string {
  let text = ''
  for (const key in fields) {
    const value = fields[key]
    if (value === undefined) continue
    const { text: begin, hidden } = keyOf(key)
    text += begin + (hidden ? '"[redacted]"' : valueOf(value))
  }
  return text
}

function valueOf(value: string | number | boolean): string {
  if (typeof value === 'string') return quoted(value)
  return typeof value === 'number' && !Number.isFinite(value) ? 'null' : String(value)
}

/** What JSON must escape: quotes, backslashes, control characters, lone surrogates. */
const needsEscape = /["\\\u0000-\u001f\ud800-\udfff]/

const quoted = (text: string): string => (needsEscape.test(text) ? JSON.stringify(text) : `"${text}"`)
