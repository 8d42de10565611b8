import assert from 'node:assert/strict'
import type { Hop } from '../../../../src/sip/transport/transport.js'
import { accounts, Desk, phoneHop, type Asked } from './asking.js'

const alice = 'sip:alice@example.com'
const tcp: Hop = { transport: 'tcp', host: phoneHop.host, port: 40_001, connection: 1 }
const path = (...values: string[]): Asked => ({ headers: ['Supported: path', ...values.map(value => `Path: ${value}`)] })

describe('a Contact of a phone', () => {
  let desk: Desk
  beforeEach(() => (desk = new Desk()))

  const register = (contact: string, asked: Asked = {}): number =>
    desk.register('alice', { contacts: [contact], ...asked }).status
  const reached = (): unknown => desk.registrar.bindings(alice).map(({ flow, by }) => flow?.port ?? by)
  const allowing = (...contactNetworks: string[]) => {
    const { accounts: all, ...rest } = accounts(['alice', 'carol'])
    return { ...rest, accounts: all.map(account => ({ ...account, contactNetworks })) }
  }

  it('is refused over UDP when it names another machine', () => {
    const refused = [
      '<sip:+19005550199@203.0.113.5>',
      '<sip:alice@pbx.example.net>',
      '<sips:alice@203.0.113.5>',
      '<sip:alice@[2001:db8::1]>',
    ]
    for (const contact of refused) assert.equal(register(contact), 403, contact)
    assert.deepEqual(new Set(desk.rejected), new Set(['foreignContact']))
    assert.deepEqual(reached(), [])
  })

  it('that is refused makes the whole request fail', () => {
    assert.equal(desk.register('alice', { contacts: ['<sip:alice@198.51.100.7>', '<sip:alice@203.0.113.5>'] }).status, 403)
    assert.deepEqual(reached(), [])
  })

  it('may be removed, whatever it names', () => {
    assert.equal(register('<sip:alice@203.0.113.5>;expires=0'), 200)
  })

  it('with a private address, or the name in the Via, is reached at the source of the REGISTER', () => {
    for (const host of ['192.168.1.5', '100.64.3.3', '[fd00::5]', '198.51.100.7:7070'])
      assert.equal(register(`<sip:alice@${host}>`), 200, host)
    assert.equal(register('<sip:alice@phone.local>', { sentBy: 'Phone.local:5062' }), 200)
    assert.deepEqual(reached(), Array<number>(5).fill(phoneHop.port))
  })

  it('over a connection is reached on that connection, whatever it names', () => {
    assert.equal(register('<sip:x@k3jd.invalid;transport=ws>', { source: { ...tcp, transport: 'ws' } }), 200)
    assert.equal(register('<sip:+19005550199@203.0.113.5>', { source: tcp }), 200)
    assert.deepEqual(reached(), [tcp.port, tcp.port])
  })

  it('does not lead to another machine by a forged Via or Path', () => {
    assert.equal(register('<sip:alice@203.0.113.5>', { vias: ['SIP/2.0/UDP 203.0.113.5;branch=z9hG4bKx'] }), 403)
    assert.equal(register('<sip:+19005550199@203.0.113.5>', path('<sip:203.0.113.5;lr>')), 403)
    assert.equal(register('<sip:alice@203.0.113.5>', { sentBy: '203.0.113.5' }), 200)
    assert.equal(register('<sip:alice@10.0.0.1>', path('<sip:198.51.100.7;lr>')), 200)
    assert.deepEqual(reached(), [phoneHop.port, phoneHop.port])
  })

  it('is accepted if it is in the account’s networks in the config', () => {
    desk = new Desk(allowing('203.0.113.0/24'))
    assert.equal(register('<sip:alice@203.0.113.5:5099>'), 200)
    assert.equal(register('<sip:alice@192.0.2.5>'), 403)
    assert.deepEqual(reached(), ['network'])
    desk.registrar.replaceSettings(allowing('10.0.0.0/8'))
    assert.deepEqual(reached(), [])
  })

  it('does not leave such a network by its maddr', () => {
    desk = new Desk(allowing('203.0.113.0/24'))
    assert.equal(register('<sip:alice@203.0.113.5;maddr=192.0.2.9>'), 403)
    assert.equal(register('<sip:alice@203.0.113.5;maddr>'), 403)
    assert.equal(register('<sip:alice@203.0.113.5;maddr=203.0.113.6>'), 200)
  })

  it('with sips over UDP is reached over TLS at its source, whatever its maddr', () => {
    assert.equal(register('<sips:+19005550199@198.51.100.7:5071;maddr=192.0.2.9>'), 200)
    const [binding] = desk.registrar.bindings(alice)
    assert.deepEqual(binding?.flow, { transport: 'tls', host: '198.51.100.7', port: 5071 })
  })

  it('behind NAT is reached at its source even if such a network includes it', () => {
    desk = new Desk(allowing('10.0.0.0/8'))
    assert.equal(register('<sip:alice@10.0.0.7>', { sentBy: '10.0.0.7:5060' }), 200)
    assert.deepEqual(reached(), [phoneHop.port])
  })

  it('never names the server itself, whatever the config allows', () => {
    desk = new Desk({ ...allowing('0.0.0.0/0'), ourHosts: ['rgs.example.com', '198.51.100.7'] })
    const ours = [
      'example.com',
      'EXAMPLE.com:5099',
      'example.com.',
      'rgs.example.com',
      'rgs.example.com.:5060',
      '198.51.100.7',
      '198.51.100.7:5060',
      '127.0.0.1',
      '127.0.0.5:5060',
    ]
    for (const host of ours) assert.equal(register(`<sip:alice@${host};x=1>`), 403, host)
    for (const source of [tcp, phoneHop]) assert.equal(register('<sip:alice@127.0.0.1:5060>', { source }), 403)
    assert.deepEqual(new Set(desk.rejected), new Set(['ownContact']))
    assert.equal(register('<sip:alice@198.51.100.7:5062>'), 200, 'a phone may share our machine')
  })

  it('is dropped after a restart if it is no longer allowed, or if an earlier version stored it without its origin', () => {
    desk = new Desk(allowing('203.0.113.0/24'))
    register('<sip:alice@203.0.113.5>')
    register('<sip:desk@198.51.100.7>')
    const kept = desk.kept
    assert.equal(new Desk(allowing('203.0.113.0/24'), kept).uris('alice').length, 2)
    assert.deepEqual(new Desk(allowing(), kept).uris('alice'), ['sip:desk@198.51.100.7'])
    const older = new Map([...kept].map(([aor, state]) => [aor, state.replace(',"by":"network"', '')]))
    assert.deepEqual(new Desk(allowing('203.0.113.0/24'), older).uris('alice'), ['sip:desk@198.51.100.7'])
  })
})
