import { HeaderTable } from '../message/headers.js'
import { from } from '../message/fields.js'
import type { SipMessage, SipRequest, SipResponse } from '../message/message.js'
import { sessionExpires } from '../message/extensions.js'
import { asText } from '../message/serialize.js'

/** The server writes these itself. */
const alwaysServers = ['Via', 'Route', 'Record-Route', 'RSeq', 'Content-Length']
const ofDialog = ['From', 'To', 'Call-ID', 'CSeq', 'Max-Forwards', 'RAck']
const ofResponse = ['From', 'Call-ID', 'CSeq', 'Max-Forwards']

/**
 * The server runs session timers itself (RFC 4028) as soon as a 2xx names one, and refreshes with the SDP that it saw last, which is not always
 * the latest. So our messages name none: our own refreshes continue, and the server handles sessions of peers that name one.
 */
const ofTimers = ['Session-Expires', 'Min-SE']

/** Header fields of a request outside dialogs, for the server. */
export const beginning = (request: SipRequest): string => textOf(request, [...alwaysServers, ...ofTimers])

/** Header fields of a request in a dialog. The server knows its destination. */
export const within = (request: SipRequest): string =>
  textOf({ ...request, uri: 'sip:placeholder' }, [...alwaysServers, ...ofTimers, ...ofDialog])

/** `first`: the first response to a request outside dialogs, whose To tag is ours. */
export const responding = (response: SipResponse, first: boolean): string =>
  textOf(response, [
    ...alwaysServers,
    ...ofResponse,
    // A 422 must have its Min-SE.
    ...(response.status === 422 ? ['Session-Expires'] : ofTimers),
    ...(first ? [] : ['To']),
  ])

/** A request in a dialog with no more than its dialog needs. */
export function bareOf(request: SipRequest): SipRequest {
  const headers = new HeaderTable()
  for (const name of ['Route', 'From', 'To', 'Call-ID', 'CSeq']) headers.appendFrom(request.headers, name)
  return { ...request, headers, body: '' }
}

/** In bytes. */
const longestNames = 8_000

/** Whether our first answer with its To, or any request in the dialog with its Call-ID and tag, would leave too little space for the rest. */
export function hasLongNames({ headers }: SipRequest): boolean {
  const [dialog = '', callee = ''] = [headers.first('Call-ID'), headers.first('To')]
  return dialog.length + callee.length + (from(headers)?.tag?.length ?? 0) > longestNames
}

/** The received header fields without session timers that the server handles. An interval that is too short stays, so that it is refused (RFC 4028 §9). */
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
