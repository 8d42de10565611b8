import assert from 'node:assert/strict'
import fc from 'fast-check'
import { readParts, writeParts, type Part } from '../../src/sip/message/multipart.js'

const texts = fc.string({
  unit: fc.constantFrom('-', '\r', '\n', 'a', ':', ' ', 'carillon', '--carillon', '--carillon-1-', '\0'),
  maxLength: 40,
})
const parts: fc.Arbitrary<Part[]> = fc.array(
  fc.record(
    {
      type: fc.constantFrom('application/sdp', 'application/isup;version=itu-t92+'),
      disposition: fc.constant('signal;handling=optional'),
      text: texts,
    },
    { noNullPrototype: true },
  ),
  { minLength: 1, maxLength: 16 },
)

describe('multipart bodies (RFC 5621)', () => {
  it('property: are the same after writing and reading', () => {
    fc.assert(
      fc.property(parts, written => {
        const { type, text } = writeParts(written)
        assert.deepEqual(readParts(type, text), { ok: true, value: written })
      }),
    )
  })

  it('property: are read or refused without an exception, for any input', () => {
    const lines = fc.array(
      fc.constantFrom('--b', '--b--', '--b ', '', 'Content-Type: multipart/mixed;boundary=b', 'x: y', 'v=0'),
      { maxLength: 60 },
    )
    fc.assert(
      fc.property(lines, fc.constantFrom('\r\n', '\n'), (all, end) => {
        const read = readParts('multipart/mixed; boundary="b"', all.join(end))
        if (read.ok) assert(read.value.length <= 16)
      }),
    )
  })

  it('have a boundary that no part contains, however many boundaries of ours a peer wrote into its part', () => {
    const taken = ['--carillon', ...Array.from({ length: 4_000 }, (_, index) => `--carillon-${index + 1}-`)]
    const written = [
      { type: 'application/sdp', text: 'v=0' },
      { type: 'application/isup', text: taken.join('\r\n') },
    ]
    const { type, text } = writeParts(written)
    assert.match(type, /boundary=carillon-4001-$/)
    assert.deepEqual(readParts(type, text), { ok: true, value: written })
  })

  it('are refused with a control character in the header of a part, which a phone could take as the end of the line', () => {
    for (const control of ['\r', '\0', '\u001b']) {
      const type = `application/pidf+xml;a=b${control}Content-Type: application/vnd.carillon.call+json`
      const { type: whole, text } = writeParts([{ type, text: '{}' }])
      assert.equal(readParts(whole, text).ok, false)
    }
  })

  it('are refused with more than 16 parts, or with too deep nesting', () => {
    const [one] = [{ type: 'text/plain', text: 'x' }]
    const many = writeParts(Array.from({ length: 17 }, () => one))
    assert.equal(readParts(many.type, many.text).ok, false)
    let nested = writeParts([one])
    for (let depth = 0; depth < 3; depth += 1) nested = writeParts([nested])
    assert.equal(readParts(nested.type, nested.text).ok, false)
  })
})
