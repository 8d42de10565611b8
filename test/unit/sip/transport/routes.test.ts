import assert from 'node:assert/strict'
import { Routes } from '../../../../src/sip/transport/routes.js'
import type { ListenPoint } from '../../../../src/sip/transport/transport.js'
import { addressTowards } from '../../../../src/sip/transport/udp.js'

const udp = (host: string, port = 5060): ListenPoint => ({ transport: 'udp', host, port })
const tcp = (host: string, port = 5060): ListenPoint => ({ transport: 'tcp', host, port })

/** A machine with the addresses 10.0.0.1, 192.0.2.1 (the default) and 2001:db8::1. */
function kernel(host: string): string | undefined {
  if (host.startsWith('127.') || host === '::1') return host
  if (host.includes(':')) return '2001:db8::1'
  return host.startsWith('10.') ? '10.0.0.1' : '192.0.2.1'
}

const routes = (points: ListenPoint[], advertise?: string, ask = kernel, now = () => 0) => new Routes(points, advertise, ask, now)
const shown = (of: Routes, host: string, transport: 'udp' | 'tcp' = 'udp') => {
  const { listenPoint, local } = of.towards(transport, host)
  return `${listenPoint ?? '-'} ${local.host}:${local.port}`
}

describe('routes', () => {
  it('show the address that the kernel chooses when listening on all', () => {
    const all = routes([udp('0.0.0.0', 5080)])
    assert.equal(shown(all, '10.9.9.9'), '0 10.0.0.1:5080')
    assert.equal(shown(all, '198.51.100.1'), '0 192.0.2.1:5080')
    assert.equal(shown(all, '127.0.0.1'), '0 127.0.0.1:5080')
  })

  it('show the advertised host, but loopback to a peer on this machine', () => {
    const advertised = routes([udp('0.0.0.0')], 'rgs.example.com')
    assert.equal(shown(advertised, '10.9.9.9'), '0 rgs.example.com:5060')
    assert.equal(shown(advertised, '127.0.0.1'), '0 127.0.0.1:5060')
  })

  it('start at the listen point with the same transport and family, preferably with the routed address', () => {
    const points = [tcp('10.0.0.1', 1), udp('127.0.0.1', 2), udp('192.0.2.1', 3), udp('10.0.0.1', 4), udp('::', 5), tcp('::1', 6)]
    const many = routes(points)
    assert.equal(shown(many, '10.9.9.9'), '3 10.0.0.1:4')
    assert.equal(shown(many, '198.51.100.1'), '2 192.0.2.1:3')
    assert.equal(shown(many, '127.0.0.1'), '1 127.0.0.1:2')
    assert.equal(shown(many, '10.9.9.9', 'tcp'), '0 10.0.0.1:1')
    assert.equal(shown(many, '2001:db8::9'), '4 [2001:db8::1]:5')
    assert.equal(shown(many, '::1', 'tcp'), '5 [::1]:6')
  })

  it('prefer a listen point for all addresses to one with another address', () => {
    assert.equal(shown(routes([udp('127.0.0.1', 1), udp('0.0.0.0', 2)]), '10.9.9.9'), '1 10.0.0.1:2')
  })

  it('find no listen point for a transport or family that is not listened on', () => {
    assert.equal(shown(routes([udp('10.0.0.1', 5070)]), '10.9.9.9', 'tcp'), '- 10.0.0.1:5070')
    assert.equal(routes([udp('10.0.0.1')]).towards('udp', '2001:db8::9').listenPoint, undefined)
  })

  it('ask the kernel once for each destination, and again after a minute', () => {
    let asked = 0
    let now = 0
    const counting = routes(
      [udp('0.0.0.0')],
      undefined,
      host => (asked++, kernel(host)),
      () => now,
    )
    for (let i = 0; i < 10; i++) counting.towards('udp', '10.9.9.9')
    assert.equal(asked, 1)
    now = 61_000
    counting.towards('udp', '10.9.9.9')
    assert.equal(asked, 2)
  })

  it('ask again for every transport after that minute', () => {
    let now = 0
    let ours = '10.0.0.1'
    const all = routes(
      [udp('0.0.0.0'), tcp('0.0.0.0')],
      undefined,
      () => ours,
      () => now,
    )
    for (const transport of ['udp', 'tcp'] as const) all.towards(transport, '10.9.9.9')
    ours = '10.0.0.2'
    now = 61_000
    for (const transport of ['udp', 'tcp'] as const)
      assert.equal(shown(all, '10.9.9.9', transport), `${transport === 'udp' ? 0 : 1} 10.0.0.2:5060`)
  })

  it('have a limited size for any number of destinations', () => {
    let asked = 0
    const counting = routes([udp('0.0.0.0')], undefined, host => (asked++, kernel(host)))
    counting.towards('udp', '10.0.0.0')
    for (let i = 0; i < 5_000; i++) counting.towards('udp', `10.1.${i >> 8}.${i & 255}`)
    counting.towards('udp', '10.0.0.0')
    assert.equal(asked, 5_002)
  })

  it('learn from the kernel which addresses are loopback, without sending', () => {
    assert.equal(addressTowards('127.0.0.1'), '127.0.0.1')
    assert.equal(addressTowards('::1'), '::1')
  })
})
