import { absenceOf } from '../../routing/world/words.js'
import { fault, ok, type Result } from '../../foundation/result.js'
import type { PresenceState } from '../port.js'
import { activities, availabilityOf } from './meanings.js'
import { childOf, descendants, readXml, type XmlElement } from './xml.js'

/** What a document says of its agent. */
export interface Word {
  readonly state: PresenceState
  /** For people, such as `on the phone`. */
  readonly reason: string
  /** Whether somebody's choice, an actual call, or a device alone stands behind it. */
  readonly basis: 'person' | 'call' | 'device'
  /** A call may be behind it, and that may be one of ours. */
  readonly mayBeCall?: true
}

/** What Asterisk notes beside `busy`; when no more calls fit, it also says `closed`. */
const callNotes: ReadonlySet<string> = new Set(['ringing', 'on the phone', 'on hold'])
/** RFC 4480 has `on-the-phone`; PBXs say `busy` of every call. */
const callActivities: ReadonlySet<string> = new Set(['on-the-phone', 'busy'])

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
  const words = [...activityWords(root), ...availabilityWords(root), ...inputWords(root)]
  // Of equals, what is surely no call of ours stays when a call of ours is left out.
  const [least] = words.sort((a, b) => absenceOf(b.state) - absenceOf(a.state) || callRank(a) - callRank(b))
  // Whatever the person does, no device takes a call; but a phone that is full says so, too.
  if (reachable === 'closed' && !(least?.basis === 'call' && hasCallNote(root)))
    return ok({ state: 'offline', reason: 'closed', basis: 'device' })
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
    const reason = name.replaceAll('-', ' ')
    return [callActivities.has(name) ? aCall(reason) : ({ state, reason, basis: 'person' } as const)]
  })
}

const aCall = (reason: string): Word => ({ state: 'busy', reason, basis: 'call', mayBeCall: true })

const hasCallNote = (root: XmlElement): boolean => descendants(root, 'note').some(({ text }) => callNotes.has(text.toLowerCase()))

const callRank = ({ mayBeCall, basis }: Word): number => (mayBeCall ? (basis === 'call' ? 1 : 2) : 0)

function availabilityWords(root: XmlElement): Word[] {
  return descendants(root, 'availability').flatMap(({ text }) => {
    const state = /^\d{1,6}$/.test(text) ? availabilityOf(Number(text)) : undefined
    if (!state) return []
    const word = { state, reason: `availability ${text}`, basis: 'person' } as const
    // Lync says 6500 of a call, and of what people choose.
    return [state === 'busy' ? { ...word, mayBeCall: true } : word]
  })
}

/** RFC 4480 §3.13: nobody has touched the device for a while. */
function inputWords(root: XmlElement): Word[] {
  const persons = descendants(root, 'person')
  const idle = persons.some(person => childOf(person, 'user-input')?.text.toLowerCase() === 'idle')
  return idle ? [{ state: 'inactive', reason: 'idle', basis: 'person' }] : []
}
