import { fault, ok, type Result } from '../../foundation/result.js'
import { readXml, childOf, type XmlElement } from './xml.js'

/** A call of an agent's phone that is not over, as its dialog document tells. */
export interface PhoneCall {
  /** Tells the calls of one agent apart. */
  readonly key: string
  /** `ringing`: it rings at the agent. `dialling`: the agent calls someone who has not answered. */
  readonly phase: 'ringing' | 'dialling' | 'talking'
}

/** What became of a document. */
export type Taken =
  | 'current'
  /** Older than what is known, or the same again: it changed nothing. */
  | 'stale'
  /** One or more before it were missed: the full state must be asked for. What it tells has been taken. */
  | 'incomplete'

/** Ended dialogs that are remembered, so that a late word does not bring them back. */
const mostRemembered = 64
/** More calls than a phone has; the rest of a document is not looked at. */
const mostCalls = 256
const highestVersion = 2 ** 31 - 1

interface Entry {
  readonly key: string
  /** Its id alone may be used again for the next call, as Asterisk does. */
  readonly hasCallId: boolean
  readonly phase: PhoneCall['phase'] | 'over' | 'forming'
}

/**
 * The dialogs of one agent, as the dialog documents of one subscription tell them one after another (RFC 4235 §4.3): a full document takes
 * the place of all before it, a partial one adds to them.
 */
export class DialogStates {
  #version: number | undefined
  #gap = false
  readonly #calls = new Map<string, PhoneCall['phase']>()
  readonly #over = new Set<string>()

  /** A fault when it is no dialog document; nothing changed then. */
  take(text: string): Result<Taken> {
    const read = readDocument(text)
    if (!read.ok) return read
    const { version, isFull, entries } = read.value
    if (this.#version !== undefined && version <= this.#version) return ok('stale')
    // A gap stays one until a full document comes.
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
      // Without a Call-ID nothing tells this call from the next one: the order of the documents alone counts (RFC 4235 §4.3).
      if (hasCallId) this.#remember(key)
    }
    for (const { key, phase } of entries) {
      if (phase === 'over' || phase === 'forming' || ended.has(key)) continue
      // `terminated` wins over a late `early`; an answered call is believed, as some senders use a name again.
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

/** A document that stands alone, as one that is published (RFC 3903 orders those by their entity tags): its version counts for nothing. */
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
  if (root.name !== 'dialog-info') return fault(`<${root.name}> is no dialog document`)
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

/** A sender that has several phones of an agent may name dialogs of different phones alike: the Call-ID tells them apart. */
const keyOf = ({ attributes }: XmlElement): string =>
  `${attributes.get('id') ?? ''} ${attributes.get('call-id') ?? ''}`.slice(0, 512)

/** RFC 4235 §3.7.1. Without a direction, a call that is not answered yet is taken for one that rings. */
function phaseOf(dialog: XmlElement): Entry['phase'] {
  const state = childOf(dialog, 'state')?.text.toLowerCase()
  const dials = dialog.attributes.get('direction') === 'initiator'
  if (state === 'confirmed') return 'talking'
  if (state === 'early') return dials ? 'dialling' : 'ringing'
  if (state === 'terminated') return 'over'
  return dials && (state === 'trying' || state === 'proceeding') ? 'dialling' : 'forming'
}
