import assert from 'node:assert/strict'
import { createStubInstance } from 'sinon'
import { silentLog } from '../../../../src/foundation/log.js'
import { Fleet } from '../../../../src/sip/drachtio/fleet.js'
import type { Told } from '../../../../src/sip/drachtio/link.js'
import { DrachtioServer } from '../../../../src/sip/drachtio/server.js'
import { FakeClock } from '../../../fakes/clock.js'

const answer: Parameters<Told>[0] = { ok: true, values: [], bytes: Buffer.alloc(0) }

/** A server whose connection the test makes and breaks. */
function fakeServer() {
  const sent: string[] = []
  let pending: Told[] = []
  const state = { up: true }
  const server = createStubInstance(DrachtioServer)
  Object.defineProperty(server, 'isUp', { get: () => state.up })
  Object.defineProperty(server, 'name', { value: '192.0.2.1:9022' })
  server.command.callsFake((text, told) => {
    sent.push(text)
    pending.push(told)
  })
  const settle = (outcome: Parameters<Told>[0]): void => {
    const all = pending
    pending = []
    for (const told of all) told(outcome)
  }
  return {
    ...{ server, sent },
    down: () => {
      state.up = false
      settle({ ok: false, reason: 'no connection', unsent: 'lost' })
    },
    up: () => (state.up = true),
    answer: () => settle(answer),
  }
}

describe('commands that wait for a drachtio-server', () => {
  it('are sent when it is back, in order, and again when the connection breaks before the server has answered', () => {
    const fleet = new Fleet(new FakeClock(), silentLog)
    const { server, sent, down, up, answer: answers } = fakeServer()
    const told: string[] = []
    down()
    fleet.owe(server, 'BYE a', () => told.push('a'))
    fleet.owe(server, 'BYE b', () => told.push('b'))
    assert.deepEqual(sent, [])
    up()
    fleet.pay(server)
    assert.deepEqual([sent, told], [['BYE a', 'BYE b'], []])
    down()
    up()
    fleet.pay(server)
    answers()
    assert.deepEqual(
      [sent.slice(2), told],
      [
        ['BYE a', 'BYE b'],
        ['a', 'b'],
      ],
    )
    fleet.pay(server)
    assert.equal(sent.length, 4)
  })

  it('are dropped beyond 10,000, and the log says so once a minute', () => {
    const lines: string[] = []
    const fleet = new Fleet(new FakeClock(), { ...silentLog, warn: message => lines.push(message) })
    const { server, sent, down, up } = fakeServer()
    down()
    for (let index = 0; index < 10_010; index += 1) fleet.owe(server, `BYE ${index}`)
    assert.equal(lines.length, 1)
    assert.match(lines[0] ?? '', /10000 commands wait for drachtio-server 192\.0\.2\.1:9022/)
    up()
    fleet.pay(server)
    assert.equal(sent.length, 10_000)
  })
})
