import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  contentType,
  cseq,
  decodeUtf8,
  from,
  inUri,
  parseMessage,
  to,
  topVia,
  withoutSecrets,
  type Capture,
  type Captured,
  type SipMessage,
} from '../sip/index.js'
import type { CallMessage } from './port.js'

/** The legs of at least this many of the latest calls are known. */
const mostCalls = 10_000
/** The most text of all messages of a call, in characters. A usual call has less than a tenth of this. */
const mostText = 256 * 1024
/** Reading and redacting this much takes about a millisecond. */
const perTurn = { characters: 64 * 1024, messages: 50 }

/**
 * The most legs of one call: the caller's, and the latest of the others. A call that waits for an hour in a parallel group has thousands.
 * Each leg costs a search through the whole capture. The capture no longer has the messages of the old legs.
 */
const mostLegs = 1_000

/** One leg of a call. */
interface NumberedLeg {
  readonly number: number
  /** The caller's tag, which may be empty. Undefined: our own INVITE created the leg, so nobody else has chosen its Call-ID. */
  readonly tag: string | undefined
}

/** The legs of a call by their SIP Call-IDs. */
interface Legs {
  readonly first: string
  readonly firstTag: string | undefined
  /** In the order of their numbers. */
  readonly later: Map<string, NumberedLeg>
  count: number
}

/** Knows which SIP messages belong to a call. */
export class CallMessages {
  /** SIP Call-IDs of calls. Old ones are dropped in bulk, because a Map is slow to find its first key after deletions. */
  #young = new Map<string, Legs>()
  #old = new Map<string, Legs>()

  constructor(private readonly capture: Capture) {}

  belongs(sipCallId: string, call: string, tag?: string): void {
    const legs = this.#young.get(call) ?? this.#old.get(call)
    if (legs) return addTo(legs, sipCallId, tag)
    if (this.#young.size >= mostCalls) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(call, { first: sipCallId, firstTag: tag, later: new Map(), count: 1 })
  }

  /** The SIP messages of the call in the order of the wire, as far back as they are kept. */
  async of(call: string): Promise<readonly CallMessage[]> {
    const legs = this.#young.get(call) ?? this.#old.get(call)
    if (!legs) return []
    const byCallId = new Map([[legs.first, { number: 0, tag: legs.firstTag }], ...legs.later])
    const captured = await this.capture.messages(new Set(byCallId.keys()))
    return allRead(captured, byCallId)
  }
}

function addTo(legs: Legs, sipCallId: string, tag: string | undefined): void {
  if (sipCallId === legs.first || legs.later.has(sipCallId)) return
  legs.later.set(sipCallId, { number: legs.count, tag })
  legs.count += 1
  if (legs.later.size < mostLegs) return
  const [oldest = ''] = legs.later.keys()
  legs.later.delete(oldest)
}

/** Whether a message with the leg's Call-ID is the leg's. Another call may use the same Call-ID, but its caller has another tag. */
function isOf({ tag }: NumberedLeg, text: string): boolean {
  if (tag === undefined) return true
  return tag === '' ? !fromWithTag.test(text) : [...text.matchAll(tags)].some(([, found]) => found === tag)
}

/** A caller of RFC 2543 has no tag. */
const fromWithTag = /^(?:from|f)[ \t]*:[^\r\n]*;[ \t]*tag[ \t]*=/im

/** From and To tags. Messages that can't be read have them, too. */
const tags = /;[ \t]*tag[ \t]*=[ \t]*([^\s;,>]+)/gi

/** Reads the messages in groups, so that calls are handled between two groups. `legs`: by SIP Call-ID. */
async function allRead(captured: readonly Captured[], legs: ReadonlyMap<string, NumberedLeg>): Promise<readonly CallMessage[]> {
  const messages: CallMessage[] = []
  /** The identities of the earlier messages. */
  const met = new Set<string>()
  let left = mostText
  let read = 0
  for (const each of captured) {
    const leg = legs.get(each.callId)
    if (!leg || !isOf(leg, each.text)) continue
    const message = messageOf(each, leg.number, met, left)
    left -= message.text.length
    messages.push(message)
    read += Math.max(each.text.length, perTurn.characters / perTurn.messages)
    if (read < perTurn.characters) continue
    read = 0
    await nextTurn()
  }
  return messages
}

/** `most`: the longest text, in characters. */
function messageOf(captured: Captured, leg: number, met: Set<string>, most: number): CallMessage {
  const { at, direction, transport, host, port, callId, text, leftOutBefore } = captured
  const message = read(text)
  const identity = `${direction} ${callId} ${identityOf(text, message)}`
  const repeated = met.has(identity)
  met.add(identity)
  return {
    at,
    direction,
    transport,
    repeated,
    leg,
    sipCallId: callId,
    peer: `${inUri(host)}:${port}`,
    ...headOf(text, message),
    ...(message ? fieldsOf(message) : { from: '', to: '' }),
    text: shownOf(text, most),
    ...(leftOutBefore !== undefined && { leftOutBefore }),
  }
}

/** Removes the secrets before it cuts the text, because only the end of a secret may show that it is one. */
function shownOf(text: string, most: number): string {
  if (most <= 0) return '…'
  const shown = withoutSecrets(decodeUtf8(text))
  return shown.length <= most ? shown : `${shown.slice(0, most)}…`
}

/** Undefined: the message can't be read. */
function read(text: string): SipMessage | undefined {
  const outcome = parseMessage(Buffer.from(text, 'latin1'), 'datagram')
  switch (outcome.kind) {
    case 'message':
      return outcome.message
    case 'malformed':
      return outcome.request
    case 'silence':
      return undefined
  }
}

/**
 * The parts that must be identical in a retransmission (RFC 3261 §17, RFC 3262 §4). The whole text is not compared, because proxies may add
 * to it.
 */
function identityOf(text: string, message: SipMessage | undefined): string {
  if (!message) return text
  const { headers } = message
  const { number = 0, method = '' } = cseq(headers) ?? {}
  const what = message.kind === 'response' ? `${message.status} ${message.reasonPhrase}` : message.method
  return [what, number, method, topVia(headers)?.branch, to(headers)?.tag, headers.first('RSeq')].join(' ')
}

function headOf(text: string, message: SipMessage | undefined): Pick<CallMessage, 'method' | 'status' | 'reasonPhrase'> {
  if (message?.kind === 'request') return { method: message.method }
  const method = message && cseq(message.headers)?.method
  if (message && method !== undefined) return { method, status: message.status, reasonPhrase: decodeUtf8(message.reasonPhrase) }
  return { method: /^[A-Z]{1,32}(?= )/.exec(text)?.[0] ?? 'unreadable' }
}

function fieldsOf({ headers, body }: SipMessage): Pick<CallMessage, 'from' | 'to' | 'contentType'> {
  const type = body === '' ? undefined : contentType(headers)
  return { from: from(headers)?.uri ?? '', to: to(headers)?.uri ?? '', ...(type !== undefined && { contentType: type }) }
}
