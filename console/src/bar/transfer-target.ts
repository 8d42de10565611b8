import type { Agent } from '../api/documents.js'
import { plain, userOf } from '../format.js'

/** Where a transfer goes. `none`: no text. `nobody`: the text is no colleague, number or address. `several`: colleagues share the name. */
export type TransferTarget =
  | { readonly kind: 'agent'; readonly uri: string; readonly name: string }
  | { readonly kind: 'address'; readonly uri: string; readonly name: string }
  | { readonly kind: 'nobody' | 'several' | 'none' }

/** The colleagues whose name or user has every word that was typed, without regard to case and accents. */
export function matching(text: string, colleagues: readonly Agent[]): Agent[] {
  const words = plain(text).split(/\s+/)
  return colleagues.filter(agent => words.every(word => plain(`${nameOf(agent)} ${userOf(agent.uri)}`).includes(word)))
}

/** The target that was typed. A number gets the domain of `own`, the agent's URI. */
export function targetOf(text: string, colleagues: readonly Agent[], own: string): TransferTarget {
  const typed = text.trim()
  if (typed === '') return { kind: 'none' }
  const same = colleagues.filter(agent =>
    [nameOf(agent), userOf(agent.uri), agent.uri].some(name => plain(name) === plain(typed)),
  )
  const [agent] = same
  if (agent) return same.length === 1 ? { kind: 'agent', uri: agent.uri, name: nameOf(agent) } : { kind: 'several' }
  const uri = addressOf(typed, own.slice(own.indexOf('@') + 1))
  return uri === undefined ? { kind: 'nobody' } : { kind: 'address', uri, name: userOf(uri) }
}

export const nameOf = ({ uri, name }: Agent): string => name ?? userOf(uri)

/** A SIP or tel URI, `user@host`, or a number with the separators that people write (RFC 3966 §5.1.1). */
function addressOf(typed: string, domain: string): string | undefined {
  if (/^sips?:[^@\s;?]+@[^@\s;?]+$/i.test(typed)) return typed
  if (/^[^@\s:;?]+@[\w.-]+(?::\d+)?$/.test(typed)) return `sip:${typed}`
  const digits = typed.replace(/^tel:/i, '').replace(/[\s().-]/g, '')
  return /^\+?[\d*#]+$/.test(digits) ? `sip:${digits.replaceAll('#', '%23')}@${domain}` : undefined
}
