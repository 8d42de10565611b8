import { topVia } from '../message/fields.js'
import type { SipRequest } from '../message/message.js'
import { parseMessage } from '../message/parse.js'
import type { Via } from '../message/via.js'
import type { Hop } from '../transport/transport.js'
import type { Body } from '../../legs/body.js'
import type { DialogState } from './dialog.js'
import { withoutConnection, type DialogPeer } from './peer-place.js'

/** Who refreshes a session, and how often (RFC 4028). Seconds. */
export interface TimerState {
  readonly interval: number
  readonly least?: number
  readonly weRefresh: boolean
  readonly agreed: boolean
}

/** A confirmed dialog of an INVITE as it outlives the process; plain JSON. */
export interface SessionState {
  readonly dialog: DialogState
  readonly timer: TimerState
  /** Refreshed by UPDATE. */
  readonly byUpdate: boolean
  /** What we described last, and the peer took. */
  readonly described?: Body
}

/** Reads what was kept: undefined when it is not what a session wrote. */
export function readSessionState(kept: unknown): SessionState | undefined {
  if (!isObject(kept) || !isDialog(kept['dialog']) || !isTimer(kept['timer'])) return undefined
  const { dialog, timer, byUpdate, described } = kept
  return { dialog, timer, byUpdate: byUpdate === true, ...(isBody(described) && { described }) }
}

/** An INVITE that came and is not answered, as it outlives the process; plain JSON. */
export interface InviteState {
  /** As it came, with what the transport added to its Via; bytes as latin1 text. */
  readonly request: string
  readonly source: Hop
  /** Ours, in the To of what was answered already. */
  readonly tag: string
}

/** The INVITE that was kept, as the transport handed it up; undefined when it is none. */
export function readInvite(kept: unknown): { request: SipRequest; via: Via; source: Hop; tag: string } | undefined {
  if (!isObject(kept)) return undefined
  const { request: text, source, tag } = kept
  if (typeof text !== 'string' || typeof tag !== 'string' || !isHop(source)) return undefined
  const parsed = parseMessage(Buffer.from(text, 'latin1'), 'datagram')
  if (parsed.kind !== 'message' || parsed.message.kind !== 'request') return undefined
  const request = parsed.message
  const via = topVia(request.headers)
  return via && { request, via, source: withoutConnection(source), tag }
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

/** Whether it is an address that was kept. */
export const isHop = (kept: unknown): kept is Hop =>
  isObject(kept) && areTexts(kept['transport'], kept['host']) && typeof kept['port'] === 'number'

export const isObject = (kept: unknown): kept is Readonly<Record<string, unknown>> => typeof kept === 'object' && kept !== null

export const areTexts = (...kept: readonly unknown[]): boolean => kept.every(each => typeof each === 'string')
