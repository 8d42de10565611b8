import type { ComponentChildren, VNode } from 'preact'
import type { Answered } from '../api/client.js'
import { useMessages } from '../language/language.js'
import { connection, world } from '../live/live.js'
import { emptyWorld } from '../live/world.js'
import { useStore } from '../store.js'
import { Empty, Refusal } from './parts.js'

interface NotReadProps {
  readonly answer: Exclude<Answered<unknown>, { readonly kind: 'ok' }> | undefined
  /** Shown if the server does not have the document (404). */
  readonly unknown?: ComponentChildren
}

/** Shown instead of a document that was not read: it is loading, missing or refused, or the server can't be reached. */
export function NotRead({ answer, unknown }: NotReadProps): VNode {
  const { loading, failed } = useMessages()
  if (!answer) return <Empty>{loading}</Empty>
  if (answer.kind === 'unreachable') return <Empty>{failed.trying}</Empty>
  if (answer.status === 404 && unknown !== undefined) return <>{unknown}</>
  return <Refusal words={failed.refused(answer.detail)} />
}

/** Shows its children, which say that a list is empty, but not before the live lists are read. They are empty until then. */
export function NoneLive({ children }: { readonly children: ComponentChildren }): VNode {
  const { loading, failed } = useMessages()
  const state = useStore(connection)
  if (useStore(world) !== emptyWorld) return <Empty>{children}</Empty>
  return <Empty>{state === 'lost' ? failed.trying : loading}</Empty>
}
