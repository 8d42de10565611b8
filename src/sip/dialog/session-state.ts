import { topVia } from '../message/fields.js'
import { HeaderTable } from '../message/headers.js'
import type { SipRequest } from '../message/message.js'
import { parseMessage } from '../message/parse.js'
import { serialize } from '../message/serialize.js'
import type { Via } from '../message/via.js'
import type { Hop } from '../transport/transport.js'
import type { Body } from '../../legs/body.js'
import type { DialogState } from './dialog.js'
import { withoutConnection, type DialogPeer } from './peer-place.js'

/** Which side refreshes a session, and how often, in seconds (RFC 4028). */
export interface TimerState {
  readonly interval: number
  readonly least?: number
  readonly weRefresh: boolean
  readonly agreed: boolean
}

/** A confirmed dialog of an INVITE as it is stored, as plain JSON. */
export interface SessionState {
  readonly dialog: DialogState
  readonly timer: TimerState
  /** Whether it is refreshed by UPDATE. */
  readonly byUpdate: boolean
  /** Our last SDP that the peer accepted. */
  readonly described?: Body
}

/** Reads a stored session. Undefined: the data is not from a session. */
export function readSessionState(kept: unknown): SessionState | undefined {
  if (!isObject(kept) || !isDialog(kept['dialog']) || !isTimer(kept['timer'])) return undefined
  const { dialog, timer, byUpdate, described } = kept
  return { dialog, timer, byUpdate: byUpdate === true, ...(isBody(described) && { described }) }
}

/** An unanswered INVITE as it is stored, as plain JSON. */
export interface InviteState {
  /** The received bytes as latin1 text, with the transport's additions to the Via. */
  readonly request: string
  readonly source: Hop
  /** Our tag, in the To of the responses so far. */
  readonly tag: string
}

/** Reads a stored INVITE as the transport delivered it. Undefined: the data is not an INVITE. */
export function readInvite(kept: unknown): { request: SipRequest; via: Via; source: Hop; tag: string } | undefined {
  if (!isObject(kept)) return undefined
  const { request: text, source, tag } = kept
  if (typeof tag !== 'string' || !isHop(source)) return undefined
  const request = readRequest(text)
  const via = request && topVia(request.headers)
  return via && { request, via, source: withoutConnection(source), tag }
}

/** An INVITE of ours at a phone that rings, as it is stored: the header fields that its CANCEL and its ACK need (RFC 3261 §9.1, §17.1.1.3). */
interface RingingState {
  /** As latin1 text, with the Via with which it was sent. */
  readonly ringing: string
  readonly hop: Hop
}

/** Undefined: only this process can reach the phone, because it is behind a connection. */
export function ringingState({ method, uri, headers: sent }: SipRequest, hop: Hop): RingingState | undefined {
  if (hop.only === true || !sent.has('Via')) return undefined
  const headers = new HeaderTable()
  for (const name of ['Via', 'Route', 'From', 'To', 'Call-ID', 'CSeq']) headers.appendFrom(sent, name)
  const request: SipRequest = { kind: 'request', method, uri, headers, body: '' }
  return { ringing: serialize(request).toString('latin1'), hop: withoutConnection(hop) }
}

/** Undefined: the data is not from `ringingState`. */
export function readRinging(kept: unknown): { readonly request: SipRequest; readonly hop: Hop } | undefined {
  if (!isObject(kept) || !isHop(kept['hop'])) return undefined
  const request = readRequest(kept['ringing'])
  return request?.method === 'INVITE' ? { request, hop: withoutConnection(kept['hop']) } : undefined
}

function readRequest(text: unknown): SipRequest | undefined {
  if (typeof text !== 'string') return undefined
  const parsed = parseMessage(Buffer.from(text, 'latin1'), 'datagram')
  return parsed.kind === 'message' && parsed.message.kind === 'request' ? parsed.message : undefined
}

function isDialog(kept: unknown): kept is DialogState {
  if (!isObject(kept)) return false
  const { callId, localTag, remoteTag, local, remote, remoteTarget, contact, localCSeq, routes, flow, peer } = kept
  const routed = Array.isArray(routes) && areTexts(...(routes as unknown[]))
  const whole = areTexts(callId, localTag, remoteTag, local, remote, remoteTarget, contact) && typeof localCSeq === 'number'
  return whole && routed && (flow === undefined || isHop(flow)) && (peer === undefined || isPeer(peer))
}

function isPeer(kept: unknown): kept is DialogPeer {
  if (!isObject(kept)) return false
  const { seen, account, calls } = kept
  return (
    (seen === undefined || isHop(seen)) &&
    (account === undefined || areTexts(account)) &&
    (calls === undefined || typeof calls === 'boolean')
  )
}

const isTimer = (kept: unknown): kept is TimerState => isObject(kept) && typeof kept['interval'] === 'number'

const isBody = (kept: unknown): kept is Body => isObject(kept) && areTexts(kept['type'], kept['text'])

/** Whether the stored value is an address. */
export const isHop = (kept: unknown): kept is Hop =>
  isObject(kept) && areTexts(kept['transport'], kept['host']) && typeof kept['port'] === 'number'

export const isObject = (kept: unknown): kept is Readonly<Record<string, unknown>> => typeof kept === 'object' && kept !== null

export const areTexts = (...kept: readonly unknown[]): boolean => kept.every(each => typeof each === 'string')
