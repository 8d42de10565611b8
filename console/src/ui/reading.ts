import { useEffect, useState } from 'preact/hooks'
import { get, type Answered } from '../api/client.js'

/** Reads a path, and reads it again when `path` or `again` changes. Undefined until the path's first answer arrives. */
export function useReading<Value>(path: string | undefined, again?: unknown): Answered<Value> | undefined {
  const [answer, setAnswer] = useState<{ readonly path: string; readonly answered: Answered<Value> }>()
  useEffect(() => {
    if (path === undefined) return undefined
    let wanted = true
    void get<Value>(path).then(answered => {
      if (wanted) setAnswer({ path, answered })
    })
    return () => void (wanted = false)
  }, [path, again])
  return answer !== undefined && answer.path === path ? answer.answered : undefined
}
