import { absenceOf } from '../../routing/world/words.js'
import { fault, ok, type Result } from '../../foundation/result.js'
import type { PresenceState } from '../port.js'
import { activities, availabilityOf } from './meanings.js'
import { childOf, descendants, readXml, type XmlElement } from './xml.js'

/** What a document says about its agent. */
export interface Word {
  readonly state: PresenceState
  /** For people, such as `on the phone`. */
  readonly reason: string
  /** What the state rests on: somebody's choice, an actual call, or only a device. */
  readonly basis: 'person' | 'call' | 'device'
  /** The state may come from a call, which may be one of ours. */
  readonly mayBeCall?: true
}

/** Asterisk's notes beside `busy`. When no more calls fit, Asterisk also sends `closed`. */
const callNotes: ReadonlySet<string> = new Set(['ringing', 'on the phone', 'on hold'])
/** RFC 4480 has `on-the-phone`. PBXs often send `busy` for every call. */
const callActivities: ReadonlySet<string> = new Set(['on-the-phone', 'busy'])

/**
 * Reads a presence document (PIDF, RFC 3863) with rich presence (RPID, RFC 4480), in any nesting that senders use. Undefined: a
 * valid document that says nothing, such as one without tuples, which notifiers send when they know nothing (RFC 3856 §6.7.2).
 */
export function readPidf(text: string): Result<Word | undefined> {
  const read = readXml(text)
  if (!read.ok) return read
  const root = read.value
  if (root.name !== 'presence' && root.name !== 'state') return fault(`<${root.name}> is not a presence document`)
  const reachable = reachability(root)
  const words = [...activityWords(root), ...availabilityWords(root), ...inputWords(root)]
  // Of equal states, one that is surely not our call comes first. It then remains if our own call is left out.
  const [least] = words.sort((a, b) => absenceOf(b.state) - absenceOf(a.state) || callRank(a) - callRank(b))
  // `closed`: no device takes calls, whatever the person does. But Asterisk also sends it for a phone whose lines are all in use.
  if (reachable === 'closed' && !(least?.basis === 'call' && hasCallNote(root)))
    return ok({ state: 'offline', reason: 'closed', basis: 'device' })
  if (least) return ok(least)
  return ok(reachable === 'open' ? { state: 'available', reason: 'open', basis: 'device' } : undefined)
}

/** Each tuple is a device. One open tuple is enough. */
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
    // Lync sends 6500 for a call and for a chosen state alike.
    return [state === 'busy' ? { ...word, mayBeCall: true } : word]
  })
}

/** The element `user-input` of RFC 4480: the person has not used the phone or computer for a while. */
function inputWords(root: XmlElement): Word[] {
  const persons = descendants(root, 'person')
  const idle = persons.some(person => childOf(person, 'user-input')?.text.toLowerCase() === 'idle')
  return idle ? [{ state: 'inactive', reason: 'idle', basis: 'person' }] : []
}
