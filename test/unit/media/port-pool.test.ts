import assert from 'node:assert/strict'
import { PortPool } from '../../../src/media/worker/port-pool.js'
import { FakeClock } from '../../fakes/clock.js'

function pool(first: number, last: number): { pool: PortPool; asked: number[]; clock: FakeClock } {
  const asked: number[] = []
  const clock = new FakeClock()
  return { pool: new PortPool({ first, last }, clock, port => asked.push(port)), asked, clock }
}

describe('RTP ports', () => {
  it('are even, and the next port is free for RTCP', () => {
    const { pool: ports, asked } = pool(9, 15)
    ports.fill()
    assert.deepEqual(asked, [10, 12, 14])
  })

  it('are handed out only when bound', () => {
    const { pool: ports } = pool(10, 13)
    ports.fill()
    assert.equal(ports.take(), undefined)
    ports.bound(12)
    assert.equal(ports.take(), 12)
    assert.equal(ports.take(), undefined)
  })

  it('are bound in advance as others are taken, the most recently returned last', () => {
    const { pool: ports, asked } = pool(10, 10 + 2 * 70 - 1)
    ports.fill()
    assert.equal(asked.length, 64)
    for (const port of [...asked]) ports.bound(port)
    assert.equal(ports.take(), 10)
    assert.equal(asked.at(-1), 10 + 2 * 64)
    ports.freed(10)
    for (let taken = 0; taken < 6; taken += 1) ports.take()
    assert.deepEqual(asked.slice(-6), [140, 142, 144, 146, 148, 10])
  })

  it('are skipped when another program has them', () => {
    const { pool: ports, asked } = pool(10, 10 + 2 * 66 - 1)
    ports.fill()
    ports.refused(10)
    assert.equal(asked.at(-1), 10 + 2 * 64)
  })

  it('are requested again after a second when all are refused', () => {
    const { pool: ports, asked, clock } = pool(10, 13)
    ports.fill()
    let answered = 0
    const refuseAll = (): void => {
      for (; answered < asked.length; answered += 1) ports.refused(asked[answered] ?? 0)
    }
    refuseAll()
    const before = asked.length
    clock.pass(999)
    assert.equal(asked.length, before)
    clock.pass(1)
    assert(asked.length > before)
    refuseAll()
    ports.stop()
    assert.equal(clock.size, 0)
  })
})
