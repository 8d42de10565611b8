import type { Media, Opened } from './port.js'

/** `media: {engine: none}`: signalling only. Callers hear ringback until an agent answers. */
export class NoMedia implements Media {
  readonly streams = 0

  speaks(): boolean {
    return false
  }

  faultOf(): undefined {
    return undefined
  }

  open(): Opened {
    return { kind: 'unsupported', because: 'this server has no media of its own' }
  }

  relayFault(): string {
    return 'this server has no media of its own'
  }

  anchor(): undefined {
    return undefined
  }

  stop(): Promise<void> {
    return Promise.resolve()
  }
}
