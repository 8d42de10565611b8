import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Framer, defaultFramingLimits, type FramingFault } from '../../../../src/sip/transport/framing.js'
import { memoryInUse } from '../../../fakes/memory.js'

const message = (body: string, lengthField = `Content-Length: ${body.length}`) =>
  `OPTIONS sip:a SIP/2.0\r\nCall-ID: c\r\n${lengthField}\r\n\r\n${body}`

function read(chunks: readonly string[], limits = defaultFramingLimits) {
  const got: string[] = []
  const framer = new Framer(limits, { message: bytes => got.push(bytes.toString('latin1')), ping: () => got.push('ping') })
  let fault: FramingFault | undefined
  for (const chunk of chunks) fault = framer.push(Buffer.from(chunk, 'latin1'))
  return { got, fault, partial: framer.partial }
}

describe('framing of a stream (RFC 3261 §18.3)', () => {
  it('separates messages by their Content-Length', () => {
    const [one, two] = [message('hello'), message('')]
    assert.deepEqual(read([one + two + one]).got, [one, two, one])
  })

  it('waits for the rest of a body', () => {
    const text = message('hello')
    const half = read([text.slice(0, -3)])
    assert.deepEqual(half.got, [])
    assert.equal(half.partial, true)
    assert.deepEqual(read([text.slice(0, -3), text.slice(-3)]).got, [text])
  })

  it('reads messages from chunks of any size', () => {
    const texts = ['', 'hello', 'x'.repeat(5_000), 'y'.repeat(777)].map(body => message(body))
    const bytes = Buffer.from(texts.join(''))
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3_000 }), size => {
        const chunks: string[] = []
        for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.toString('latin1', at, at + size))
        assert.deepEqual(read(chunks).got, texts)
      }),
    )
  })

  it('holds a body that comes byte by byte in little more memory than its size', () => {
    const head = message('', 'Content-Length: 60000')
    const framers = Array.from(
      { length: 8 },
      () => new Framer(defaultFramingLimits, { message: () => undefined, ping: () => undefined }),
    )
    const before = memoryInUse()
    for (const framer of framers) {
      framer.push(Buffer.from(head))
      for (let byte = 0; byte < 50_000; byte++) framer.push(Buffer.alloc(1))
    }
    const held = (memoryInUse() - before) / framers.length
    assert.ok(framers.every(({ partial }) => partial))
    assert.ok(held < 200_000, `${held} bytes each`)
  })

  for (const field of ['l: 5', 'L:5', 'content-length\t :  5 ', 'Content-Length:\r\n 5', 'CONTENT-LENGTH: 05']) {
    it(`understands ${JSON.stringify(field)}`, () => {
      const text = message('hello', field)
      assert.deepEqual(read([text, text]).got, [text, text])
    })
  }

  it('is not misled by fields with similar names', () => {
    const text = message('hello', 'Language: 9\r\nContent-Lengthy: 7\r\nlx: 3\r\nContent-Length: 5')
    assert.deepEqual(read([text]).got, [text])
  })

  it('reads a message without a length as one without a body', () => {
    const text = message('', 'Max-Forwards: 70')
    assert.deepEqual(read([text + text]).got, [text, text])
  })

  for (const bad of [
    'Content-Length: -1',
    'Content-Length: 5x',
    'Content-Length:',
    'l: 1\r\nl: 2',
    'Content-Length: 12345678901234567890',
  ]) {
    it(`gives up at ${JSON.stringify(bad)}, returns the head, and reads nothing more`, () => {
      const { got, fault } = read([message('hello', bad), message('')])
      assert.deepEqual(got, [])
      assert.equal(fault?.what, 'badLength')
      assert.match(fault?.head?.toString() ?? '', /^OPTIONS/)
    })
  }

  it('accepts the same length given twice', () => {
    assert.equal(read([message('hello', 'l: 5\r\nContent-Length: 5')]).got.length, 1)
  })

  it('reads two line breaks as a ping, also in pieces, and one as nothing (RFC 5626 §3.5.1)', () => {
    assert.deepEqual(read(['\r\n\r\n']).got, ['ping'])
    assert.deepEqual(read(['\r', '\n', '\r', '\n']).got, ['ping'])
    const pong = read(['\r\n'])
    assert.deepEqual(pong.got, [])
    assert.equal(pong.partial, false)
    const text = message('')
    assert.deepEqual(read([`\r\n${text}\r\n\r\n${text}`]).got, [text, 'ping', text])
    assert.deepEqual(read(['\r\n', text]).got, [text])
  })

  it('gives up when a head exceeds its limit, complete or not', () => {
    const limits = { headBytes: 100, messageBytes: 1_000 }
    assert.equal(read(['x'.repeat(101)], limits).fault?.what, 'headTooLarge')
    assert.equal(read([`${'x'.repeat(101)}\r\n\r\n`], limits).fault?.what, 'headTooLarge')
    assert.equal(read(['x'.repeat(60), 'x'.repeat(60)], limits).fault?.what, 'headTooLarge')
  })

  it('gives up when a message exceeds its limit, before its body has come', () => {
    const { fault } = read([message('', 'Content-Length: 65536')])
    assert.equal(fault?.what, 'messageTooLarge')
    assert.match(fault?.head?.toString() ?? '', /65536/)
  })

  it('gives up at a lone carriage return', () => {
    assert.equal(read(['\rOPTIONS']).fault?.what, 'badLength')
  })
})
