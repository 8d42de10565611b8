import { ByteWriter } from './byte-writer.js'
import { asBytes, asLine } from './grammar.js'
import type { SipMessage } from './message.js'

/** The bytes as they are sent: one field per line, in order, with a correct Content-Length at the end. */
export function serialize(message: SipMessage): Buffer {
  const body = asBytes(message.body)
  const first = startLine(message)
  const last = `Content-Length: ${body.length}\r\n\r\n`
  const bytes = new ByteWriter(first.length + 2 + message.headers.bytes + last.length + body.length)
  bytes.add(first).add('\r\n')
  message.headers.write(bytes)
  return bytes.add(last).add(body).written
}

/** The same as text in which each character is one byte. */
export const asText = (message: SipMessage): string => serialize(message).toString('latin1')

function startLine(message: SipMessage): string {
  if (message.kind === 'response') return asLine(`SIP/2.0 ${message.status} ${message.reasonPhrase}`)
  // A space would end the Request-URI. The Contact of a peer may contain one.
  return `${asLine(message.method)} ${asLine(message.uri).replaceAll(' ', '%20')} SIP/2.0`
}
