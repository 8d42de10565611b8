import { createInterface, type Interface } from 'node:readline'
import { Writable } from 'node:stream'

/** Asks a person for a line of text. Rejects if the person gives up. */
export type LineQuestion = (prompt: string) => Promise<string>

/** Questions to a person at a terminal. */
export interface Terminal {
  /** Asks a question. The terminal shows what the person types. */
  readonly shown: LineQuestion
  /** Asks for a password. The terminal does not show what the person types. */
  readonly hidden: LineQuestion
  /** Stops reading the keyboard. Otherwise the process would wait for more lines. */
  close(): void
}

/** Asks questions at a terminal. Prompts go to `screen`. Lines that were typed or pasted before their question are kept for it. */
export function terminal(keyboard: NodeJS.ReadableStream, screen: NodeJS.WritableStream): Terminal {
  return new Lines(keyboard, screen)
}

interface Waiting {
  resolve(line: string): void
  reject(error: Error): void
}

class Lines implements Terminal {
  #open: Interface | undefined
  #isHidden = false
  #isOver = false
  #waiting: Waiting | undefined
  readonly #typed: string[] = []

  constructor(
    private readonly keyboard: NodeJS.ReadableStream,
    private readonly screen: NodeJS.WritableStream,
  ) {}

  readonly shown: LineQuestion = prompt => this.#ask(prompt, false)
  readonly hidden: LineQuestion = prompt => this.#ask(prompt, true)

  close(): void {
    this.#open?.close()
  }

  async #ask(prompt: string, isHidden: boolean): Promise<string> {
    const lines = (this.#open ??= this.#begin())
    this.#isHidden = false
    lines.setPrompt(prompt)
    lines.prompt()
    this.#isHidden = isHidden
    const line = this.#typed.shift() ?? (await this.#next())
    if (isHidden) this.screen.write('\n')
    this.#isHidden = false
    return line
  }

  #next(): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.#isOver) reject(gaveUp())
      else this.#waiting = { resolve, reject }
    })
  }

  /** readline writes the prompt and the typed characters to the same stream, so that stream hides them while `#isHidden` is set. */
  #begin(): Interface {
    const output = new Writable({
      write: (text: Buffer, _encoding, done) => {
        if (!this.#isHidden) this.screen.write(text)
        done()
      },
    })
    const lines = createInterface({ input: this.keyboard, output, terminal: true, historySize: 0 })
    const failed = (error: Error): void => this.#waiting?.reject(error)
    output.on('error', failed)
    this.keyboard.on('error', failed)
    this.screen.on('error', failed)
    lines.on('error', failed)
    lines.on('line', line => {
      if (!this.#waiting) return void this.#typed.push(line)
      this.#waiting.resolve(line)
      this.#waiting = undefined
    })
    lines.on('SIGINT', () => lines.close())
    lines.on('close', () => {
      this.#isOver = true
      if (!this.#waiting) return
      this.screen.write('\n')
      this.#waiting.reject(gaveUp())
    })
    return lines
  }
}

const gaveUp = (): Error => new Error('no line was typed')
