import { fault, ok, type Result } from '../../foundation/result.js'
import type { PresenceState } from '../port.js'
import { absenceOf, activities, availabilityOf } from './meanings.js'
import { childOf, descendants, readXml, type XmlElement } from './xml.js'

/** What a document says of its agent. */
export interface Word {
  readonly state: PresenceState
  /** For people, such as `on the phone`. */
  readonly reason: string
  /** Whether somebody's choice, an actual call, or a device alone stands behind it. */
  readonly basis: 'person' | 'call' | 'device'
}

/**
 * A presence document (PIDF, RFC 3863) with rich presence in it (RPID, RFC 4480), in any of the nestings that senders use. Undefined: it
 * is in order and tells nothing, as one without tuples (RFC 3856 §6.7.2 has notifiers send it when they know nothing).
 */
export function readPidf(text: string): Result<Word | undefined> {
  const read = readXml(text)
  if (!read.ok) return read
  const root = read.value
  if (root.name !== 'presence' && root.name !== 'state') return fault(`<${root.name}> is no presence document`)
  const reachable = reachability(root)
  // Whatever the person does: no device takes a call.
  if (reachable === 'closed') return ok({ state: 'offline', reason: 'closed', basis: 'device' })
  const words = [...activityWords(root), ...availabilityWords(root), ...inputWords(root)]
  const [least] = words.sort((a, b) => absenceOf(b.state) - absenceOf(a.state))
  if (least) return ok(least)
  return ok(reachable === 'open' ? { state: 'available', reason: 'open', basis: 'device' } : undefined)
}

/** One open tuple is enough: each stands for a device. */
function reachability(root: XmlElement): 'open' | 'closed' | undefined {
  const said = descendants(root, 'basic').map(({ text }) => text.toLowerCase())
  if (said.includes('open')) return 'open'
  return said.includes('closed') ? 'closed' : undefined
}

function activityWords(root: XmlElement): Word[] {
  const named = descendants(root, 'activities').flatMap(({ children }) => children.map(({ name }) => name.toLowerCase()))
  return named.flatMap(name => {
    const state = Object.hasOwn(activities, name) ? activities[name] : undefined
    if (!state) return []
    return [{ state, reason: name.replaceAll('-', ' '), basis: name === 'on-the-phone' ? 'call' : 'person' } as const]
  })
}

function availabilityWords(root: XmlElement): Word[] {
  return descendants(root, 'availability').flatMap(({ text }) => {
    const state = /^\d{1,6}$/.test(text) ? availabilityOf(Number(text)) : undefined
    return state ? [{ state, reason: `availability ${text}`, basis: 'person' } as const] : []
  })
}

/** RFC 4480 §3.13: nobody has touched the device for a while. */
function inputWords(root: XmlElement): Word[] {
  const persons = descendants(root, 'person')
  const idle = persons.some(person => childOf(person, 'user-input')?.text.toLowerCase() === 'idle')
  return idle ? [{ state: 'inactive', reason: 'idle', basis: 'person' }] : []
}
