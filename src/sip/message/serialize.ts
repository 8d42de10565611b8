import { asBytes, asLine } from './grammar.js'
import type { SipMessage } from './message.js'

/** The bytes as they go out: one field a line, in order; Content-Length always right and last. */
export function serialize(message: SipMessage): Buffer {
  const body = asBytes(message.body)
  const fields = message.headers.textWithout('Content-Length')
  return Buffer.from(`${startLine(message)}\r\n${fields}Content-Length: ${body.length}\r\n\r\n${body}`, 'latin1')
}

function startLine(message: SipMessage): string {
  if (message.kind === 'response') return asLine(`SIP/2.0 ${message.status} ${message.reasonPhrase}`)
  // A space in the Request-URI would end it; one could stand in what a peer gave as its Contact.
  return `${asLine(message.method)} ${asLine(message.uri).replaceAll(' ', '%20')} SIP/2.0`
}
