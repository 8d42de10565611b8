import assert from 'node:assert/strict'
import { QueueProbe } from '../../../../src/sip/transport/queue-probe.js'

function probing() {
  const sent: Buffer[] = []
  let random = 0
  return {
    sent,
    probe: new QueueProbe(
      () => (random += 0x10203),
      bytes => void sent.push(bytes),
    ),
  }
}

describe('a probe of the receive buffer', () => {
  it('knows nothing until a probe has returned, and then how long it took', () => {
    const { sent, probe } = probing()
    assert.equal(probe.ask(0), undefined)
    assert.equal(probe.ask(50), undefined)
    assert.equal(probe.heard(sent[0] ?? Buffer.of(), 80), true)
    assert.equal(probe.ask(90), 80)
    assert.equal(probe.heard(sent[1] ?? Buffer.of(), 95), true)
    assert.equal(probe.ask(100), 45)
  })

  it('grows with the age of a probe that has not returned', () => {
    const { sent, probe } = probing()
    probe.ask(0)
    probe.heard(sent[0] ?? Buffer.of(), 1)
    for (const at of [50, 100, 500, 900]) probe.ask(at)
    assert.equal(probe.ask(1_000), 950)
  })

  it('forgets probes that a full buffer lost, as soon as a later one returns', () => {
    const { sent, probe } = probing()
    for (const at of [0, 50, 100]) probe.ask(at)
    probe.heard(sent[2] ?? Buffer.of(), 130)
    assert.equal(probe.ask(150), 30)
  })

  it('knows nothing if a firewall stops all probes, or stops them later', () => {
    const { sent, probe } = probing()
    for (let at = 0; at <= 20_000; at += 50) assert.equal(probe.ask(at), undefined)
    probe.heard(sent.at(-1) ?? Buffer.of(), 20_010)
    let last: number | undefined
    for (let at = 20_050; at <= 30_000; at += 50) last = probe.ask(at)
    assert.equal(last, undefined)
  })

  it('does not use what it knew before a pause', () => {
    const { sent, probe } = probing()
    probe.ask(0)
    probe.heard(sent[0] ?? Buffer.of(), 400)
    assert.equal(probe.ask(60_000), undefined)
  })

  it('takes nobody else’s datagram for its own', () => {
    const { sent, probe } = probing()
    probe.ask(0)
    const forged = Buffer.from(sent[0] ?? Buffer.of())
    forged[3] = (forged[3] ?? 0) ^ 1
    assert.equal(probe.heard(forged, 5), false)
    assert.equal(probe.heard(Buffer.alloc(4), 5), false)
    assert.equal(probe.heard(sent[0] ?? Buffer.of(), 5), true)
    assert.equal(probe.heard(sent[0] ?? Buffer.of(), 500), true, 'a copy is ours too, and says nothing')
    assert.equal(probe.ask(510), 5)
  })
})
