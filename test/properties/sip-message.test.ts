import assert from 'node:assert/strict'
import fc from 'fast-check'
import { buildRequest, buildResponse } from '../../src/sip/message/build.js'
import { from, to } from '../../src/sip/message/fields.js'
import { decodeUtf8, encodeUtf8 } from '../../src/sip/message/grammar.js'
import { HeaderTable } from '../../src/sip/message/headers.js'
import type { SipMessage } from '../../src/sip/message/message.js'
import { formatNameAddr, parseNameAddr } from '../../src/sip/message/name-addr.js'
import { parseMessage } from '../../src/sip/message/parse.js'
import { parseParameters } from '../../src/sip/message/parameters.js'
import { formatReason, parseReasons } from '../../src/sip/message/reason.js'
import { serialize } from '../../src/sip/message/serialize.js'
import { parseUri } from '../../src/sip/message/uri.js'
import { isSameAsWritten, readAll } from './sip-reading.js'

const chars = (set: string, minLength = 1, maxLength = 12): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...set.split('')), minLength, maxLength })
const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
const token = chars(`${letters}-.!%*_+\`'~`)
const word = chars(letters)
const host = fc.oneof(fc.constantFrom('example.com', '192.0.2.7', '[2001:db8::7]', 'HOST'), word)
const port = fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined })
const user = chars(`${letters}-_.!~*'()&=+$,;?/`)
const parameterText = fc
  .array(
    fc.tuple(fc.oneof(word, fc.constantFrom('transport', 'lr', 'user', 'maddr', 'x')), fc.option(word, { nil: undefined })),
    {
      maxLength: 3,
    },
  )
  .map(pairs => pairs.map(([name, value]) => (value === undefined ? `;${name}` : `;${name}=${value}`)).join(''))

const sipUri = fc
  .tuple(fc.constantFrom('sip', 'sips', 'SIP'), fc.option(user, { nil: undefined }), host, port, parameterText)
  .map(
    ([scheme, who, where, at, more]) =>
      `${scheme}:${who === undefined ? '' : `${who}@`}${where}${at === undefined ? '' : `:${at}`}${more}`,
  )
const telUri = chars('0123456789-.()', 0, 8).map(digits => `tel:+1${digits}`)
const anyUri = fc.oneof(sipUri, telUri)

const displayName = fc.string({ unit: 'grapheme', maxLength: 12 }).map(name => name.replace(/[\r\n\0]/g, ''))
/** Any text that people and programs may pass to a builder. */
const anything = fc.oneof(fc.string({ unit: 'binary', maxLength: 30 }), chars('\r\n\0: ;"<>,a\u010d\u010a\xa0', 0, 20))
const headerName = fc.constantFrom('Subject', 'Organization', 'X-Thing', 'Supported', 'P-Asserted-Identity', 'Reason')
const headers = fc.array(fc.tuple(headerName, anything), { maxLength: 5 })
const body = fc.uint8Array({ maxLength: 60 }).map(bytes => Buffer.from(bytes).toString('latin1'))

const request = fc
  .record({ method: token, uri: anyUri, from: anyUri, to: anyUri, callId: word, cseq: fc.nat(), tag: word, headers, body })
  .map(parts => {
    const made = buildRequest({ ...parts, from: `<${parts.from}>;tag=${parts.tag}`, to: `<${parts.to}>` })
    made.headers.prepend('Via', 'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport')
    return made
  })

function again(message: SipMessage): SipMessage {
  const outcome = parseMessage(serialize(message), 'stream')
  return outcome.kind === 'message' ? outcome.message : assert.fail(`${outcome.what}\n${serialize(message).toString('latin1')}`)
}

/** Values as a reader returns them: without spaces at the ends of a line. */
const comparable = (message: SipMessage): unknown => ({
  ...message,
  headers: [...message.headers].flatMap(([name, value]) =>
    name === 'Content-Length' ? [] : [[name, value.replace(/^[ \t]+|[ \t]+$/g, '')]],
  ),
})

