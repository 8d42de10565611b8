import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Framer, defaultFramingLimits } from '../../src/sip/transport/framing.js'

const piece = fc.oneof(
  fc.record({ body: fc.string({ maxLength: 300 }), compact: fc.boolean() }).map(({ body, compact }) => ({
    kind: 'message' as const,
    text: `INFO sip:x SIP/2.0\r\nSubject: ${body.length}\r\n${compact ? 'l' : 'Content-Length'}: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  })),
  fc.constant({ kind: 'ping' as const, text: '\r\n\r\n' }),
)

describe('framing, for any division of a stream into chunks', () => {
  it('finds the same messages and pings', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), fc.array(fc.nat({ max: 1_000 }), { maxLength: 40 }), (pieces, sizes) => {
        const bytes = Buffer.from(pieces.map(({ text }) => text).join(''))
        const got: string[] = []
        const framer = new Framer(defaultFramingLimits, {
          message: found => got.push(found.toString()),
          ping: () => got.push('\r\n\r\n'),
        })
        let at = 0
        for (const size of [...sizes, bytes.length]) {
          assert.equal(framer.push(bytes.subarray(at, at + size)), undefined)
          at += size
        }
        // Pings in a row are reported together, as many as came together.
        const told = (texts: readonly string[]) => texts.filter((text, index) => text !== '\r\n\r\n' || texts[index - 1] !== text)
        assert.deepEqual(told(got), told(pieces.map(({ text }) => text)))
        assert.equal(framer.partial, false)
      }),
    )
  })

  it('never throws and never holds more than its limits, whatever the bytes', () => {
    const limits = { headBytes: 64, messageBytes: 128 }
    const bit = fc.oneof(
      fc.constantFrom('\r\n\r\n', '\r\n', '\r', '\n', 'l: 20', 'Content-Length: 4', 'l: ', 'OPTIONS x', ':', ' '),
      fc.string({ maxLength: 40 }),
    )
    fc.assert(
      fc.property(fc.array(bit, { maxLength: 60 }), bits => {
        const framer = new Framer(limits, { message: found => assert.ok(found.length <= 128), ping: () => undefined })
        for (const text of bits) if (framer.push(Buffer.from(text))) return
      }),
    )
  })
})
