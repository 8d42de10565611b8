import assert from 'node:assert/strict'
import { PhoneRings } from '../../../src/signaling/phone-rings.js'
import type { Binding } from '../../../src/sip/index.js'
import { instant } from '../../../src/foundation/time.js'
import type { InviteOptions, OutboundCall, OutboundCallListener } from '../../../src/legs/invitation.js'
import { FakeClock } from '../../fakes/clock.js'

const alice = 'sip:alice@example.com'

describe('a call that rings while phones register', () => {
  let clock: FakeClock
  let bindings: Binding[]
  let rings: PhoneRings
  let did: string[]
  let breadth: string[]
  let phones: OutboundCallListener[]
  beforeEach(() => {
    clock = new FakeClock()
    bindings = []
    did = []
    breadth = []
    phones = []
    rings = new PhoneRings(() => bindings, clock)
  })

  const phone = (uri: string, callId = 'boot 1', more: Partial<Binding> = {}): Binding => ({
    ...{ uri, callId, cseq: 1, path: [], expires: instant(0), ends: 0 },
    ...more,
  })

  function invite(options: Partial<InviteOptions> = {}): OutboundCall | undefined {
    return rings.invite(
      {
        phones: alice,
        others: [],
        wayTo:
          ({ uri, callId }) =>
          ({ headers }) =>
          told => {
            did.push(`INVITE ${uri} ${callId}`)
            breadth.push(...headers.flatMap(([name, value]) => (name === 'Max-Breadth' ? [value] : [])))
            phones.push(told)
            return { sipCallId: uri, cancel: () => void did.push(`CANCEL ${uri} ${callId}`), kept: () => [{ uri }] }
          },
      },
      { from: { uri: 'sip:caller@example.com' }, headers: [], ...options },
      {
        answered: () => did.push('answered'),
        refused: ({ status }) => did.push(`refused ${status}`),
      },
    )
  }

  function registered(...now: Binding[]): void {
    bindings = now
    rings.changed(alice)
    clock.pass(0)
  }

  it('rings a phone again that comes back at another address, and the old contact gets CANCEL', () => {
    registered(phone('sip:a@10.0.0.1'))
    invite()
    registered(phone('sip:a@10.0.0.2', 'boot 2'))
    assert.deepEqual(did, ['INVITE sip:a@10.0.0.1 boot 1', 'CANCEL sip:a@10.0.0.1 boot 1', 'INVITE sip:a@10.0.0.2 boot 2'])
  })

  it('rings a phone again that restarted at the same address, or comes on another connection', () => {
    const flow = { transport: 'tcp', host: '10.0.0.1', port: 40_000, connection: 1 } as const
    registered(phone('sip:a@10.0.0.1', 'boot 1', { flow }))
    invite()
    registered(phone('sip:a@10.0.0.1', 'boot 2', { flow }))
    registered(phone('sip:a@10.0.0.1', 'boot 2', { flow: { ...flow, connection: 2 } }))
    assert.equal(did.filter(what => what.startsWith('INVITE')).length, 3)
    assert.equal(did.filter(what => what.startsWith('CANCEL')).length, 2)
  })

  it('is not affected by a refresh', () => {
    registered(phone('sip:a@10.0.0.1'))
    invite()
    registered(phone('sip:a@10.0.0.1', 'boot 1', { cseq: 2, ends: 1 }))
    assert.deepEqual(did, ['INVITE sip:a@10.0.0.1 boot 1'])
  })

  it('rings a new phone only after its REGISTER is answered', () => {
    registered(phone('sip:a@10.0.0.1'))
    invite()
    bindings = [...bindings, phone('sip:a@10.0.0.2')]
    rings.changed(alice)
    assert.equal(did.length, 1)
    clock.pass(0)
    assert.equal(did.length, 2)
  })

  it('rings a phone again that unregisters and registers within a second; without a phone the agent is out of reach', () => {
    registered(phone('sip:a@10.0.0.1'))
    invite()
    registered()
    clock.pass(500)
    registered(phone('sip:a@10.0.0.1', 'boot 2'))
    clock.pass(5_000)
    assert.deepEqual(did.slice(1), ['CANCEL sip:a@10.0.0.1 boot 1', 'INVITE sip:a@10.0.0.1 boot 2'])
    registered()
    clock.pass(1_000)
    assert.deepEqual(did.at(-1), 'refused 410')
  })

  it('sends at most eleven INVITEs to a phone that registers again and again', () => {
    registered(phone('sip:a@10.0.0.1'))
    invite()
    for (let boot = 2; boot < 100; boot += 1) registered(phone('sip:a@10.0.0.1', `boot ${boot}`))
    assert.equal(did.filter(what => what.startsWith('INVITE')).length, 11)
    clock.pass(1_000)
    assert.equal(did.at(-1), 'refused 410')
  })

  it('rings at no later phone once it is answered, refused or cancelled', () => {
    registered(phone('sip:a@10.0.0.1'))
    invite()
    phones[0]?.refused({ status: 486, reasonPhrase: 'Busy Here' })
    invite()?.cancel()
    const before = did.length
    registered(phone('sip:a@10.0.0.2'))
    assert.equal(did.length, before)
  })

  it('gives later phones a share of the caller’s breadth, or does not ring them if none is left', () => {
    registered(phone('sip:a@10.0.0.1'), phone('sip:a@10.0.0.2'))
    invite({ limits: { maxBreadth: 5 } })
    registered(phone('sip:a@10.0.0.2'), phone('sip:a@10.0.0.3'), phone('sip:a@10.0.0.4'))
    assert.deepEqual(breadth, ['2', '2', '2'])
  })

  it('reaches nobody when the agent has no phone', () => assert.equal(invite(), undefined))
})
