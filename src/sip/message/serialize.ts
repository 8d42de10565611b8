import type { SipMessage } from './message.js'

/** The bytes as they go out: fields in order, Content-Length always right and last. */
export function serialize(message: SipMessage): Buffer {
  const { headers, body } = message
  headers.delete('Content-Length')
  const start =
    message.kind === 'request' ? `${message.method} ${message.uri} SIP/2.0` : `SIP/2.0 ${message.status} ${message.reasonPhrase}`
  return Buffer.from(`${start}\r\n${headers.text()}Content-Length: ${body.length}\r\n\r\n${body}`, 'latin1')
}
