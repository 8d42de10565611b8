import { useEffect, useState } from 'preact/hooks'
import type { Answered } from '../api/client.js'
import { useMessages } from '../language/language.js'
import { recoveries } from '../live/live.js'
import { useStore } from '../store.js'
import { useAction } from './action.js'

/** Sends changes to the server, one after another, and stops at the first that fails. Callers disable their buttons while `asking`. */
export function useChange(): {
  readonly asking: boolean
  readonly refused: string | undefined
  readonly ask: (...changes: readonly (() => Promise<Answered<unknown>>)[]) => void
} {
  const { failed } = useMessages()
  const { busy, run } = useAction()
  const [answer, setAnswer] = useState<Answered<unknown>>()
  const recovered = useStore(recoveries)
  useEffect(() => setAnswer(last => (last?.kind === 'unreachable' ? undefined : last)), [recovered])
  const send = async (changes: readonly (() => Promise<Answered<unknown>>)[]): Promise<void> => {
    setAnswer(undefined)
    for (const change of changes) {
      const answer = await change()
      setAnswer(answer)
      if (answer.kind !== 'ok') break
    }
  }
  const refused =
    answer?.kind === 'problem' ? failed.refused(answer.detail) : answer?.kind === 'unreachable' ? failed.unreachable : undefined
  return { asking: busy, refused, ask: (...changes) => run(() => send(changes)) }
}
