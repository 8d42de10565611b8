import type { VNode } from 'preact'
import { useNow } from '../clock.js'
import { clockSpan } from '../format.js'

/**
 * The time since or until a moment (milliseconds since the epoch), updated each second. The role `timer` keeps screen readers from
 * reading every update aloud.
 */
export function Ticking({ since, until }: { readonly since?: number; readonly until?: number }): VNode {
  const at = useNow()
  const seconds = until === undefined ? (at - (since ?? at)) / 1_000 : Math.ceil((until - at) / 1_000)
  return (
    <span class="number" role="timer">
      {clockSpan(seconds)}
    </span>
  )
}