describe('SIP messages, by property', () => {
  it('a request is the same after writing and reading', () =>
    fc.assert(fc.property(request, message => assert.deepEqual(comparable(again(message)), comparable(message)))))

  it('a response is the same after writing and reading, and answers its request', () =>
    fc.assert(
      fc.property(request, fc.integer({ min: 101, max: 699 }), word, headers, body, (asked, status, toTag, more, content) => {
        const response = buildResponse(asked, status, { toTag, headers: more, body: content })
        assert.deepEqual(comparable(again(response)), comparable(response))
        assert.deepEqual(response.headers.lines('Via'), asked.headers.lines('Via'))
        assert.equal(from(response.headers)?.tag, from(asked.headers)?.tag)
        assert.equal(to(response.headers)?.tag, toTag)
      }),
    ))

  it('no value that is put into a message adds a header field or begins the body', () =>
    fc.assert(
      fc.property(
        request,
        fc.array(fc.tuple(anything, anything), { maxLength: 5 }),
        anything,
        anything,
        (asked, more, uri, phrase) => {
          const fields = HeaderTable.of([...asked.headers, ...more])
          fields.set('Subject', phrase)
          fields.prepend('Subject', uri)
          for (const message of [
            { ...asked, uri, headers: fields },
            { kind: 'response' as const, status: 200, reasonPhrase: phrase, headers: fields, body: '' },
          ]) {
            const written = serialize({ ...message, body: '' }).toString('latin1')
            const lines = written.split(/\r\n|\r|\n/)
            assert.equal(lines.length, 1 + fields.size - fields.count('Content-Length') + 1 + 2)
            assert.deepEqual(lines.slice(-2), ['', ''])
            assert.equal(written.indexOf('\r\n\r\n'), written.length - 4)
          }
        },
      ),
    ))

  it('no bytes make a reader throw', () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), bytes => void readAll(Buffer.from(bytes))),
      { numRuns: 500 },
    ))

  it('no line of a message makes a reader throw', () =>
    fc.assert(
      fc.property(
        request,
        fc.constantFrom('Via', 'From', 'To', 'Contact', 'CSeq', 'Route', 'Require', 'Reason', 'Refer-To', 'RAck', 'x', 'Min-SE'),
        anything,
        (made, name, value) => {
          const lines = serialize(made).toString('latin1').replace('\r\nMax-Forwards', `\r\n${name}: ${value}\r\nMax-Forwards`)
          readAll(Buffer.from(lines, 'latin1'))
        },
      ),
      { numRuns: 500 },
    ))

  it('a name and address is the same after writing and reading, in any script', () =>
    fc.assert(
      fc.property(displayName, anyUri, word, (name, uri, tag) => {
        const address = parseNameAddr(formatNameAddr({ displayName: encodeUtf8(name), uri, parameters: new Map([['tag', tag]]) }))
        assert.ok(address.ok)
        assert.deepEqual([decodeUtf8(address.value.displayName ?? ''), address.value.uri, address.value.tag], [name, uri, tag])
      }),
    ))

  it('parameters give the same by name, whether they are few or many', () =>
    fc.assert(
      fc.property(fc.array(fc.tuple(word, fc.constantFrom('', ' ', '=1', ' = a', '="b;c"', '=%')), { maxLength: 6 }), given => {
        const text = given.map(([name, value]) => `;${name}${value}`).join('')
        // A text of this length is taken apart at once.
        const [few, many] = [parseParameters(text), parseParameters(`${text};padding=${'x'.repeat(300)}`)]
        assert.ok(few && many)
        for (const [name] of given) {
          const lower = name.toLowerCase()
          assert.deepEqual([few.has(lower), few.get(lower)], [many.has(lower), many.get(lower)])
        }
        assert.deepEqual([...few], [...many].slice(0, -1))
      }),
    ))

  it('a URI is the same after writing and reading', () =>
    fc.assert(
      fc.property(anyUri, text => {
        const uri = parseUri(text)
        assert.ok(uri.ok, text)
        assert.ok(isSameAsWritten(uri.value), text)
      }),
      { numRuns: 500 },
    ))

  it('a Reason is the same after writing and reading', () =>
    fc.assert(
      fc.property(fc.constantFrom('SIP', 'Q.850'), fc.integer({ min: 0, max: 699 }), displayName, (protocol, cause, text) => {
        const reason = { protocol, cause, text: encodeUtf8(text) }
        assert.deepEqual(parseReasons([formatReason(reason)]), [reason])
      }),
    ))
})
