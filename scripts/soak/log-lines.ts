import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { z } from 'zod'

const line = z.object({
  level: z.string(),
  event: z.string().optional(),
  why: z.union([z.string(), z.number()]).optional(),
  msg: z.string().optional(),
})

/** Lines of one kind: level, event and reason. */
export interface Kind {
  readonly kind: string
  count: number
  /** The first of them, in full. */
  readonly first: string
  /** Why they are expected. Undefined: they are not. */
  readonly expected: string | undefined
}

/** Lines at `warn` and `error` that a healthy server writes about this site and these peers. */
const expected: readonly (readonly [kind: RegExp, why: string])[] = [
  [/^warn server\.brokeOff$/, 'a server was killed before'],
  [/^warn call\.ended overflowed$/, 'the queue `tight` overflows'],
  [/^warn call\.ended timedOut$/, 'calls of phones that answer nobody time out'],
  [/^warn call\.ended unconfigured$/, 'the queue `extra` leaves the config'],
  [/^warn offer\.ended unreachable$/, 'some phones say nothing'],
  [/^warn call\.transferEnded refused$/, 'a colleague is out of the config'],
  [/^warn call\.unknownNumber$/, 'the workflow `extra` is not in the config now and then'],
  [/^warn config\.restartNeeded$/, 'the address that the kernel chose is written down'],
  [/^error config\.refused/, 'the broken file'],
]

/** The lines at `warn` and `error` of a server's log, and lines that are not log lines. */
export async function kindsOf(logs: readonly string[]): Promise<Kind[]> {
  const kinds = new Map<string, Kind>()
  const count = (kind: string, first: string): void => {
    const known = kinds.get(kind) ?? { kind, count: 0, first, expected: expected.find(([like]) => like.test(kind))?.[1] }
    known.count += 1
    kinds.set(kind, known)
  }
  for (const log of logs)
    for await (const text of createInterface({ input: createReadStream(log) })) {
      if (text === '') continue
      const read = line.safeParse(parsed(text))
      if (!read.success) count('no log line', text)
      else if (read.data.level === 'warn' || read.data.level === 'error') {
        const { level, event = '-', why = '' } = read.data
        count(`${level} ${event} ${why}`.trim(), text)
      }
    }
  return [...kinds.values()].sort((a, b) => b.count - a.count)
}

/** A line that a crash cut off is not a log line. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
