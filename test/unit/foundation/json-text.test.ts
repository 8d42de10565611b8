import assert from 'node:assert/strict'
import fc from 'fast-check'
import { JsonText, readJsonText } from '../../../src/foundation/json-text.js'

const sdp = `v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\n${'a=x\r\n'.repeat(30)}`
const other = `v=0\r\no=- 2 1 IN IP4 192.0.2.2\r\n${'a=y\r\n'.repeat(30)}`

describe('JSON with shared texts', () => {
  it('has each long text once', () => {
    const value = { caller: { said: sdp, shown: [other, sdp] }, agent: { said: other, shown: [sdp] } }
    const json = new JsonText().of(value)
    assert.equal(json.split('v=0').length - 1, 2)
    assert.deepEqual(readJsonText(json), value)
  })

  it('is read as it was written, and is otherwise the same as that of JSON.stringify', () => {
    const json = new JsonText()
    const text = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 200 }),
      fc.constantFrom(sdp, other, '', '"\\\u0000\ud800', 'é'.repeat(99)),
    )
    const plain = fc.letrec(tie => ({
      value: fc.oneof(text, fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null), tie('list'), tie('object')),
      list: fc.array(tie('value'), { maxLength: 4 }),
      object: fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }).filter(key => !['text', 'texts', '__proto__'].includes(key)), fc.option(tie('value'), { nil: undefined }), { maxKeys: 4 }),
    })).object as fc.Arbitrary<object> // prettier-ignore
    fc.assert(
      fc.property(plain, value => {
        const written = json.of(value)
        assert.deepEqual(readJsonText(written), JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  it('compares a text with a few others only, however many long ones there are', () => {
    const texts = Array.from({ length: 40 }, (_each, index) => String(index).padStart(100, 'x'))
    const json = new JsonText().of({ list: [...texts, ...texts] })
    assert.deepEqual(readJsonText(json), { list: [...texts, ...texts] })
  })

  it('reads JSON without shared texts, as earlier versions wrote it', () => {
    assert.deepEqual(readJsonText('{"a":{"text":"b"},"c":[1]}'), { a: { text: 'b' }, c: [1] })
  })
})
