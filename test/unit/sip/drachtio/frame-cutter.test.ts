import assert from 'node:assert/strict'
import fc from 'fast-check'
import { FrameCutter } from '../../../../src/sip/drachtio/frame-cutter.js'

const id = '0a1b2c3d-0000-4000-8000-00000000000f'
const framed = (text: string): Buffer => Buffer.from(`${Buffer.byteLength(text)}#${text}`)

describe('messages of a drachtio-server', () => {
  it('are cut out of the bytes, however these come', () => {
    const texts = fc.array(
      fc.string({ unit: 'grapheme' }).map(text => `${id}|${text}`),
      { maxLength: 5 },
    )
    fc.assert(
      fc.property(texts, fc.array(fc.nat(40)), (sent, sizes) => {
        let bytes = Buffer.concat(sent.map(framed))
        const cutter = new FrameCutter()
        const came: string[] = []
        for (const size of [...sizes, Infinity]) {
          const cut = cutter.push(bytes.subarray(0, size))
          assert.equal(cut.kind, 'messages')
          came.push(...cut.messages.map(String))
          bytes = bytes.subarray(size)
        }
        assert.deepEqual(came, sent)
      }),
    )
  })

  for (const [what, bytes, expected] of [
    ['without a length', '.1:5972>\r\nServer: Carillon\r\n', /without its length.*"\.1:5972>/],
    ['with an empty length', '#text', /without its length/],
    ['with a length of many digits', '12345678', /without its length/],
    ['that are too long', '1048577#', /without its length/],
    ['without an id', '4#text', /without its id/],
    ['whose bytes are mixed', `60#${id}|sip|network|12${'x'.repeat(12)}v=0\r\n`, /without its length.*v=0/],
  ] as const)
    it(`are broken ${what}, and those before are still told`, () => {
      const cut = new FrameCutter().push(Buffer.concat([framed(`${id}|response|1|OK`), Buffer.from(bytes)]))
      assert.equal(cut.kind, 'broken')
      assert.equal(String(cut.messages[0]), `${id}|response|1|OK`)
      assert.match(cut.what, expected)
    })
})
