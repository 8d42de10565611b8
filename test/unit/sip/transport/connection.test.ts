import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { Connection } from '../../../../src/sip/transport/connection.js'
import type { Sender } from '../../../../src/sip/transport/overhead.js'
import { defaultStreamLimits } from '../../../../src/sip/transport/stream.js'
import { requestText } from '../transaction/messages.js'

describe('a TCP connection', () => {
  let now: number
  let ours: Socket
  let peer: Socket
  let got: string[]
  let connection: Connection
  let sender: Sender
  let readable: boolean

  beforeEach(async () => {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const accepted = once(server, 'connection') as Promise<[Socket]>
    peer = connect((server.address() as AddressInfo).port, '127.0.0.1').setNoDelay(true)
    ;[ours] = await accepted
    server.close()
    now = 1_000
    sender = 'known'
    readable = true
    got = []
    const source = { transport: 'tcp', host: '127.0.0.1', port: 5_060, connection: 1 } as const
    const sink = {
      message: (bytes: Buffer) => got.push(bytes.toString()) > 0 && readable,
      unreadable: () => void got.push('unreadable'),
      closed: () => void got.push('closed'),
      notReading: () => void got.push('notReading'),
      overstepping: () => void got.push('overstepping'),
      sender: () => sender,
    }
    connection = new Connection(ours, source, undefined, defaultStreamLimits, sink, () => now)
  })

  afterEach(() => {
    connection.close()
    peer.destroy()
  })

  /** Writes, and waits until the connection has read it. */
  const send = async (text: string) => {
    const read = once(ours, 'data')
    peer.write(text)
    await read
  }
  const text = requestText({ via: 'SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKx' })

  it('is overdue when its first message does not arrive within 15 s', () => {
    assert.equal(connection.overdue(now + 15_000), undefined)
    assert.equal(connection.overdue(now + 15_001), 'slow')
  })

  it('is overdue when a message takes longer than 15 s, even if bytes keep coming', async () => {
    await send(text.slice(0, 30))
    for (const drop of text.slice(30, 34)) {
      now += 4_000
      await send(drop)
    }
    assert.equal(connection.overdue(now), 'slow')
  })

  it('gives each message its own time limit', async () => {
    for (let i = 0; i < 4; i++) {
      await send(text.slice(0, 30))
      now += 10_000
      await send(text.slice(30))
    }
    assert.equal(got.length, 4)
    assert.equal(connection.overdue(now), undefined)
  })

  for (const [what, piece] of [
    ['pings', '\r\n\r\n'],
    ['line breaks', '\r\n'],
    ['messages that cannot be read', 'x\r\n\r\n'],
  ] as const) {
    it(`closes a stranger's connection that brings ${what} and no message`, async () => {
      sender = 'stranger'
      readable = false
      for (let sent = 0; sent < 100 && !got.includes('closed'); sent++) await send(piece.repeat(64))
      assert.deepEqual(got.slice(-2), ['overstepping', 'closed'])
      assert.ok(got.length < 70, `${got.length} were read`)
    })
  }

  it('accepts a long message in small pieces from a stranger, and pings between messages', async () => {
    sender = 'stranger'
    const long = text.replace('Content-Length: 0', 'Content-Length: 60000') + 'x'.repeat(60_000)
    for (let at = 0; at < long.length; at += 600) await send(long.slice(at, at + 600))
    for (let sent = 0; sent < 100; sent++) await send(`\r\n\r\n${text}`)
    assert.deepEqual(got, [long, ...new Array<string>(100).fill(text)])
  })

  it('lets a trusted peer send as many line breaks as it likes', async () => {
    sender = 'trusted'
    for (let sent = 0; sent < 20; sent++) await send('\r\n\r\n'.repeat(10_000))
    assert.deepEqual(got, [])
  })

  it('keeps at most one pong waiting for a peer that pings and does not read', async () => {
    peer.pause()
    peer.write('\r\n\r\n'.repeat(20_000) + text)
    while (got.length === 0) await once(ours, 'data')
    let pongs = ''
    peer.on('data', chunk => (pongs += chunk.toString()))
    peer.resume()
    ours.end()
    await once(peer, 'end')
    assert.ok(pongs.length > 0 && pongs.length < 10_000, `${pongs.length} bytes`)
  })

  it('is overdue when the peer has not read our bytes for 15 s, unless it caught up in between', async () => {
    await send(text)
    peer.pause()
    const fill = () => {
      while (ours.writableLength === 0) connection.send(Buffer.alloc(10_000))
    }
    fill()
    assert.equal(connection.overdue(now), undefined)
    peer.resume()
    while (ours.writableLength > 0) await new Promise(resolve => setImmediate(resolve))
    now += 10_000
    assert.equal(connection.overdue(now), undefined)
    peer.pause()
    fill()
    assert.equal(connection.overdue(now), undefined)
    now += 15_000
    assert.equal(connection.overdue(now), undefined)
    assert.equal(connection.overdue(now + 1), 'unread')
  })

  it('is idle after 10 min without a byte in either direction', async () => {
    await send(text)
    now += 500_000
    connection.send(Buffer.from('SIP/2.0 200 OK\r\n\r\n'))
    assert.equal(connection.overdue(now + 600_000), undefined)
    assert.equal(connection.overdue(now + 600_001), 'idle')
  })

  it('reads nothing more after unreadable bytes', async () => {
    await send(text.replace('Content-Length: 0', 'Content-Length: x'))
    assert.equal(connection.open, false)
    peer.write(text)
    await once(peer.resume(), 'close')
    assert.deepEqual(got, ['unreadable', 'closed'])
  })

  it('reports later, not at once, that a closed connection accepts nothing', async () => {
    connection.close()
    const order: string[] = []
    connection.send(Buffer.from('x'), () => void order.push('failed'))
    order.push('returned')
    await Promise.resolve()
    assert.deepEqual(order, ['returned', 'failed'])
    connection.close()
    assert.deepEqual(got, ['closed'])
  })
})
