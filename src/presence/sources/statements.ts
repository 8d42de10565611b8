import { TimerSet, type Clock } from '../../foundation/clock.js'
import { between, instant, type Instant } from '../../foundation/time.js'
import type { AgentUri } from '../../routing/ids.js'
import type { PhoneCall } from '../documents/dialog-info.js'
import { absenceOf } from '../documents/meanings.js'
import type { Word } from '../documents/pidf.js'
import type { PresenceSink, PresenceSourceName } from '../port.js'
import type { OurCalls } from './our-calls.js'

export interface StatementsOptions {
  readonly source: PresenceSourceName
  readonly sink: PresenceSink
  readonly clock: Clock
  readonly ours: OurCalls
}

/** What one subscription or publication says now. */
export type Said =
  | { readonly kind: 'presence'; readonly word: Word | undefined }
  | { readonly kind: 'dialogs'; readonly calls: readonly PhoneCall[] }

interface Part {
  readonly said: Said
  /** Calls that are taken for ours: they began while an offer or a call of ours was at the agent. */
  readonly ours: ReadonlySet<string>
  readonly until: Instant
}

/** Stands for the call that a presence document tells of, which has no name. */
const namelessCall = 'on the phone'

/**
 * Joins the documents of one source about each agent to one statement on the board: those of several phones, and presence with dialogs. What
 * a document says ends with its subscription or publication.
 */
export class Statements {
  readonly #parts = new Map<AgentUri, Map<string, Part>>()
  readonly #ends: TimerSet<string>
  #version = 0

  constructor(private readonly options: StatementsOptions) {
    this.#ends = new TimerSet(options.clock)
    options.ours.listen({ tellsOf: agent => this.#parts.has(agent), fewer: agent => this.#recount(agent) })
  }

  /** `key` tells the subscriptions or publications of one agent apart; what it said before is replaced. */
  say(agent: AgentUri, key: string, said: Said, until: Instant): void {
    const parts = this.#parts.get(agent) ?? new Map<string, Part>()
    this.#parts.set(agent, parts)
    const before = parts.get(key)
    parts.delete(key)
    parts.set(key, { said, ours: this.#oursAmong(agent, parts.values(), said, before), until })
    this.#endAt(agent, key, until)
    this.#report(agent, parts)
  }

  /** The same holds for longer. */
  extend(agent: AgentUri, key: string, until: Instant): void {
    const part = this.#parts.get(agent)?.get(key)
    if (part) this.say(agent, key, part.said, until)
  }

  /** It says nothing any more. */
  drop(agent: AgentUri, key: string): void {
    const parts = this.#parts.get(agent)
    if (parts?.has(key) !== true) return
    this.#forget(agent, parts, key)
    this.#report(agent, parts)
  }

  stop(): void {
    this.#ends.stopAll()
  }

  #endAt(agent: AgentUri, key: string, until: Instant): void {
    this.#ends.start(`${key} ${agent}`, between(this.options.clock.now(), until), () => {
      const parts = this.#parts.get(agent)
      if (!parts) return
      this.#forget(agent, parts, key)
      // The last one's end is the board's to tell: its statement has the same expiry.
      if (parts.size > 0) this.#report(agent, parts)
    })
  }

  #forget(agent: AgentUri, parts: Map<string, Part>, key: string): void {
    parts.delete(key)
    this.#ends.stop(`${key} ${agent}`)
    if (parts.size === 0) this.#parts.delete(agent)
  }

  /** A call once taken for ours stays so; a new one is, while there are fewer of them than of our calls. Nobody dials because of us. */
  #oursAmong(agent: AgentUri, others: Iterable<Part>, said: Said, before: Part | undefined): Set<string> {
    const calls = callsOf(said)
    const ours = new Set(calls.flatMap(({ key }) => (before?.ours.has(key) === true ? [key] : [])))
    const known = new Set(before ? callsOf(before.said).map(({ key }) => key) : [])
    // Presence and dialogs tell of the same call, so each counts for itself.
    let free = this.options.ours.count(agent) - ours.size
    for (const other of others) if (other.said.kind === said.kind) free -= other.ours.size
    for (const { key, phase } of calls) {
      if (free <= 0 || phase === 'dialling' || known.has(key)) continue
      ours.add(key)
      free -= 1
    }
    return ours
  }

  /** Our calls became fewer: those that were taken for ours and are more than that, count. */
  #recount(agent: AgentUri): void {
    const parts = this.#parts.get(agent)
    if (!parts) return
    const most = this.options.ours.count(agent)
    for (const [key, part] of parts) parts.set(key, { ...part, ours: new Set([...part.ours].slice(0, most)) })
    this.#report(agent, parts)
  }

  #report(agent: AgentUri, parts: ReadonlyMap<string, Part>): void {
    const { source, sink, clock } = this.options
    const word = merged([...parts.values()])
    if (!word) return sink.withdraw(agent, source)
    this.#version += 1
    const expires = instant(Math.max(...[...parts.values()].map(({ until }) => until)))
    sink.report({ agent, source, ...word, at: clock.now(), version: this.#version, expires })
  }
}

function callsOf(said: Said): readonly PhoneCall[] {
  if (said.kind === 'dialogs') return said.calls
  return said.word?.basis === 'call' ? [{ key: namelessCall, phase: 'talking' }] : []
}

/** A call outranks what presence says, save that nobody is to be disturbed: attendants are rung while they talk. */
function merged(parts: readonly Part[]): Word | undefined {
  const presence = mergedWords(parts.flatMap(part => wordsOf(part)))
  const calls = parts.flatMap(({ said, ours }) => (said.kind === 'dialogs' ? said.calls.filter(({ key }) => !ours.has(key)) : []))
  for (const [phase, reason] of phases)
    if (calls.some(call => call.phase === phase))
      return presence?.state === 'doNotDisturb' ? presence : { state: 'busy', reason: `${reason} (dialog)`, basis: 'call' }
  if (presence || !parts.some(({ said }) => said.kind === 'dialogs')) return presence
  return { state: 'available', reason: 'not on the phone (dialog)', basis: 'device' }
}

const phases = [
  ['talking', 'on the phone'],
  ['dialling', 'dials'],
  ['ringing', 'the phone rings'],
] as const satisfies [PhoneCall['phase'], string][]

function wordsOf({ said, ours }: Part): Word[] {
  if (said.kind === 'dialogs' || !said.word) return []
  const { word } = said
  if (word.basis === 'call' && ours.size > 0)
    return [{ state: 'available', reason: 'on the phone with us (presence)', basis: 'device' }]
  return [{ ...word, reason: `${word.reason} (presence)` }]
}

/** What the person does counts before what the devices are: of that the least available, of these the most. */
function mergedWords(words: readonly Word[]): Word | undefined {
  const ordered = [...words].sort((a, b) => absenceOf(a.state) - absenceOf(b.state))
  return ordered.findLast(({ basis }) => basis !== 'device') ?? ordered[0]
}
