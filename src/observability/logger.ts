import { createWriteStream, fstatSync } from 'node:fs'
import { Writable } from 'node:stream'
import { isatty } from 'node:tty'
import winston from 'winston'
import { wallNow, type Clock } from '../foundation/clock.js'
import { logAreas, type Log, type LogArea, type LogFields, type LogLevel, type LogLevels } from '../foundation/log.js'
import { millis } from '../foundation/time.js'
import type { Mask } from './caller-mask.js'
import { WarningSampler } from './warning-sampler.js'
import { LineBuffer } from '../foundation/line-buffer.js'
import { prettyLines } from './pretty-lines.js'

interface LoggerOptions {
  /** Lines below this level are not logged, unless another level is set for their area. */
  readonly level: LogLevel
  readonly clock: Clock
  /** Writes text for people instead of JSON. `coloured`: with the colours of a terminal. Default: JSON. */
  readonly pretty?: { readonly coloured: boolean }
  /** Where the lines go. Default: standard output, written in a way that a slow reader never blocks the server. */
  readonly out?: Writable
  /** How many characters may wait for `out`. Default 8 Mi. Further lines are dropped and counted. */
  readonly maxWaiting?: number
}

/** The log, with what the app needs to manage it. */
export interface Logger {
  /** The log of the area `server`. */
  readonly log: Log
  area(area: LogArea): Log
  readonly levels: LogLevels
  /** Sets the level of an area. It takes effect at once, also for logs that exist already, and lasts until the process ends. */
  setLevel(area: LogArea, level: LogLevel): void
  /** Sets a function that changes each line from now on, to hide callers. Undefined: lines stay as they are. */
  setMask(mask: Mask | undefined): void
  /** The number of lines that were dropped because too many waited or writing failed. */
  dropped(): number
  /** Passes on all waiting lines and resolves once `out` has taken them. */
  flush(): Promise<void>
}

/** winston reads the finished text under this key. */
const messageKey: unique symbol = Symbol.for('message')
/** In characters. Waiting lines of this size are passed on at once. */
const batchSize = 64 * 1024
/** Fewer waiting lines are passed on after this time. Each batch costs two stream writes and wakes a thread. */
const gatherFor = millis(50)

/** Writes the log as JSON lines. The lines are made here, and winston gets the lines of 50 ms as one message (docs/decisions/062). */
export function createLogger(options: LoggerOptions): Logger {
  const sink = new Sink(options)
  const limits = new Map(logAreas.map(area => [area, { level: options.level }]))
  const limitOf = (area: LogArea): Limit => limits.get(area) ?? { level: options.level }
  return {
    log: new AreaLog(sink, limitOf('server')),
    area: area => new AreaLog(sink, limitOf(area)),
    get levels() {
      return Object.fromEntries(logAreas.map(area => [area, limitOf(area).level])) as unknown as LogLevels
    },
    setLevel: (area, level) => void (limitOf(area).level = level),
    setMask: mask => void (sink.mask = mask),
    dropped: () => sink.dropped,
    flush: () => sink.flush(),
  }
}

/** The level of an area. The logs of the area read it for each line, because it may change while the server runs. */
interface Limit {
  level: LogLevel
}
/** The text that follows the time in a line. */
const afterStamp: Readonly<Record<LogLevel, string>> = {
  error: 'Z","level":"error"',
  warn: 'Z","level":"warn"',
  info: 'Z","level":"info"',
  debug: 'Z","level":"debug"',
}
const rankOf: Readonly<Record<LogLevel, number>> = { error: 0, warn: 1, info: 2, debug: 3 }

/** The log of an area. A level that is off has no method, so no message is made for it. A child log costs one small object. */
class AreaLog implements Log {
  constructor(
    readonly sink: Sink,
    readonly limit: Limit,
    readonly shared = new SharedFields(),
  ) {}

  error(message: string, fields?: LogFields): void {
    this.sink.write('error', this.shared, message, fields)
  }

  warn(message: string, fields?: LogFields): void {
    if (rankOf[this.limit.level] < rankOf.warn || !this.sink.sampler.takes(fields?.event ?? message)) return
    this.sink.write('warn', this.shared, message, fields)
  }

  get info(): Log['info'] {
    return rankOf[this.limit.level] < rankOf.info ? undefined : writeInfo
  }

  get debug(): Log['debug'] {
    return rankOf[this.limit.level] < rankOf.debug ? undefined : writeDebug
  }

  child(fields: LogFields): Log {
    return new AreaLog(this.sink, this.limit, this.shared.with(fields))
  }
}

function writeInfo(this: AreaLog, message: string, fields?: LogFields): void {
  this.sink.write('info', this.shared, message, fields)
}

function writeDebug(this: AreaLog, message: string, fields?: LogFields): void {
  this.sink.write('debug', this.shared, message, fields)
}

/** Fields that all lines of a log carry, turned into text once. */
class SharedFields {
  constructor(
    readonly fields: LogFields = {},
    private readonly text: string = textOf(fields),
  ) {}

  with(fields: LogFields): SharedFields {
    return new SharedFields(Object.assign({}, this.fields, fields))
  }

  /** Adds the shared fields followed by these fields. If a field is in both, it is written once, with the value given here. */
  addWith(fields: LogFields = {}, lines: Text): void {
    for (const key in this.fields) if (fields[key] !== undefined) return addFields({ ...this.fields, ...fields }, lines)
    lines.add(this.text)
    addFields(fields, lines)
  }
}

