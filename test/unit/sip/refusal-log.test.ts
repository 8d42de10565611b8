import assert from 'node:assert/strict'
import type { SipEndpoint } from '../../../src/sip/endpoint.js'
import { Registrar } from '../../../src/sip/registrar/registrar.js'
import { digestOf, nonceIn } from '../../fakes/digest.js'
import { Warnings } from '../../fakes/warnings.js'
import { Phone, sdpText, Wire } from './dialog/wire.js'
import { accounts } from './registrar/asking.js'
import { seededBytes } from './transaction/pair.js'

const us = '192.0.2.1'
const uri = 'sip:support@example.com'

describe('the log of refused requests', () => {
  let wire: Wire
  let endpoint: SipEndpoint
  let warnings: Warnings
  beforeEach(() => {
    wire = new Wire()
    warnings = new Warnings()
    endpoint = wire.site(us, { log: warnings.log })
    endpoint.guard(
      new Registrar({
        settings: accounts(['alice']),
        clock: wire.clock,
        log: warnings.log,
        random: seededBytes(3),
        endpoint: {
          reject: why => endpoint.counters.reject(why),
          hold: () => undefined,
          trusts: source => endpoint.trusts(source),
          listens: port => port === 5060,
        },
      }),
    )
    endpoint.onInvite(() => undefined)
  })

  function invite(phone: Phone, callId: string, from: string, headers: readonly string[] = []): void {
    const dialogue = { from: `<${from}>;tag=a`, to: `<${uri}>`, callId, uri }
    phone.ask('INVITE', us, dialogue, { cseq: 1, headers, body: sdpText('a') })
  }

  it('names the address of a PBX that is not trusted, and the key to change', () => {
    const pbx = new Phone(wire, '198.51.100.7')
    invite(pbx, 'c1', 'sip:+14255550100@pbx.example.net')
    assert.deepEqual(pbx.heard(), ['403 INVITE'])
    const [line] = warnings.lines
    assert.match(
      line?.message ?? '',
      /^refused INVITE of sip:\+14255550100@pbx\.example\.net from 198\.51\.100\.7 \(udp\) with 403: .*sip\.trustedPeers/,
    )
    assert.deepEqual(line?.fields, {
      ...{ event: 'sip.untrusted', why: 'untrusted', method: 'INVITE', status: 403 },
      ...{ address: '198.51.100.7', transport: 'udp' },
    })
  })

  it('has one line for many calls from one address', () => {
    const pbx = new Phone(wire, '198.51.100.7')
    for (let call = 0; call < 5; call++) invite(pbx, `c${call}`, 'sip:pbx@pbx.example.net')
    assert.equal(warnings.lines.length, 1)
    invite(new Phone(wire, '198.51.100.8'), 'other', 'sip:pbx@pbx.example.net')
    assert.equal(warnings.lines.length, 2)
  })

  it('stays short when calls come from thousands of addresses', () => {
    for (let each = 0; each < 3_000; each++)
      invite(new Phone(wire, `198.18.${each >> 8}.${each & 255}`), `c${each}`, `sip:${'x'.repeat(400)}@pbx.example.net`)
    assert.equal(warnings.lines.length, 21)
    for (const { message } of warnings.lines) assert.ok(message.length < 400, message)
  })

  it('says that too many calls are in progress when a trusted PBX gets 503', () => {
    const full = wire.site('192.0.2.9', {
      log: warnings.log,
      calls: { refused: () => 'maxCalls' },
      trustedPeers: ['198.51.100.7'],
    })
    full.onInvite(() => undefined)
    const pbx = new Phone(wire, '198.51.100.7')
    const dialogue = { from: '<sip:pbx@pbx.example.net>;tag=a', to: `<${uri}>`, callId: 'c1', uri }
    pbx.ask('INVITE', '192.0.2.9', dialogue, { cseq: 1, headers: [], body: sdpText('a') })
    assert.ok(pbx.heard().includes('503 INVITE'))
    assert.match(warnings.messages[0] ?? '', /with 503: sip\.maxCalls calls are in progress/)
  })

  it('says nothing of a PBX that asks by OPTIONS meanwhile: it gets what its INVITE would get, and a stranger learns nothing', () => {
    const full = wire.site('192.0.2.9', { log: warnings.log, calls: { refused: () => 'memory' }, trustedPeers: ['198.51.100.7'] })
    const ping = (host: string): string[] => {
      const phone = new Phone(wire, host)
      phone.ask('OPTIONS', '192.0.2.9', { from: '<sip:pbx@pbx.example.net>;tag=a', to: `<${uri}>`, callId: `o-${host}`, uri })
      return phone.heard()
    }
    assert.deepEqual(ping('198.51.100.7'), ['503 OPTIONS'])
    assert.deepEqual(ping('198.51.100.8'), ['200 OPTIONS'])
    assert.deepEqual(warnings.lines, [])
    assert.equal(full.counters.rejected.get('memory') ?? 0, 0)
  })

  it('says that a password is wrong, and nothing about a first challenge', () => {
    const phone = new Phone(wire, '198.51.100.7')
    invite(phone, 'c1', 'sip:alice@example.com')
    assert.deepEqual(warnings.lines, [])
    const nonce = nonceIn(phone.response(401).headers.first('WWW-Authenticate') ?? '')
    invite(phone, 'c1', 'sip:alice@example.com', [
      `Authorization: ${digestOf({ user: 'alice', password: 'wrong', method: 'INVITE', uri, nonce })}`,
    ])
    assert.deepEqual(phone.heard(), ['401 INVITE', '401 INVITE'])
    assert.match(warnings.messages[0] ?? '', /^refused INVITE of sip:alice@example\.com from 198\.51\.100\.7 .*password is wrong/)
    assert.equal(warnings.lines.length, 1)
  })
})
