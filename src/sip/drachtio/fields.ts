import { HeaderTable } from '../message/headers.js'
import { from } from '../message/fields.js'
import type { SipMessage, SipRequest, SipResponse } from '../message/message.js'
import { sessionExpires } from '../message/extensions.js'
import { asText } from '../message/serialize.js'

/** Header fields that the server always writes itself. */
const alwaysServers = ['Via', 'Route', 'Record-Route', 'RSeq', 'Content-Length']
const ofDialog = ['From', 'To', 'Call-ID', 'CSeq', 'Max-Forwards', 'RAck']
const ofResponse = ['From', 'Call-ID', 'CSeq', 'Max-Forwards']

/**
 * Header fields that our messages leave out. When a 2xx has them, the server runs the session timer itself (RFC 4028), and refreshes with
 * the last SDP that it saw, which may be an old one. Without them our own refreshes continue. The server handles the timers of peers.
 */
const ofTimers = ['Session-Expires', 'Min-SE']

/** The text of a request outside dialogs, for the server. */
export const beginning = (request: SipRequest): string => textOf(request, [...alwaysServers, ...ofTimers])

/** The text of a request in a dialog, for the server. The server knows its destination. */
export const within = (request: SipRequest): string =>
  textOf({ ...request, uri: 'sip:placeholder' }, [...alwaysServers, ...ofTimers, ...ofDialog])

/** The text of a response, for the server. `first`: it is the first one to a request outside dialogs, and its To tag is ours. */
export const responding = (response: SipResponse, first: boolean): string =>
  textOf(response, [
    ...alwaysServers,
    ...ofResponse,
    // A 422 must have Min-SE (RFC 4028 §9).
    ...(response.status === 422 ? ['Session-Expires'] : ofTimers),
    ...(first ? [] : ['To']),
  ])

/** A request in a dialog with only the header fields that identify the dialog. */
export function bareOf(request: SipRequest): SipRequest {
  const headers = new HeaderTable()
  for (const name of ['Route', 'From', 'To', 'Call-ID', 'CSeq']) headers.appendFrom(request.headers, name)
  return { ...request, headers, body: '' }
}

/** Of Call-ID, To and tag together, in bytes. */
const longestNames = 8_000

/** Whether Call-ID, To and tag are so long that our answer, or a request in the dialog, would leave too little space for the rest. */
export function hasLongNames({ headers }: SipRequest): boolean {
  const [dialog = '', callee = ''] = [headers.first('Call-ID'), headers.first('To')]
  return dialog.length + callee.length + (from(headers)?.tag?.length ?? 0) > longestNames
}

/** Removes the session timer, which the server handles. An interval that is too short stays, so that we refuse it (RFC 4028 §9). */
export function withoutTimer(headers: HeaderTable, shortest = 90): void {
  const asked = sessionExpires(headers)
  if (asked && asked.seconds < shortest) return
  for (const name of ofTimers) headers.delete(name)
  for (const name of ['Supported', 'Require']) withoutTag(headers, name)
}

function textOf(message: SipMessage, dropped: readonly string[]): string {
  const headers = message.headers.clone(dropped)
  for (const name of ['Supported', 'Require']) withoutTag(headers, name)
  return asText({ ...message, headers })
}

function withoutTag(headers: HeaderTable, name: string): void {
  const tags = headers.values(name)
  const others = tags.filter(tag => tag.toLowerCase() !== 'timer')
  if (others.length === tags.length) return
  if (others.length === 0) headers.delete(name)
  else headers.set(name, others.join(', '))
}
