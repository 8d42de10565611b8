import assert from 'node:assert/strict'
import { Dialog } from '../../../../src/sip/dialog/dialog.js'
import { isSamePlace } from '../../../../src/sip/dialog/peer-place.js'
import { parseMessage } from '../../../../src/sip/message/parse.js'
import type { Hop } from '../../../../src/sip/transport/transport.js'
import { Desk, phoneHop } from '../registrar/asking.js'

const udp: Hop = { transport: 'udp', host: '198.51.100.7', port: 5060, listenPoint: 0 }
const tcp: Hop = { transport: 'tcp', host: udp.host, port: 40_000, connection: 7 }
const tls: Hop = { transport: 'tls', host: udp.host, port: 40_001, connection: 8 }
const page: Hop = { transport: 'wss', host: udp.host, port: 40_002, connection: 9 }

function dialogFrom(seen: Hop, contact = '<sip:bob@phone.invalid>', flow?: Hop, route?: string): Dialog {
  const lines = [
    'INVITE sip:support@example.com SIP/2.0',
    'Via: SIP/2.0/UDP 192.0.2.2:5061;branch=z9hG4bK1',
    'From: <sip:bob@example.com>;tag=1',
    'To: <sip:support@example.com>',
    'Call-ID: 1',
    'CSeq: 1 INVITE',
    `Contact: ${contact}`,
    ...(route === undefined ? [] : [`Record-Route: ${route}`]),
  ]
  const parsed = parseMessage(Buffer.from([...lines, '', ''].join('\r\n'), 'latin1'), 'datagram')
  if (parsed.kind !== 'message' || parsed.message.kind !== 'request') return assert.fail('unreadable')
  return Dialog.byServer(parsed.message, 'a', '<sip:192.0.2.1>', flow, { seen })
}

describe('the place of a dialog’s peer', () => {
  it('is its address with any port or connection, because NAT changes ports and TCP connections are reopened', () => {
    assert.equal(isSamePlace(udp, { ...udp, port: 61_000 }), true)
    assert.equal(isSamePlace(tcp, { ...tcp, port: 41_000, connection: 70 }), true)
    assert.equal(isSamePlace(udp, { ...udp, host: '198.51.100.8' }), false)
  })

  it('is an IPv6 address in any spelling, on its own link', () => {
    const at = (host: string): Hop => ({ ...udp, host })
    assert.equal(isSamePlace(at('2001:DB8:0::7'), at('2001:db8::7')), true)
    assert.equal(isSamePlace(at('2001:db8::7'), at('2001:db8::8')), false)
    assert.equal(isSamePlace(at('fe80::7%eth0'), at('fe80::7%eth1')), false)
    assert.equal(dialogFrom(at('2001:db8::9'), '<sip:bob@[2001:DB8::7]>').isFrom(at('2001:db8::7')), true)
  })

  it('is one WebSocket connection, because all pages at an address share the address', () => {
    assert.equal(isSamePlace(page, { ...page }), true)
    assert.equal(isSamePlace(page, { ...page, connection: 10 }), false)
    assert.equal(isSamePlace(page, udp), false)
    assert.equal(isSamePlace(udp, page), false)
  })

  it('is not the source of a UDP datagram when the peer uses TLS', () => {
    assert.equal(isSamePlace(tls, udp), false)
    assert.equal(isSamePlace(tls, { ...tls, connection: 80 }), true)
    assert.equal(dialogFrom(tls, `<sip:bob@${udp.host}>`).isFrom(udp), false)
  })

  it('is also the address of its Contact or its first route', () => {
    const dialog = dialogFrom(udp, '<sip:bob@198.51.100.8:5070>', undefined, '<sip:198.51.100.9;lr>')
    for (const host of ['198.51.100.7', '198.51.100.8', '198.51.100.9']) assert.equal(dialog.isFrom({ ...udp, host }), true, host)
    assert.equal(dialog.isFrom({ ...udp, host: '198.51.100.10' }), false)
    assert.equal(
      dialog.isFrom({ ...page, host: '198.51.100.8' }),
      false,
      'a WebSocket connection is not the address in the Contact',
    )
    assert.equal(dialogFrom(udp, '<sip:bob@[2001:db8::7]>').isFrom({ ...udp, host: '2001:db8::7' }), true)
  })

  it('follows the peer to a new port or connection', () => {
    const translated = dialogFrom(udp, '<sip:bob@10.0.0.7>', udp)
    translated.heardFrom({ ...udp, port: 61_000 })
    assert.deepEqual(translated.request('BYE', {}).target, { ...udp, port: 61_000 })
    const browser = dialogFrom(page, '<sip:bob@x.invalid>', { ...page, only: true })
    const again = { ...page, connection: 20 }
    assert.equal(browser.isFrom(again), false)
    browser.heardFrom(again)
    assert.equal(browser.isFrom(again), true)
    assert.deepEqual(browser.request('BYE', {}).target, { ...again, only: true })
  })

  it('is not a connection with the same number in another process', () => {
    const restored = Dialog.restored(dialogFrom(page, '<sip:bob@x.invalid>', { ...page, only: true }).state())
    assert.equal(restored.isFrom(page), false)
    assert.equal(Dialog.restored(dialogFrom(tcp).state()).isFrom({ ...tcp, connection: 1 }), true)
  })
})

describe('a registered phone', () => {
  const desk = (source: Hop, contact?: string): Desk => {
    const registered = new Desk()
    registered.register('alice', { source, ...(contact !== undefined && { contacts: [contact] }) })
    return registered
  }

  it('is recognised by the connection on which it registered', () => {
    const browser: Hop = { ...phoneHop, transport: 'ws', connection: 5 }
    const { registrar } = desk(browser, '<sip:alice@x.invalid;transport=ws>')
    assert.equal(registrar.reaches('sip:alice@example.com', browser), true)
    assert.equal(registrar.reaches('sip:alice@rgs.example.com', browser), true, 'any of our host names may be in the URI')
    assert.equal(registrar.reaches('sip:carol@example.com', browser), false)
    assert.equal(registrar.reaches('sip:alice@example.com', { ...browser, connection: 6 }), false)
  })

  it('over UDP is recognised by the address and port from which it registered', () => {
    const { registrar } = desk({ ...phoneHop, port: 61_000 }, '<sip:alice@10.0.0.7>')
    const from = (port: number): boolean => registrar.reaches('sip:alice@example.com', { ...phoneHop, port })
    assert.deepEqual([from(61_000), from(61_001)], [true, false])
  })
})
