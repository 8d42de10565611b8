import { detached } from '../../foundation/detached.js'
import { fault, ok, type Result } from '../../foundation/result.js'
import { readXml, childOf, type XmlElement } from './xml.js'

/** A call of an agent's phone that is not over, as its dialog document reports it. */
export interface PhoneCall {
  /** Identifies the call among those of one agent. */
  readonly key: string
  /** `ringing`: the agent's phone rings. `dialling`: the agent calls someone who has not answered. */
  readonly phase: 'ringing' | 'dialling' | 'talking'
}

/** How a document changed the dialogs. */
type Taken =
  | 'current'
  /** An older version, or the same one again. It changed nothing. */
  | 'stale'
  /** One or more documents before it were missed, so the full state must be requested. Its content was applied. */
  | 'incomplete'

/** How many ended dialogs are remembered, so that a late report does not bring them back. */
const mostRemembered = 64
/** More calls than any phone has. The rest of a document is ignored. */
const mostCalls = 256
const highestVersion = 2 ** 31 - 1

interface Entry {
  readonly key: string
  /** Whether the dialog has a Call-ID. An id alone may be used again for the next call; Asterisk does this. */
  readonly hasCallId: boolean
  readonly phase: PhoneCall['phase'] | 'over' | 'forming'
}

/**
 * The dialogs of one agent, from the sequence of documents of one subscription (RFC 4235 §4.3). A full document replaces all
 * before it, a partial one updates them.
 */
export class DialogStates {
  #version: number | undefined
  #gap = false
  readonly #calls = new Map<string, PhoneCall['phase']>()
  readonly #over = new Set<string>()

  /** Returns a fault if the text is not a dialog document. Nothing changes then. */
  take(text: string): Result<Taken> {
    const read = readDocument(text)
    if (!read.ok) return read
    const { version, isFull, entries } = read.value
    if (this.#version !== undefined && version <= this.#version) return ok('stale')
    // A gap remains until a full document arrives.
    this.#gap = !isFull && (this.#gap || version !== (this.#version ?? version) + 1)
    this.#version = version
    if (isFull) this.#calls.clear()
    this.#apply(entries)
    return ok(this.#gap ? 'incomplete' : 'current')
  }

  get calls(): readonly PhoneCall[] {
    return [...this.#calls].map(([key, phase]) => ({ key, phase }))
  }

  #apply(entries: readonly Entry[]): void {
    const over = entries.filter(({ phase }) => phase === 'over')
    const ended = new Set(over.map(({ key }) => key))
    for (const { key, hasCallId } of over) {
      this.#calls.delete(key)
      // Without a Call-ID this call can't be told from the next one, so only the order of documents counts (RFC 4235 §4.3).
      if (hasCallId) this.#remember(key)
    }
    for (const { key, phase } of entries) {
      if (phase === 'over' || phase === 'forming' || ended.has(key)) continue
      // `terminated` wins over a late `early`. A confirmed call counts, because some senders use an id again.
      if (phase !== 'talking' && this.#over.has(key)) continue
      this.#over.delete(key)
      this.#calls.set(key, phase)
    }
  }

  #remember(key: string): void {
    this.#over.delete(key)
    this.#over.add(key)
    if (this.#over.size <= mostRemembered) return
    for (const oldest of this.#over) {
      this.#over.delete(oldest)
      return
    }
  }
}

/**
 * Reads a document that stands alone, such as a published one. Its version is ignored, because publications are ordered by entity
 * tag (RFC 3903).
 */
export function readDialogs(text: string): Result<readonly PhoneCall[]> {
  const states = new DialogStates()
  const taken = states.take(text)
  return taken.ok ? ok(states.calls) : taken
}

interface DialogDocument {
  readonly version: number
  readonly isFull: boolean
  readonly entries: readonly Entry[]
}

function readDocument(text: string): Result<DialogDocument> {
  const read = readXml(text)
  if (!read.ok) return read
  const root = read.value
  const [version, state] = [versionOf(root), root.attributes.get('state')]
  if (root.name !== 'dialog-info') return fault(`<${root.name}> is not a dialog document`)
  if (version === undefined) return fault('a dialog document without a version')
  if (state !== 'full' && state !== 'partial') return fault('a dialog document that is neither full nor partial')
  return ok({ version, isFull: state === 'full', entries: entriesOf(root) })
}

function versionOf({ attributes }: XmlElement): number | undefined {
  const text = attributes.get('version') ?? ''
  const version = /^\d{1,10}$/.test(text) ? Number(text) : NaN
  return version <= highestVersion ? version : undefined
}

function entriesOf(root: XmlElement): Entry[] {
  const dialogs = root.children.filter(({ name }) => name === 'dialog').slice(0, mostCalls)
  return dialogs.map(dialog => ({
    key: keyOf(dialog),
    hasCallId: (dialog.attributes.get('call-id') ?? '') !== '',
    phase: phaseOf(dialog),
  }))
}

/** Phones of one agent may use the same dialog id, so the key also has the Call-ID. It is cut to 512 characters, because senders choose both. */
const keyOf = ({ attributes }: XmlElement): string =>
  detached(`${attributes.get('id') ?? ''} ${attributes.get('call-id') ?? ''}`.slice(0, 512))

/** RFC 4235 §3.7.1. An unanswered call without a direction counts as ringing. */
function phaseOf(dialog: XmlElement): Entry['phase'] {
  const state = childOf(dialog, 'state')?.text.toLowerCase()
  const dials = dialog.attributes.get('direction') === 'initiator'
  if (state === 'confirmed') return 'talking'
  if (state === 'early') return dials ? 'dialling' : 'ringing'
  if (state === 'terminated') return 'over'
  return dials && (state === 'trying' || state === 'proceeding') ? 'dialling' : 'forming'
}
