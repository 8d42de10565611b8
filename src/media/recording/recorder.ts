import { mkdirSync } from 'node:fs'
import { messageOf } from '../../foundation/errors.js'
import type { RecordingFault } from '../port.js'
import { Backlog } from './backlog.js'
import { Library } from './library.js'
import type { Answer, FromRecorder, Question, RecorderSetup, RecordingRules, TapeMessage } from './messages.js'
import { faultOf } from './notes.js'
import { OpenRecording } from './open-recording.js'
import { placeIn } from './places.js'
import { Room } from './room.js'

/** In ms: a recording without news for this long is complete. Its call is over, or it is paused, and a resume goes on with the file. */
const patience = 30_000
/** In looks: how often old recordings are deleted, and sizes counted again. There is a look every five seconds. */
const sweepEvery = 720

interface Open {
  readonly recording: OpenRecording
  heardAt: number
}

/** Writes all recordings, in a thread of its own, because a file system may hang. `now`: milliseconds since the epoch. */
export class Recorder {
  readonly #open = new Map<string, Open>()
  /** Calls whose recording has failed. Their sound is ignored until the next part begins. */
  readonly #failed = new Set<string>()
  readonly #library: Library
  readonly #backlog: Backlog
  readonly #room: Room
  #looks = 0

  constructor(
    private readonly setup: Pick<RecorderSetup, 'folder' | 'backlog' | 'rules'>,
    private readonly now: () => number,
    private readonly tell: (message: FromRecorder) => void,
  ) {
    this.#backlog = new Backlog(setup.backlog)
    const isOpen = (call: string): boolean => this.#open.has(call)
    this.#library = new Library(setup.folder, isOpen)
    this.#room = new Room({ folder: setup.folder, library: this.#library, isOpen, now, tell }, setup.rules)
  }

  /** Makes the folder, and completes what a crash has left. */
  start(): void {
    this.#room.guard(() => {
      mkdirSync(this.setup.folder, { recursive: true, mode: 0o700 })
      this.#library.repair()
    })
    this.#room.sweep()
    this.look()
  }

  replaceRules(rules: RecordingRules): void {
    this.#room.rules = rules
    this.#room.sweep()
    this.look()
  }

  take(message: TapeMessage): void {
    const call = message.kind === 'part' ? message.part.call : message.call
    try {
      this.#take(call, message)
    } catch (error) {
      this.#fail(call, faultOf(error), messageOf(error))
    }
    if (message.kind === 'sound') this.#backlog.written(message.bytes.length)
  }

  async answer(question: Question): Promise<void> {
    const { id } = question
    try {
      const value = await this.#answerTo(question)
      this.tell({ kind: 'answer', id, ...(value !== undefined && { value }) })
    } catch (error) {
      this.tell({ kind: 'answer', id, fault: messageOf(error) })
    }
  }

  /** Looks at the folder and its disk. Call it every five seconds. */
  look(): void {
    this.#looks += 1
    for (const [call, { heardAt }] of this.#open) if (this.now() - heardAt > patience) this.#finish(call)
    if (this.#looks % sweepEvery === 0) this.#room.sweep()
    this.#room.look(this.#openBytes())
    const { trouble, free } = this.#room
    if (trouble) for (const call of [...this.#open.keys()]) this.#fail(call, trouble.fault, trouble.why)
    const known = { ...(free !== undefined && { free }), ...(trouble && { trouble }) }
    this.tell({ kind: 'state', state: { open: this.#open.size, bytes: this.#room.bytes + this.#openBytes(), ...known } })
  }

  #openBytes(): number {
    return [...this.#open.values()].reduce((sum, { recording }) => sum + recording.bytes, 0)
  }

  /** Completes all recordings. */
  stop(): void {
    for (const call of [...this.#open.keys()]) this.#finish(call)
  }

  #take(call: string, message: TapeMessage): void {
    if (message.kind === 'part') {
      this.#failed.delete(call)
      const { trouble } = this.#room
      if (trouble) return this.#fail(call, trouble.fault, trouble.why)
      return this.#of(call, message.part)?.recording.begin(message.part)
    }
    if (message.kind === 'over') return this.#over(call, message.isLast)
    if (this.#failed.has(call)) return
    const open = this.#of(call)
    open?.recording.sound(message)
    if (open?.recording.isFull) this.#fail(call, 'full', 'the file has 4 GB')
  }

  #over(call: string, isLast: boolean): void {
    if (isLast) this.#failed.delete(call)
    if (!this.#open.has(call)) return
    if (isLast) this.#finish(call)
    else this.#of(call)?.recording.end()
  }

  /** The recording of this call, which goes on if there is one. */
  #of(call: string, part?: Extract<TapeMessage, { kind: 'part' }>['part']): Open | undefined {
    const known = this.#open.get(call)
    if (known) {
      known.heardAt = this.now()
      return known
    }
    const place = placeIn(this.setup.folder, call)
    const recording = place && OpenRecording.at(place, part)
    if (!recording) return undefined
    this.#room.add(-recording.bytes)
    const open = { recording, heardAt: this.now() }
    this.#open.set(call, open)
    return open
  }

  #finish(call: string): void {
    const open = this.#open.get(call)
    if (!open) return
    try {
      open.recording.finish()
    } catch (error) {
      return this.#fail(call, faultOf(error), messageOf(error))
    }
    this.#open.delete(call)
    this.#room.add(open.recording.bytes)
    this.tell({ kind: 'finished', call })
  }

  /** Gives up the recording. The call goes on, and what was written stays. */
  #fail(call: string, fault: RecordingFault, why: string): void {
    const open = this.#open.get(call)
    this.#open.delete(call)
    this.#failed.add(call)
    if (open) {
      this.#room.add(open.recording.bytes)
      this.#leaveAsIs(open.recording)
    }
    this.tell({ kind: 'failed', call, fault, why })
  }

  /** If even the last bytes can't be written, the next start of the thread completes the file. */
  #leaveAsIs(recording: OpenRecording): void {
    try {
      recording.finish()
    } catch {
      try {
        recording.abandon()
      } catch {
        // It was closed already.
      }
    }
  }

  #answerTo(question: Question): Answer | undefined | Promise<Answer | undefined> {
    switch (question.kind) {
      case 'find':
        return this.#library.find(question.call)
      case 'list':
        return this.#library.list(question.filter)
      case 'waveform':
        return this.#library.waveform(question.call)
      case 'remove': {
        const size = this.#library.find(question.call)?.bytes ?? 0
        if (!this.#library.remove(question.call)) return undefined
        this.#room.add(-size)
        return true
      }
    }
  }
}