const noFields = new SharedFields()

/** Waiting lines in the form that winston takes. */
type Batch = { readonly level: 'info'; readonly message: ''; readonly [messageKey]: string }

/** Collects lines and passes them to winston in batches. The limit counts everything that `out` has not taken yet. */
class Sink {
  readonly #options: { readonly clock: Clock; readonly maxWaiting: number }
  readonly #winston: winston.Logger
  readonly #stamp = new Timestamp()
  readonly sampler: WarningSampler
  readonly #lines = new LineBuffer()
  #scheduled = false
  /** Characters passed to winston or `out` that are not written yet. */
  #handedOver = 0
  #whenTaken: (() => void)[] = []
  dropped = 0
  mask: Mask | undefined

  constructor({ clock, pretty, out = standardOutput(), maxWaiting = 8 * 1024 * 1024 }: LoggerOptions) {
    this.#options = { clock, maxWaiting }
    this.sampler = new WarningSampler(clock, (more, of) => {
      const message = `${more} more warnings of the kind ${of} in the last minute; they were not logged one by one`
      this.write('warn', noFields, message, { event: 'log.sampled', of, more })
    })
    const lines = pretty ? prettyLines(out, pretty.coloured) : out
    const stream = new Writable({
      decodeStrings: false,
      write: (text: string, _encoding, done) => {
        lines.write(text, error => {
          this.#taken(text, error)
          done()
        })
      },
    })
    // A reader that went away (EPIPE) must not end the server. The callback of each write counts the lost lines.
    out.on('error', () => undefined)
    lines.on('error', () => undefined)
    stream.on('error', () => undefined)
    this.#winston = winston.createLogger({
      level: 'info',
      format: winston.format(batch => batch)(),
      // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- it is one; winston types it as an interface
      transports: [new winston.transports.Stream({ stream, eol: '' })],
    })
    this.#winston.on('error', () => undefined)
  }

  write(level: LogLevel, shared: SharedFields, message: string, fields: LogFields | undefined): void {
    const { clock, maxWaiting } = this.#options
    if (this.#handedOver + this.#lines.length > maxWaiting) {
      this.dropped += 1
      return
    }
    const lines = this.#lines
    const begin = lines.length
    this.#stamp.add(wallNow(clock), lines)
    lines.add(afterStamp[level])
    shared.addWith(fields, lines)
    lines.add(',"msg":')
    lines.addQuoted(message)
    lines.add('}\n')
    if (this.mask) lines.change(begin, this.mask)
    if (this.#lines.length >= batchSize) return this.#handOver()
    if (this.#scheduled) return
    this.#scheduled = true
    clock.after(gatherFor, () => {
      this.#scheduled = false
      this.#handOver()
    })
  }

  async flush(): Promise<void> {
    this.sampler.report()
    this.#handOver()
    if (this.#handedOver > 0) await new Promise<void>(resolve => this.#whenTaken.push(resolve))
  }

  #handOver(): void {
    if (this.#lines.length === 0) return
    const lines = this.#lines.take()
    const batch: Batch = { level: 'info', message: '', [messageKey]: lines }
    this.#handedOver += lines.length
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
 * Standard output. `process.stdout` buffers what a stalled pipe does not take. But it writes to files and terminals synchronously, so a
 * slow disk or Ctrl-S at the terminal would stop the server. A thread therefore writes to files and terminals.
 */
function standardOutput(): Writable {
  const isSynchronous = fstatSync(1).isFile() || isatty(1)
  return isSynchronous ? createWriteStream('/dev/stdout', { fd: 1, autoClose: false }) : process.stdout
}

/** Writes times as ISO 8601 in UTC. The text of each second is made only once. */
class Timestamp {
  #second = Number.NaN
  #text = ''

  /** Adds the beginning of a line up to the milliseconds. */
  add(ms: number, lines: Text): void {
    const second = Math.floor(ms / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#text = `{"at":"${new Date(second * 1000).toISOString().slice(0, 20)}`
    }
    lines.add(this.#text)
    lines.add(String(ms - second * 1000).padStart(3, '0'))
  }
}

/** Keys whose values never reach a log. The key is compared in lower case without `-` and `_`. */
const secret =
  /^(authorization|proxyauthorization|wwwauthenticate|proxyauthenticate|cookie|setcookie|c?nonce|nextnonce|response|ha1|crypto|sdpkey)$|password|passwd|passphrase|secret|token|privatekey$/

/** For each key: the start of its field, and whether its value is hidden. Limited to `mostKeys` entries. */
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
  addFields(fields, { add: piece => void (text += piece), addQuoted: value => void (text += JSON.stringify(value)) })
  return text
}

/** Where pieces of a line go. */
interface Text {
  add(piece: string): void
  /** As a string of JSON. */
  addQuoted(value: string): void
}

function addFields(fields: LogFields, lines: Text): void {
  for (const key in fields) {
    const value = fields[key]
    if (value === undefined) continue
    const { text, hidden } = keyOf(key)
    lines.add(text)
    if (hidden) lines.add('"[redacted]"')
    else if (typeof value === 'string') lines.addQuoted(value)
    else lines.add(typeof value === 'number' && !Number.isFinite(value) ? 'null' : String(value))
  }
}
