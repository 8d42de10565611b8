import { iso, type Instant, type WallTime } from '../foundation/time.js'
import type { CallId } from '../routing/world/ids.js'
import type { CallMessage } from '../signaling/port.js'

/** A call's SIP messages with their peers, from which a ladder diagram is drawn. */
export interface Ladder {
  readonly callId: CallId
  /** False: the config keeps no messages. */
  readonly captured: boolean
  /** False: the first messages of the call are no longer kept. */
  readonly complete: boolean
  /** Callers first, then called parties, each in the order of their first message. */
  readonly peers: readonly LadderPeer[]
  readonly messages: readonly LadderMessage[]
}

interface LadderPeer {
  readonly side: 'caller' | 'called'
  readonly uri: string
  /** The address of the peer in its first message. */
  readonly address: string
}

interface LadderMessage {
  /** ISO 8601. */
  readonly at: string
  /** An index into `peers`. */
  readonly peer: number
  /** The direction as Carillon sees it. */
  readonly direction: 'in' | 'out'
  readonly transport: string
  readonly address: string
  readonly sipCallId: string
  readonly method: string
  readonly status: number | null
  readonly reasonPhrase: string | null
  readonly contentType: string | null
  readonly repeated: boolean
  readonly text: string
  /** How many messages before this one are left out, because the call has too many. */
  readonly leftOutBefore: number
}

/** In characters, for all texts and other fields. A usual call needs less than a tenth of this. */
const mostText = 256 * 1024
/** In characters. Limits methods, reason phrases and URIs, because the parties choose them and each message has some. */
const longestField = 256
/** In characters of a field after `mostText` is reached: enough to name the message. */
const shortestField = 32
/**
 * Control characters, format characters such as those that change the direction of writing, and lone surrogates. They would act on the
 * terminal of a reader, and they take six bytes in JSON.
 */
const invisible = /\p{C}/gu
/** Like `invisible`, but line breaks and tabs stay in the text of a message. */
const invisibleInText = /[^\P{C}\t\r\n]/gu

/** The ladder of a call. `messages` is undefined if none are kept. `wall` turns a moment into wall-clock time. */
export function ladderOf(
  callId: CallId,
  arrivedAt: WallTime,
  messages: readonly CallMessage[] | undefined,
  wall: (at: Instant) => WallTime,
): Ladder {
  const peers = new Map<string, LadderPeer>()
  const keys = new Map<number, string>()
  for (const message of messages ?? []) {
    if (keys.has(message.leg)) continue
    const peer = peerOf(message)
    // A second leg to the same phone uses the same lane.
    const key = `${peer.side} ${peer.uri} ${hostOf(peer.address)}`
    keys.set(message.leg, key)
    if (!peers.has(key)) peers.set(key, peer)
  }
  const order = [...peers].sort(([, one], [, other]) => ranks[one.side] - ranks[other.side]).map(([key]) => key)
  const places = new Map(order.map((key, place) => [key, place]))
  const first = messages?.[0]
  return {
    callId,
    captured: messages !== undefined,
    complete: first !== undefined && wall(first.at) <= arrivedAt,
    peers: order.flatMap(key => peers.get(key) ?? []),
    messages: withinLimit(
      (messages ?? []).map(message => documentOf(message, places.get(keys.get(message.leg) ?? '') ?? -1, wall(message.at))),
    ),
  }
}

/** Cuts what is past `mostText`. Parties may send long messages in a call, and one answer holds them all. */
function withinLimit(messages: readonly LadderMessage[]): readonly LadderMessage[] {
  let left = mostText
  return messages.map(message => {
    const longest = left > 0 ? longestField : shortestField
    const named = {
      ...message,
      address: fieldOf(message.address, longest),
      sipCallId: fieldOf(message.sipCallId, longest),
      method: fieldOf(message.method, longest),
      reasonPhrase: message.reasonPhrase === null ? null : fieldOf(message.reasonPhrase, longest),
      contentType: message.contentType === null ? null : fieldOf(message.contentType, longest),
    }
    const { address, sipCallId, method, reasonPhrase, contentType } = named
    left -= [address, sipCallId, method, reasonPhrase, contentType].join('').length
    const shown = message.text.slice(0, Math.max(0, left))
    left -= shown.length
    return { ...named, text: shown.replaceAll(invisibleInText, '\ufffd') + (shown.length < message.text.length ? '…' : '') }
  })
}

/** A field for people: cut, and without invisible characters. */
function fieldOf(text: string, longest = longestField): string {
  const shown = text.slice(0, longest).replaceAll(invisible, '\ufffd')
  return shown.length < text.length ? `${shown}…` : shown
}

const ranks = { caller: 0, called: 1 } as const

