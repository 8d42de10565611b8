import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Bindings, type AskedContact, type AskedRegistration, type Binding } from '../../../../src/sip/registrar/bindings.js'
import { FakeClock } from '../../../fakes/clock.js'
import '../../../seed.js'

const aor = 'sip:alice@example.com'
let clock: FakeClock
let bindings: Bindings
let count = 0

const asks = (contacts: AskedRegistration['contacts'], more: Partial<AskedRegistration> = {}): AskedRegistration => ({
  callId: `call-${(count += 1)}`,
  cseq: 1,
  contacts,
  path: [],
  ...more,
})
const at = (uri: string, more: Partial<AskedContact> = {}): AskedContact => ({ uri: `sip:alice@${uri}`, ...more })
const uris = (): string[] => bindings.of(aor).map(({ uri }) => uri.replace('sip:alice@', ''))
const left = (): number[] => bindings.of(aor).map(({ expires }) => (expires - clock.now()) / 1000)

describe('bindings (RFC 3261 §10.3)', () => {
  beforeEach(() => {
    clock = new FakeClock()
    bindings = new Bindings(clock)
  })

  it('last an hour, or up to two hours if requested, and then end by themselves', () => {
    bindings.update(aor, asks([at('a'), at('b', { expires: 90 }), at('c', { expires: 100_000 })]))
    assert.deepEqual(left(), [3_600, 90, 7_200])
    clock.pass(90_000)
    assert.deepEqual(uris(), ['a', 'c'])
    clock.pass(7_200_000)
    assert.deepEqual(uris(), [])
    assert.equal(clock.size, 0)
  })

  it('of less than a minute are refused, together with the rest of the request', () => {
    assert.equal(bindings.update(aor, asks([at('a'), at('b', { expires: 59 })])).kind, 'tooBrief')
    assert.deepEqual(uris(), [])
  })

  it('are refreshed by the same address in any spelling', () => {
    bindings.update(aor, asks([{ uri: 'sip:al%69ce@A.example.com;x=1' }]))
    clock.pass(1_000_000)
    bindings.update(aor, asks([{ uri: 'sip:alice@a.example.com' }]))
    assert.deepEqual(left(), [3_600])
    bindings.update(aor, asks([{ uri: 'sip:alice@a.example.com;transport=tcp' }]))
    assert.equal(bindings.of(aor).length, 2)
  })

  it('are removed by Expires 0, one or all', () => {
    bindings.update(aor, asks([at('a'), at('b'), at('c')]))
    bindings.update(aor, asks([at('b', { expires: 0 })]))
    assert.deepEqual(uris(), ['a', 'c'])
    bindings.update(aor, asks('all'))
    assert.deepEqual(uris(), [])
  })

  it('are not changed by a request of the same Call-ID without a higher CSeq', () => {
    bindings.update(aor, asks([at('a')], { callId: 'x', cseq: 5 }))
    assert.equal(bindings.update(aor, asks([at('a', { expires: 0 }), at('b')], { callId: 'x', cseq: 5 })).kind, 'outOfOrder')
    assert.equal(bindings.update(aor, asks('all', { callId: 'x', cseq: 4 })).kind, 'outOfOrder')
    assert.deepEqual(uris(), ['a'])
    assert.equal(bindings.update(aor, asks('all', { callId: 'x', cseq: 6 })).kind, 'done')
    assert.deepEqual(uris(), [])
  })

  it('replace each other if they are of one device and one flow (RFC 5626 §6)', () => {
    const device = { instance: '"<urn:uuid:1>"', regId: 1 }
    bindings.update(aor, asks([at('a', device)]))
    bindings.update(aor, asks([at('b', device)]))
    bindings.update(aor, asks([at('c', { ...device, regId: 2 })]))
    assert.deepEqual(uris(), ['c', 'b'])
  })

  it('are at most ten for each address of record', () => {
    const ten = Array.from({ length: 10 }, (_each, index) => at(`h${index}`))
    assert.equal(bindings.update(aor, asks(ten)).kind, 'done')
    assert.equal(bindings.update(aor, asks([at('more')])).kind, 'tooMany')
    assert.equal(bindings.update(aor, asks([at('h0', { expires: 0 }), at('more')])).kind, 'done')
    assert.equal(uris().length, 10)
  })

  it('report each change, and nothing for a query', () => {
    const told: number[] = []
    bindings.listen((_aor, now) => told.push(now.length))
    bindings.update(aor, asks([at('a'), at('b', { expires: 60 })]))
    bindings.update(aor, asks([]))
    clock.pass(60_000)
    bindings.drop(aor, ({ uri }) => uri === 'sip:alice@a')
    bindings.drop(aor, () => true)
    assert.deepEqual(told, [2, 1, 0])
  })

  it('behave like a simple table of addresses for any requests and any changes of the wall clock', () => {
    const contact = fc.record({
      uri: fc.constantFrom('a', 'b', 'c', 'd').map(host => `sip:alice@${host}`),
      expires: fc.constantFrom(0, 60, 100, 7_200),
    })
    const step = fc.oneof(
      fc.record({ kind: fc.constant('register' as const), contacts: fc.array(contact, { maxLength: 4 }) }),
      fc.record({ kind: fc.constant('all' as const) }),
      fc.record({ kind: fc.constant('pass' as const), seconds: fc.integer({ min: 1, max: 200 }) }),
      fc.record({ kind: fc.constant('turn' as const), seconds: fc.integer({ min: -10_000, max: 10_000 }) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), steps => {
        clock = new FakeClock()
        bindings = new Bindings(clock)
        let last: readonly Binding[] = []
        bindings.listen((_aor, now) => (last = now))
        const model = new Map<string, number>()
        for (const each of steps) {
          if (each.kind === 'pass') clock.pass(each.seconds * 1000)
          else if (each.kind === 'turn') clock.turn(each.seconds * 1000)
          else bindings.update(aor, asks(each.kind === 'all' ? 'all' : each.contacts))
          if (each.kind === 'all') model.clear()
          if (each.kind === 'register')
            for (const { uri, expires } of each.contacts) model.set(uri, clock.monotonic() + expires * 1000)
          for (const [uri, expires] of model) if (expires <= clock.monotonic()) model.delete(uri)
          const now = bindings.of(aor)
          assert.deepEqual(new Map(now.map(({ uri, ends }) => [uri, ends])), model)
          assert.equal(now.length, model.size)
          assert.deepEqual(last, now)
          assert.equal(clock.size, model.size > 0 ? 1 : 0)
        }
      }),
      { numRuns: 500 },
    )
  })
})
