import type { RecordingFilter, RecordingPage, Recordings, StoredRecording, Waveform } from '../../src/media/port.js'

/** The recordings that a test puts here. */
export class FakeRecordings implements Recordings {
  readonly stored = new Map<string, StoredRecording>()
  /** The files with the sounds, by call. */
  readonly sounds = new Map<string, string>()
  /** What was asked for, in order. */
  readonly filters: RecordingFilter[] = []
  /** Why nothing can be read. */
  trouble: string | undefined

  find(call: string): Promise<StoredRecording | undefined> {
    return this.trouble === undefined ? Promise.resolve(this.stored.get(call)) : Promise.reject(new Error(this.trouble))
  }

  list(filter: RecordingFilter): Promise<RecordingPage> {
    this.filters.push(filter)
    return Promise.resolve({
      recordings: [...this.stored.values()].slice(0, filter.limit),
      more: this.stored.size > filter.limit,
    })
  }

  waveform(call: string): Promise<Waveform | undefined> {
    return Promise.resolve(this.stored.has(call) ? { caller: [0.5], agent: [0.25] } : undefined)
  }

  soundOf(call: string): string | undefined {
    return this.sounds.get(call)
  }

  remove(call: string): Promise<true | undefined> {
    return Promise.resolve(this.stored.delete(call) ? true : undefined)
  }
}
