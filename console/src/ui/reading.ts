import { useEffect, useState } from 'preact/hooks'
import { newest } from '../api/answered.js'
import { get, type Answered } from '../api/client.js'
import { after } from '../clock.js'
import { recoveries } from '../live/live.js'
import { useStore } from '../store.js'

/** The delay before a path is read again after no answer came, in milliseconds. */
const tryAgainAfter = 3_000

/**
 * Reads a path, and reads it again when `path` or `again` changes, when the server is back, and every 3 s until the server answers.
 * Undefined until the path's first answer arrives.
 */
export function useReading<Value>(
  path: string | undefined,
  again?: unknown,
  ask: (path: string) => Promise<Answered<Value>> = get,
): Answered<Value> | undefined {
  const [answer, setAnswer] = useState<{ readonly path: string; readonly answered: Answered<Value> }>()
  const recovered = useStore(recoveries)
  useEffect(() => {
    if (path === undefined) return undefined
    let wanted = true
    let stopWaiting: (() => void) | undefined
    const read = async (): Promise<void> => {
      const answered = await ask(path)
      if (!wanted) return
      setAnswer(last => ({ path, answered: newest(last?.path === path ? last.answered : undefined, answered) }))
      if (answered.kind === 'unreachable') stopWaiting = after(tryAgainAfter, () => void read())
    }
    void read()
    return () => {
      wanted = false
      stopWaiting?.()
    }
  }, [path, again, recovered, ask])
  return answer !== undefined && answer.path === path ? answer.answered : undefined
}
