import type { StreamListener } from '../../../src/media/port.js'
import type { PromptId } from '../../../src/routing/world/ids.js'

/** What a stream reports, and a way to wait for it. */
export class Told implements StreamListener {
  readonly all: string[] = []
  #waiting: (() => void) | undefined

  finished = (prompt: PromptId): void => this.#tell(`finished ${prompt}`)
  digit = (digit: string): void => this.#tell(digit)
  lost = (): void => this.#tell('lost')

  async until(what: string): Promise<void> {
    while (!this.all.includes(what)) await new Promise<void>(resolve => (this.#waiting = resolve))
  }

  #tell(what: string): void {
    this.all.push(what)
    this.#waiting?.()
  }
}
