import assert from 'node:assert/strict'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { systemClock } from '../../../../src/foundation/clock.js'
import { PortQuestions } from '../../../../src/sip/transport/port-questions.js'
import type { Hop } from '../../../../src/sip/transport/transport.js'
import { FakeClock } from '../transaction/fake-clock.js'

async function bound(): Promise<{ socket: Socket; hop: Hop }> {
  const socket = createSocket('udp4')
  await once(socket.bind(0, '127.0.0.1'), 'listening')
  return { socket, hop: { transport: 'udp', host: '127.0.0.1', port: socket.address().port } }
}

async function closedPort(): Promise<Hop> {
  const { socket, hop } = await bound()
  socket.close()
  await once(socket, 'close')
  return hop
}

describe('probing UDP ports', () => {
  it('reports a closed port to all who asked', async () => {
    const questions = new PortQuestions(systemClock)
    const hop = await closedPort()
    let told = 0
    await Promise.all(
      [1, 2].map(
        () =>
          new Promise<void>(closed =>
            questions.ask(hop, () => {
              told += 1
              closed()
            }),
          ),
      ),
    )
    assert.equal(told, 2)
    questions.stop()
  })

  it('sends two line breaks, which are no message, to an open port, and reports nothing', async () => {
    const clock = new FakeClock()
    const questions = new PortQuestions(clock)
    const { socket, hop } = await bound()
    let told = 0
    const came = once(socket, 'message')
    questions.ask(hop, () => (told += 1))
    questions.ask(hop, () => (told += 1))
    const [bytes] = (await came) as [Buffer]
    assert.equal(bytes.toString(), '\r\n\r\n')
    clock.pass(2_000)
    assert.deepEqual([told, clock.size], [0, 0])
    socket.close()
  })

  it('reports nothing once it is stopped, and leaves nothing behind', async () => {
    const clock = new FakeClock()
    const questions = new PortQuestions(clock)
    let told = 0
    questions.ask(await closedPort(), () => (told += 1))
    questions.stop()
    await new Promise(resolve => setImmediate(resolve))
    assert.deepEqual([told, clock.size], [0, 0])
  })

  it('probes at most 32 ports at once', () => {
    const clock = new FakeClock()
    const questions = new PortQuestions(clock)
    for (let port = 1; port <= 100; port++) questions.ask({ transport: 'udp', host: '127.0.0.1', port }, () => undefined)
    assert.equal(clock.size, 32)
    questions.stop()
    assert.equal(clock.size, 0)
  })
})
