import { useState } from 'preact/hooks'
import type { Answered } from '../api/client.js'
import { useMessages } from '../language/language.js'
import { useAction } from './action.js'

/** Sends changes to the server, one after another, and stops at the first that fails. Callers disable their buttons while `asking`. */
export function useChange(): {
  readonly asking: boolean
  readonly refused: string | undefined
  readonly ask: (...changes: readonly (() => Promise<Answered<unknown>>)[]) => void
} {
  const { failed } = useMessages()
  const { busy, run } = useAction()
  const [refused, setRefused] = useState<string>()
  const send = async (changes: readonly (() => Promise<Answered<unknown>>)[]): Promise<void> => {
    setRefused(undefined)
    for (const change of changes) {
      const answer = await change()
      if (answer.kind === 'ok') continue
      setRefused(answer.kind === 'problem' ? failed.refused(answer.detail) : failed.unreachable)
      break
    }
  }
  return { asking: busy, refused, ask: (...changes) => run(() => send(changes)) }
}
