import { Writable } from 'node:stream'
import { styleText } from 'node:util'

/** Fields that repeat what the text of a line says, or that only programs need. */
const leftOut = new Set(['at', 'level', 'msg', 'event'])
const colours = { error: 'red', warn: 'yellow', info: 'green', debug: 'gray' } as const

/**
 * Turns the JSON lines of the log into text for people: local time, level, message and fields. This costs as much as making the lines, so
 * it is only for a terminal. `coloured`: with the colours of a terminal.
 */
export function prettyLines(out: Writable, coloured: boolean): Writable {
  const lines = new Writable({
    decodeStrings: false,
    // Each write holds whole lines.
    write: (batch: string, _encoding, done) => {
      const text = batch
        .split('\n')
        .map(line => (line === '' ? '' : prettyLine(line, coloured)))
        .join('\n')
      out.write(text, done)
    },
  })
  // Ignored here, because the callback of each write reports the error.
  lines.on('error', () => undefined)
  return lines
}

function prettyLine(line: string, coloured: boolean): string {
  const fields = JSON.parse(line) as Readonly<Record<string, unknown>>
  const { at, level, msg } = fields
  const rest = Object.entries(fields).flatMap(([key, value]) => (leftOut.has(key) ? [] : [`${key}=${valueOf(value)}`]))
  const style = coloured ? styleOf(String(level)) : plain
  return [timeOf(String(at)), style(String(level).padEnd(5)), visible(msg), ...(coloured ? rest.map(dim) : rest)].join(' ')
}

/** styleText must not check the stream, because `coloured` decides about colours. */
const whatever = { validateStream: false }
const plain = (text: string): string => text
const dim = (text: string): string => styleText('dim', text, whatever)
const styleOf =
  (level: string) =>
  (text: string): string =>
    level in colours ? styleText(colours[level as keyof typeof colours], text, whatever) : text

/** The time of day in the local time zone, with milliseconds. */
function timeOf(at: string): string {
  const date = new Date(at)
  const [time = ''] = date.toTimeString().split(' ')
  return `${time}.${String(date.getMilliseconds()).padStart(3, '0')}`
}

/** Escapes characters that a terminal would obey or that look like a new line, as JSON does. Callers choose their names and URIs. */
const visible = (text: unknown): string =>
  String(text).replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    character => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  )

/** A value of a field. It is in quotes if it could be taken for further fields. */
const valueOf = (value: unknown): string => visible(/[\s"=\\]/.test(String(value)) ? JSON.stringify(value) : value)
