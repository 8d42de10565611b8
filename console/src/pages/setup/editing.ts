import { useState } from 'preact/hooks'
import { post } from '../../api/client.js'
import type { EditOutcome } from '../../api/documents.js'
import { useMessages } from '../../language/language.js'
import { useAction } from '../../ui/action.js'

/** An edit that a person plans, and then makes. */
export interface Asking {
  /** The server's answer to the last plan or edit. Undefined: there was none, it was refused, or the edit is done. */
  readonly outcome: EditOutcome | undefined
  readonly refused: string | undefined
  readonly busy: boolean
  readonly plan: () => void
  readonly make: () => void
  /** Forgets the last answer. */
  readonly leave: () => void
}

interface AskingOptions {
  /** The body of the request. */
  readonly asked: () => unknown
  readonly made: () => void
  /** Somebody else has changed the file meanwhile. */
  readonly stale?: () => void
}

export function useAsking({ asked, made, stale = () => undefined }: AskingOptions): Asking {
  const { failed } = useMessages()
  const [outcome, setOutcome] = useState<EditOutcome>()
  const [refused, setRefused] = useState<string>()
  const { busy, run } = useAction()
  const ask = async (path: string): Promise<void> => {
    const answer = await post<EditOutcome>(path, asked())
    const isMade = answer.kind === 'ok' && answer.value.id !== null
    setOutcome(answer.kind === 'ok' && !isMade ? answer.value : undefined)
    if (answer.kind === 'ok') setRefused(undefined)
    else setRefused(answer.kind === 'problem' ? failed.refused(answer.detail) : failed.unreachable)
    if (isMade) made()
    if (answer.kind === 'problem' && answer.status === 409) stale()
  }
  return {
    ...{ outcome, refused, busy },
    plan: () => run(() => ask('/api/config/edits/plan')),
    make: () => run(() => ask('/api/config/edits')),
    leave: () => setOutcome(undefined),
  }
}
