import { absenceOf } from '../../routing/world/words.js'
import { TimerSet, type Clock } from '../../foundation/clock.js'
import { between, instant, type Instant, type Millis } from '../../foundation/time.js'
import type { AgentUri } from '../../routing/world/ids.js'
import type { PhoneCall } from '../documents/dialog-info.js'
import type { Word } from '../documents/pidf.js'
import type { PresenceSink, PresenceSourceName } from '../port.js'
import { echoesIn, fewerEchoes, noEchoes, patienceFor, type Echoes } from './echoes.js'
import type { OurCall, OurCalls } from './our-calls.js'

interface StatementsOptions {
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
  readonly echoes: Echoes
  readonly until: Instant
}

/** The key of a call in a presence document, which gives calls no id. */
const namelessCall = 'on the phone'

/**
 * Merges the documents of one source about each agent into one report to the board: those of several phones, and presence with
 * dialogs. A document counts until its subscription or publication ends.
 */
export class Statements {
  readonly #parts = new Map<AgentUri, Map<string, Part>>()
  readonly #ends: TimerSet<string>
  #version = 0

  constructor(private readonly options: StatementsOptions) {
    this.#ends = new TimerSet(options.clock)
    options.ours.listen({
      patience: (agent, call) => this.#patience(agent, call),
      fewer: agent => this.#recount(agent),
    })
  }

  /** `key` identifies the subscription or publication of the agent. Its previous document is replaced. */
  say(agent: AgentUri, key: string, said: Said, until: Instant): void {
    const parts = this.#parts.get(agent) ?? new Map<string, Part>()
    this.#parts.set(agent, parts)
    const before = parts.get(key)
    parts.delete(key)
    const documents = { calls: callsOf(said), before: before && callsOf(before.said) }
    // Each document is compared by itself. Presence and dialogs report the same call, and one INVITE may ring several phones.
    const { ours, clock } = this.options
    parts.set(key, { said, echoes: echoesIn(documents, ours.of(agent), before?.echoes ?? noEchoes, clock.now()), until })
    this.#endAt(agent, key, until)
    this.#report(agent, parts)
  }

  /** The same document counts for longer. */
  extend(agent: AgentUri, key: string, until: Instant): void {
    const part = this.#parts.get(agent)?.get(key)
    if (part) this.say(agent, key, part.said, until)
  }

  /** The subscription or publication says nothing any more. */
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
      // If it was the last one, the report on the board expires at the same time.
      if (parts.size > 0) this.#report(agent, parts)
    })
  }

  #forget(agent: AgentUri, parts: Map<string, Part>, key: string): void {
    parts.delete(key)
    this.#ends.stop(`${key} ${agent}`)
    if (parts.size === 0) this.#parts.delete(agent)
  }

  /** The waiting time for some of our ended calls is over. */
  #recount(agent: AgentUri): void {
    const parts = this.#parts.get(agent)
    if (!parts) return
    const ours = this.options.ours.of(agent)
    for (const [key, part] of parts) parts.set(key, { ...part, echoes: fewerEchoes(part.echoes, ours) })
    this.#report(agent, parts)
  }

  #patience(agent: AgentUri, call: OurCall): Millis | undefined {
    const parts = this.#parts.get(agent)
    if (!parts) return undefined
    const echoes = [...parts.values()].map(part => part.echoes)
    return patienceFor(echoes, call, this.options.clock.now())
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
  return said.word?.mayBeCall === true ? [{ key: namelessCall, phase: 'talking' }] : []
}

/** A call outranks presence, except Do Not Disturb. The difference matters because attendants are rung while they talk. */
function merged(parts: readonly Part[]): Word | undefined {
  const presence = mergedWords(parts.flatMap(part => wordsOf(part)))
  const calls = parts.flatMap(({ said, echoes }) =>
    said.kind === 'dialogs' ? said.calls.filter(({ key }) => !echoes.keys.has(key)) : [],
  )
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

function wordsOf({ said, echoes }: Part): Word[] {
  if (said.kind === 'dialogs' || !said.word) return []
  const { word } = said
  if (echoes.keys.size > 0) return [{ state: 'available', reason: 'on the phone with us (presence)', basis: 'device' }]
  return [{ state: word.state, reason: `${word.reason} (presence)`, basis: word.basis }]
}

/**
 * States of persons and calls outrank those of devices. Among persons and calls the least available state wins. If there are only
 * devices, the most available state wins.
 */
function mergedWords(words: readonly Word[]): Word | undefined {
  const ordered = [...words].sort((a, b) => absenceOf(a.state) - absenceOf(b.state))
  return ordered.findLast(({ basis }) => basis !== 'device') ?? ordered[0]
}
