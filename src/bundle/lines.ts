import { createReadStream } from 'node:fs'

/** In characters. The longest line is the header of a journal, which holds a whole world. Even the largest site stays far below this. */
const longestLine = 256 * 1024 * 1024

/** The lines of a text file, without their ends. Rejects with the line number if a line is longer than `longest`. */
export async function* linesOf(file: string, longest = longestLine): AsyncGenerator<string> {
  const chunks: AsyncIterable<string> = createReadStream(file, { encoding: 'utf8', highWaterMark: 1024 * 1024 })
  let parts: string[] = []
  let size = 0
  let number = 1
  for await (const chunk of chunks) {
    const [rest = '', ...lines] = chunk.split('\n').reverse()
    for (const end of lines.reverse()) {
      yield parts.join('') + end
      parts = []
      size = 0
      number += 1
    }
    parts.push(rest)
    size += rest.length
    if (size > longest) throw new Error(`line ${number} is longer than ${longest} characters: this is not a journal`)
  }
  if (size > 0) yield parts.join('')
}
