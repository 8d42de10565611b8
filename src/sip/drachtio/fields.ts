import { HeaderTable } from '../message/headers.js'
import type { SipMessage, SipRequest, SipResponse } from '../message/message.js'
import { sessionExpires } from '../message/extensions.js'
import { serialize } from '../message/serialize.js'

/** The server writes these itself. */
const alwaysServers = ['Via', 'Route', 'Record-Route', 'RSeq', 'Content-Length']
const ofDialog = ['From', 'To', 'Call-ID', 'CSeq', 'Max-Forwards', 'RAck']
const ofResponse = ['From', 'Call-ID', 'CSeq', 'Max-Forwards']

/**
 * The server runs session timers itself (RFC 4028), as soon as a 2xx names one, and refreshes with the description that it saw
 * last, which is not always the latest. So we name none: our refreshes go on, and sessions of peers that name one are the server's.
 */
const ofTimers = ['Session-Expires', 'Min-SE']

/** A request outside dialogs, for the server. */
export const beginning = (request: SipRequest): string => textOf(request, [...alwaysServers, ...ofTimers])

/** A request within a dialog. The server knows where it goes. */
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

/** What came, without session timers that are the server's. One that is too short stays, to be refused (RFC 4028 §9). */
export function withoutTimer(headers: HeaderTable, shortest = 90): void {
  const asked = sessionExpires(headers)
  if (asked && asked.seconds < shortest) return
  for (const name of ofTimers) headers.delete(name)
  for (const name of ['Supported', 'Require']) withoutTag(headers, name)
}

function textOf(message: SipMessage, dropped: readonly string[]): string {
  const headers = new HeaderTable()
  for (const [name, value] of message.headers) if (!dropped.includes(name)) headers.append(name, value)
  for (const name of ['Supported', 'Require']) withoutTag(headers, name)
  return serialize({ ...message, headers }).toString('utf8')
}

function withoutTag(headers: HeaderTable, name: string): void {
  const tags = headers.values(name)
  const others = tags.filter(tag => tag.toLowerCase() !== 'timer')
  if (others.length === tags.length) return
  if (others.length === 0) headers.delete(name)
  else headers.set(name, others.join(', '))
}
