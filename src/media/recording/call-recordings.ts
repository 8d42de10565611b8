import { existsSync } from 'node:fs'
import { TimerSet, type Clock } from '../../foundation/clock.js'
import type { Log } from '../../foundation/log.js'
import { OnceAMinute } from '../../foundation/once-a-minute.js'
import { seconds } from '../../foundation/time.js'
import type { RecordingFilter, RecordingPage, Recordings, RecordingStatistics, StoredRecording, Waveform } from '../port.js'
import { beginThread, type Begin, type Helper } from '../worker/helper.js'
import { Backlog } from './backlog.js'
import type { Answer, FolderState, FromRecorder, Question, RecordingRules, ToRecorder } from './messages.js'
import { placeIn } from './places.js'
import { Questions } from './questions.js'
import type { TapesSetup } from './tapes.js'

interface CallRecordingsOptions {
  /** An absolute path. */
  readonly folder: string
  readonly clock: Clock
  readonly log: Log
  /** Random bytes that nobody can guess. */
  readonly random: (size: number) => Uint8Array
  /** Nothing more of this call is recorded, because of a fault. */
  readonly failed: (call: string) => void
  /** Starts the thread. Tests start another one. */
  readonly begin?: Begin<ToRecorder, FromRecorder>
}

const restartAfter = seconds(1)
/** Before the thread's first look. */
const noState: FolderState = { open: 0, bytes: 0 }

/** The recordings of calls, for the rest of the server. A thread writes and reads them. */
export class CallRecordings implements Recordings {
  readonly #backlog = new Backlog()
  /** How the media thread reaches the recording thread. */
  readonly tapes: TapesSetup
  readonly #timers: TimerSet<'restart'>
  readonly #questions: Questions
  readonly #warnings: OnceAMinute
  readonly #figures = { state: noState, finished: 0, expired: 0, failed: { full: 0, gone: 0, unwritable: 0 } }
  #helper: Helper<ToRecorder> | undefined
  /** Undefined: no call may be recorded, and nothing was recorded before. */
  #rules: RecordingRules | undefined
  /** Set while we stop. */
  #ended: (() => void) | undefined

  constructor(private readonly options: CallRecordingsOptions) {
    this.#timers = new TimerSet(options.clock)
    this.#questions = new Questions(options.clock)
    const channel = `recordings ${Buffer.from(options.random(12)).toString('hex')}`
    this.tapes = { channel, backlog: this.#backlog.shared }
    this.#warnings = new OnceAMinute(options.clock, options.log, 'recordings that failed')
  }

  /** Applies the rules of the config. `isNeeded`: some call may be recorded. Without that, only older recordings are kept. */
  keep(rules: RecordingRules, isNeeded: boolean): void {
    if (!this.#rules && !isNeeded && !existsSync(this.options.folder)) return
    const isFirst = !this.#rules
    this.#rules = rules
    if (isFirst) this.#start(rules)
    else this.#helper?.tell({ kind: 'rules', rules })
  }

  #start(rules: RecordingRules): void {
    const { begin = beginThread(new URL('./worker', import.meta.url)), folder, log } = this.options
    this.#backlog.clear()
    this.#helper = begin({
      heard: message => this.#heard(message),
      failed: error =>
        log.error(`the recording thread failed: ${error.message}`, { event: 'recording.broken', stack: error.stack }),
      ended: why => this.#threadEnded(why),
    })
    this.#helper.tell({ folder, ...this.tapes, rules })
  }

  /** Resolves when all recordings are complete. */
  async stop(): Promise<void> {
    this.#timers.stopAll()
    const helper = this.#helper
    if (!helper) return
    await new Promise<void>(resolve => {
      this.#ended = resolve
      helper.tell({ kind: 'stop' })
    })
  }

  async find(call: string): Promise<StoredRecording | undefined> {
    return (await this.#ask(id => ({ kind: 'find', id, call }))) as StoredRecording | undefined
  }

  async list(filter: RecordingFilter): Promise<RecordingPage> {
    return (
      ((await this.#ask(id => ({ kind: 'list', id, filter }))) as RecordingPage | undefined) ?? { recordings: [], more: false }
    )
  }

  async waveform(call: string): Promise<Waveform | undefined> {
    return (await this.#ask(id => ({ kind: 'waveform', id, call }))) as Waveform | undefined
  }

  async remove(call: string): Promise<true | undefined> {
    return (await this.#ask(id => ({ kind: 'remove', id, call }))) as true | undefined
  }

  soundOf(call: string): string | undefined {
    const sound = placeIn(this.options.folder, call)?.sound
    return sound !== undefined && existsSync(sound) ? sound : undefined
  }

  /** What does not work, in words for the server's health page. */
  troubles(): readonly string[] {
    const { trouble } = this.#figures.state
    return trouble ? [`recordings: no call is recorded (${trouble.fault})`] : []
  }

  statistics(): RecordingStatistics {
    const { state, ...counts } = this.#figures
    return { open: state.open, bytes: state.bytes, ...counts, piecesDropped: this.#backlog.dropped }
  }

  #ask(question: (id: number) => Question): Promise<Answer | undefined> {
    if (!this.#rules) return Promise.resolve(undefined)
    const helper = this.#helper
    if (!helper) return Promise.reject(new Error('the recording thread is being started'))
    return this.#questions.ask(id => helper.tell(question(id)))
  }

  #heard(message: FromRecorder): void {
    switch (message.kind) {
      case 'answer':
        return this.#questions.answered(message)
      case 'finished':
        this.#figures.finished += 1
        return
      case 'expired':
        this.#figures.expired += message.count
        this.options.log.info?.(`${message.count} recordings were deleted: ${expiredBecause[message.because]}`, {
          event: 'recording.expired',
          count: message.count,
        })
        return
      case 'failed':
        return this.#failed(message)
      case 'state':
        return this.#stateIs(message.state)
    }
  }

  #failed({ call, fault, why }: Extract<FromRecorder, { kind: 'failed' }>): void {
    this.#figures.failed[fault] += 1
    this.#warnings.warn(`failed ${fault}`, () => `a call is not recorded any more, and goes on (${fault}): ${why}`, {
      event: 'recording.failed',
      callId: call,
      fault,
      why,
      folder: this.options.folder,
    })
    this.options.failed(call)
  }

  #stateIs(state: FolderState): void {
    const [before, now] = [this.#figures.state.trouble, state.trouble]
    this.#figures.state = state
    const { log, folder } = this.options
    if (now && before?.fault !== now.fault)
      log.error(`no call is recorded (${now.fault}): ${now.why}`, { event: 'recording.trouble', fault: now.fault, folder })
    if (before && !now) log.info?.('calls are recorded again', { event: 'recording.works', folder })
  }

  #threadEnded(why: string): void {
    this.#helper = undefined
    this.#questions.giveUp('the recording thread has ended')
    if (this.#ended) return this.#ended()
    this.options.log.error(`the recording thread ended, a new one follows: ${why}`, { event: 'recording.threadEnded' })
    const rules = this.#rules
    if (rules) this.#timers.start('restart', restartAfter, () => this.#start(rules))
  }
}

const expiredBecause = { keep: 'they were older than recordings.keep', quota: 'recordings.quota was reached' } as const
