import assert from 'node:assert/strict'
import fc from 'fast-check'
import { buildCancel, buildRequest, buildResponse } from '../../src/sip/message/build.js'
import { HeaderTable } from '../../src/sip/message/headers.js'
import type { SipMessage } from '../../src/sip/message/message.js'
import { formatNameAddr } from '../../src/sip/message/name-addr.js'
import { formatReason } from '../../src/sip/message/reason.js'
import { serialize } from '../../src/sip/message/serialize.js'

/** Text that an attacker might put into a header: control characters, and characters whose low byte is one. */
const hostile = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      '\r',
      '\n',
      '\0',
      '\x01',
      '\x0b',
      '\x1b',
      '\x7f',
      '\u010a',
      '\u010d',
      '"',
      '\\',
      '<',
      '>',
      ';',
      ',',
      ':',
      ' ',
      'é',
    ),
    fc.constantFrom('a', 'B', '7', '\r\nX-Evil: 1\r\n', '\r\n\r\n'),
  ),
  maxLength: 30,
})

/** The head contains no control characters except line ends and tabs, and as many lines as fields. */
function assertWhole(message: SipMessage, fields: number): void {
  const [head = ''] = serialize(message).toString('latin1').split('\r\n\r\n')
  const lines = head.split('\r\n')
  assert.equal(lines.length, fields + 2, 'the start line, the fields, Content-Length')
  for (const line of lines) assert.doesNotMatch(line, /[\x00-\x08\x0a-\x1f\x7f]/)
}

describe('builders of header fields let no control character out', () => {
  it('in a request, whatever its parts contain', () => {
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 10, maxLength: 10 }), parts => {
        const [uri = '', from = '', to = '', callId = '', contact = '', route = '', name = '', value = '', type = '', via = ''] =
          parts
        const request = buildRequest({
          ...{ method: 'INVITE', uri, from, to, callId, cseq: 1, contact, routes: [route] },
          headers: [[name, value]],
          contentType: type,
        })
        request.headers.prepend('Via', via)
        assertWhole(request, 10)
        assertWhole(buildCancel(request), 7)
      }),
    )
  })

  it('in a response', () => {
    fc.assert(
      fc.property(hostile, hostile, hostile, hostile, (reasonPhrase, name, value, toTag) => {
        const request = buildRequest({
          method: 'INVITE',
          uri: 'sip:a@b',
          from: '<sip:a@b>',
          to: '<sip:b@b>',
          callId: 'x',
          cseq: 1,
        })
        assertWhole(buildResponse(request, 486, { reasonPhrase, toTag, headers: [[name, value]] }), 5)
      }),
    )
  })

  it('in a table, in each way to add a field, and in the formats of names and reasons', () => {
    fc.assert(
      fc.property(hostile, hostile, (name, value) => {
        const headers = HeaderTable.of([['Subject', value]])
        headers.append(name, formatNameAddr({ uri: value, displayName: value, parameters: new Map([['x', value]]) }))
        headers.append('Reason', formatReason({ protocol: value, cause: 1, text: value }))
        headers.append('Contact', 'a')
        headers.set('Contact', value)
        headers.setFirstValue('Contact', value)
        headers.prepend(name, value)
        const other = new HeaderTable()
        other.appendFrom(headers, 'Subject', value)
        for (const table of [headers, other])
          assertWhole({ kind: 'request', method: 'INVITE', uri: 'sip:a@b', headers: table, body: '' }, table.size)
      }),
    )
  })
})
