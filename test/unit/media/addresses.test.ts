import assert from 'node:assert/strict'
import type { NetworkInterfaceInfo } from 'node:os'
import { millis } from '../../../src/foundation/time.js'
import { NamedAddress, ReachableAddresses } from '../../../src/media/addresses.js'
import { FakeClock } from '../../fakes/clock.js'

const at = (address: string, more: Partial<NetworkInterfaceInfo> = {}): NetworkInterfaceInfo =>
  ({ address, family: address.includes(':') ? 'IPv6' : 'IPv4', internal: false, ...more }) as NetworkInterfaceInfo
const lo = at('127.0.0.1', { internal: true })

describe('the addresses by which others reach the server', () => {
  it('are those of now: an interface that comes up after the start is used a second later', () => {
    const clock = new FakeClock()
    let readings = 0
    let present: NetworkInterfaceInfo[] = [lo]
    const reachable = new ReachableAddresses('0.0.0.0', 4, clock, () => {
      readings += 1
      return { any: present }
    })
    assert.deepEqual(reachable.now(), ['127.0.0.1'])
    present = [lo, at('10.77.0.1'), at('fe80::1'), at('2001:db8::1')]
    for (let call = 0; call < 100; call += 1) reachable.now()
    assert.equal(readings, 1, 'the addresses are read once a second')
    clock.pass(millis(1_000))
    assert.deepEqual(reachable.now(), ['10.77.0.1'])
    present = [lo, at('10.8.0.2'), at('10.77.0.1')]
    clock.pass(millis(1_000))
    assert.deepEqual(reachable.now(), ['10.8.0.2', '10.77.0.1'])
  })

  it('are a trouble while there is only loopback, or while browser legs use one that is gone', () => {
    const clock = new FakeClock()
    let present: NetworkInterfaceInfo[] = [lo]
    const reachable = new ReachableAddresses('0.0.0.0', 4, clock, () => ({ any: present }))
    assert.match(reachable.troubles(0).join(), /only loopback addresses/)
    present = [lo, at('10.77.0.1')]
    clock.pass(millis(1_000))
    assert.deepEqual(reachable.troubles(0), [])
    assert.match(reachable.troubles(1).join(), /1 browser leg uses an address of before/)
    assert.deepEqual(new ReachableAddresses('127.0.0.1', 4, clock).troubles(0), [], 'the config wants it so')
  })

  it('are named in a session’s descriptions, the same one as long as the machine has it', () => {
    let reachable = ['10.77.0.1']
    const named = new NamedAddress(() => reachable)
    assert.equal(named.current, '10.77.0.1')
    reachable = ['10.8.0.2', '10.77.0.1']
    assert.deepEqual([named.next(), named.isGone], ['10.77.0.1', false])
    reachable = ['10.8.0.2']
    assert.deepEqual([named.current, named.isGone], ['10.77.0.1', true])
    assert.deepEqual([named.next(), named.current, named.isGone], ['10.8.0.2', '10.8.0.2', false])
  })

  it('are the configured one if there is one, whatever the interfaces are', () => {
    const reachable = new ReachableAddresses('192.0.2.7', 4, new FakeClock(), () => assert.fail('the interfaces are not read'))
    assert.deepEqual(reachable.now(), ['192.0.2.7'])
  })

  it('are the bound one while the machine has none', () => {
    assert.deepEqual(new ReachableAddresses('::', 6, new FakeClock(), () => ({ any: [lo] })).now(), ['::'])
  })
})
