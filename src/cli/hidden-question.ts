import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import type { HiddenQuestion } from './hash-password.js'

/** Questions at a terminal. The prompt goes to `screen`; readline shows what is typed nowhere. */
export function hiddenQuestion(keyboard: NodeJS.ReadableStream, screen: NodeJS.WritableStream): HiddenQuestion {
  return prompt =>
    new Promise((resolve, reject) => {
      const nowhere = new Writable({ write: (_text, _encoding, done) => done() })
      nowhere.on('error', reject)
      const lines = createInterface({ input: keyboard, output: nowhere, terminal: true })
      lines.on('line', line => {
        resolve(line)
        lines.close()
      })
      lines.on('SIGINT', () => lines.close())
      lines.on('error', reject)
      lines.on('close', () => {
        screen.write('\n')
        reject(new Error('no line was typed'))
      })
      screen.write(prompt)
    })
}
