import { useState } from 'preact/hooks'
import type { Answered } from '../api/client.js'
import { useMessages } from '../language/language.js'

/** Sends changes to the server, one after another, and stops at the first that fails. Callers disable their buttons while `asking`. */
export function useChange(): {
  readonly asking: boolean
  readonly refused: string | undefined
  readonly ask: (...changes: readonly (() => Promise<Answered<unknown>>)[]) => void
} {
  const { failed } = useMessages()
  const [asking, setAsking] = useState(false)
  const [refused, setRefused] = useState<string>()
  const run = async (changes: readonly (() => Promise<Answered<unknown>>)[]): Promise<void> => {
    setAsking(true)
    setRefused(undefined)
    for (const change of changes) {
      const answer = await change()
      if (answer.kind === 'ok') continue
      setRefused(answer.kind === 'problem' ? failed.refused(answer.detail) : failed.unreachable)
      break
    }
    setAsking(false)
  }
  return { asking, refused, ask: (...changes) => void run(changes) }
}
