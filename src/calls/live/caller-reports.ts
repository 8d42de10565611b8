import type { Digit, MediaPlaces } from '../../media/port.js'
import type { PromptId } from '../../routing/index.js'
import { tellMuted } from '../no-media.js'
import type { CallerLeft, CallerListener } from './caller-listener.js'
import type { Participant } from './participant.js'
import type { Live } from './phases.js'

/** Turns what a caller reports into inputs of the call and events of the core. This is a class, because ten functions for each call take 1 kB. */
export class CallerReports implements CallerListener {
  constructor(private readonly live: Live) {}

  heard(prompt: PromptId): void {
    this.live.context.post({ kind: 'promptFinished', call: this.live.id, prompt })
  }

  pressed(digit: Digit): void {
    this.live.context.post({ kind: 'digitPressed', call: this.live.id, digit })
  }

  taken(caller: Participant): void {
    this.live.take({ kind: 'callerTaken', caller })
  }

  notTaken(status: number): void {
    this.live.take({ kind: 'callerNotTaken', status })
  }

  refused(): void {
    this.live.take({ kind: 'callerFailed' })
  }

  mediaBroke(): void {
    this.live.take({ kind: 'callerFailed' })
  }

  left(how: CallerLeft): void {
    this.live.take({ kind: 'callerLeft', how })
  }

  muted(places: MediaPlaces): void {
    tellMuted(this.live.context.log, this.live.id, places)
  }

  settled(how: Parameters<CallerListener['settled']>[0]): void {
    this.live.context.listener.callerNews(this.live.id, how)
  }

  cutOff(): void {
    this.live.context.listener.cutOff(this.live.id)
  }
}
