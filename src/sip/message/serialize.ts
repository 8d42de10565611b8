import { asBytes, asLine } from './grammar.js'
import type { SipMessage } from './message.js'

/** The bytes as they are sent: one field per line, in order, with a correct Content-Length at the end. */
export const serialize = (message: SipMessage): Buffer => Buffer.from(asText(message), 'latin1')

/** The same as text in which each character is one byte. */
export function asText(message: SipMessage): string {
  const body = asBytes(message.body)
  const fields = message.headers.textWithout('Content-Length')
  return `${startLine(message)}\r\n${fields}Content-Length: ${body.length}\r\n\r\n${body}`
}

function startLine(message: SipMessage): string {
  if (message.kind === 'response') return asLine(`SIP/2.0 ${message.status} ${message.reasonPhrase}`)
  // A space would end the Request-URI. The Contact of a peer may contain one.
  return `${asLine(message.method)} ${asLine(message.uri).replaceAll(' ', '%20')} SIP/2.0`
}