function peerOf({ leg, direction, method, status, from, to, peer }: CallMessage): LadderPeer {
  const isRequest = status === undefined
  // A party who replaces the caller or the agent also calls us with an INVITE.
  const called = leg > 0 && !(isRequest && method === 'INVITE' && direction === 'in')
  const uri = isRequest === (direction === 'in') ? from : to
  return { side: called ? 'called' : 'caller', uri: fieldOf(uri), address: fieldOf(peer) }
}

const hostOf = (address: string): string => address.slice(0, address.lastIndexOf(':'))

function documentOf(message: CallMessage, peer: number, at: WallTime): LadderMessage {
  const { direction, transport, sipCallId, method, status, reasonPhrase, contentType, repeated, text, leftOutBefore } = message
  return {
    at: iso(at),
    peer,
    direction,
    transport,
    address: message.peer,
    sipCallId,
    method,
    status: status ?? null,
    reasonPhrase: reasonPhrase ?? null,
    contentType: contentType ?? null,
    repeated,
    text,
    leftOutBefore: leftOutBefore ?? 0,
  }
}

/** The distance between two lanes of the text ladder, in characters. */
const laneWidth = 26
const timeWidth = 9
const us = 'Carillon'

/** The ladder as text: a column for each peer and for Carillon, a line for each message, with the seconds since the first. */
export function ladderText(ladder: Ladder): string {
  const { callId, captured, complete, peers, messages } = ladder
  const [first] = messages
  if (!captured) return `call ${callId}: no SIP messages are kept here (sip.capture: none)\n`
  if (!first) return `call ${callId}: its SIP messages are no longer kept\n`
  const callers = peers.filter(({ side }) => side === 'caller').length
  const lanes = [...peers.slice(0, callers), undefined, ...peers.slice(callers)]
  const laneOf = (peer: number): number => (peer < callers ? peer : peer + 1)
  const drawn = messages.slice(0, Math.ceil(mostText / (lanes.length * laneWidth)))
  const lines = drawn.flatMap(message => {
    const [from, to] = message.direction === 'in' ? [laneOf(message.peer), callers] : [callers, laneOf(message.peer)]
    const seconds = (Date.parse(message.at) - Date.parse(first.at)) / 1000
    const line = seconds.toFixed(3).padStart(timeWidth) + arrow(lanes.length, from, to, words(message))
    return message.leftOutBefore > 0 ? [`and ${message.leftOutBefore} messages that are left out`, line] : [line]
  })
  const heads = [lanes.map(lane => (lane ? nameOf(lane.uri) : us)), lanes.map(lane => lane?.address ?? '')]
  return [
    `call ${callId}: ${messages.length} SIP messages since ${first.at}`,
    ...(complete ? [] : ['those before are no longer kept']),
    '',
    ...heads.map(texts => (' '.repeat(timeWidth) + texts.map(centred).join('')).trimEnd()),
    ...lines,
    ...(drawn.length < messages.length
      ? [`and ${messages.length - drawn.length} further messages, which the JSON document has`]
      : []),
    '',
  ].join('\n')
}

const centred = (text: string): string => {
  const cut = text.slice(0, laneWidth - 2)
  const left = Math.floor((laneWidth - cut.length) / 2)
  return ' '.repeat(left) + cut.padEnd(laneWidth - left)
}

/** A message in words, such as `INVITE (SDP)`, `200 OK (BYE)`, `180 Ringing (again)`. */
function words({ method, status, reasonPhrase, contentType, repeated }: LadderMessage): string {
  const about = [
    ...(status !== null && method !== 'INVITE' ? [method] : []),
    ...(contentType === null ? [] : [contentType === 'application/sdp' ? 'SDP' : contentType.replace(/^.*\//, '')]),
    ...(repeated ? ['again'] : []),
  ]
  const what = status === null ? method : `${status} ${reasonPhrase ?? ''}`.trimEnd()
  return about.length === 0 ? what : `${what} (${about.join(', ')})`
}

/** One line: a stroke for each lane, and an arrow between two lanes with its text in the middle. */
function arrow(lanes: number, from: number, to: number, text: string): string {
  const laneAt = (lane: number): number => lane * laneWidth + laneWidth / 2
  const line = Array.from({ length: laneAt(lanes - 1) + 1 }, () => ' ')
  for (let lane = 0; lane < lanes; lane += 1) line[laneAt(lane)] = '|'
  const [left, right] = [laneAt(Math.min(from, to)) + 1, laneAt(Math.max(from, to))]
  line.fill('-', left, right)
  if (from < to) line[right - 1] = '>'
  else line[left] = '<'
  const cut = ` ${text.slice(0, right - left - 6)} `
  const at = left + Math.floor((right - left - cut.length) / 2)
  return [...line.slice(0, at), cut, ...line.slice(at + cut.length)].join('')
}

const nameOf = (uri: string): string => /^[a-z]+:([^@;:]+)@/i.exec(uri)?.[1] ?? uri
