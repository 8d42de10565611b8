import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Frames } from '../../../../src/sip/transport/frames.js'

interface Frame {
  readonly opcode: number
  readonly fin: boolean
  readonly length: number
  readonly form: 'short' | 'two' | 'eight'
}

/** A frame as a client sends it: masked, with any valid form of the length. */
function bytesOf({ opcode, fin, length, form }: Frame): Buffer {
  const head = Buffer.alloc(form === 'short' ? 2 : form === 'two' ? 4 : 10)
  head[0] = (fin ? 0x80 : 0) | opcode
  head[1] = 0x80 | (form === 'short' ? length : form === 'two' ? 126 : 127)
  if (form === 'two') head.writeUInt16BE(length, 2)
  if (form === 'eight') head.writeBigUInt64BE(BigInt(length), 2)
  return Buffer.concat([head, Buffer.alloc(4), Buffer.alloc(length, 0x81)])
}

const text = (length: number, fin = true, opcode = 1): Frame => ({ opcode, fin, length, form: length < 126 ? 'short' : 'two' })
const control = (length = 0): Frame => ({ opcode: 9, fin: true, length, form: 'short' })

/** A message in one or more frames, with control frames between them. */
const message = fc
  .array(fc.record({ length: fc.nat(300), controls: fc.array(fc.nat(125), { maxLength: 2 }) }), { minLength: 1, maxLength: 4 })
  .map(parts =>
    parts.flatMap(({ length, controls }, i) => [
      text(length, i === parts.length - 1, i === 0 ? 1 : 0),
      ...(i === parts.length - 1 ? [] : controls.map(control)),
    ]),
  )

describe('the frames of a WebSocket (RFC 6455 §5)', () => {
  it('keep no state after whole messages, however these are split into frames and chunks', () => {
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 200 }), (messages, chunkSize) => {
        const frames = new Frames()
        let ended = 0
        for (const each of messages) {
          const bytes = Buffer.concat(each.map(bytesOf))
          for (let at = 0; at < bytes.length; at += chunkSize) {
            const chunk = bytes.subarray(at, at + chunkSize)
            const isLast = at + chunk.length === bytes.length
            assert.equal(frames.push(chunk), isLast)
            assert.equal(frames.heldBytes, isLast ? 0 : at + chunk.length)
          }
          ended += 1
        }
        assert.equal(ended, messages.length)
      }),
    )
  })

  for (const form of ['two', 'eight'] as const)
    it(`may have a length field of ${form} bytes`, () => {
      const frames = new Frames()
      const bytes = bytesOf({ ...text(5), form })
      for (const byte of bytes.subarray(0, -1)) assert.equal(frames.push(Buffer.from([byte])), false)
      assert.equal(frames.heldBytes, bytes.length - 1)
      assert.equal(frames.push(bytes.subarray(-1)), true)
      assert.equal(frames.heldBytes, 0)
    })

  it('report the end of one message and the start of another in one chunk', () => {
    const frames = new Frames()
    assert.equal(frames.push(Buffer.concat([bytesOf(text(5)), bytesOf(text(7, false))])), true)
    assert.equal(frames.heldBytes, bytesOf(text(7)).length)
  })

  it('count control frames between fragments, which do not end a message', () => {
    const frames = new Frames()
    frames.push(bytesOf(text(1, false)))
    assert.equal(frames.push(bytesOf(control(10))), false)
    assert.equal(frames.heldBytes, bytesOf(text(1)).length + bytesOf(control(10)).length)
    assert.equal(frames.push(bytesOf(text(0, true, 0))), true)
  })
})
