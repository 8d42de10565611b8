import assert from 'node:assert/strict'
import { contactOf } from '../../../src/sip/contact.js'

describe('Our Contact', () => {
  const contact = (host: string, port: number, transport: 'udp' | 'tcp' | 'tls', sips = false): string =>
    contactOf({ host, port, transport }, sips)

  it('has no port if it is a name with the usual port, so that peers ask DNS for SRV records (RFC 3263 §4.2)', () => {
    assert.equal(contact('rgs.example.com', 5060, 'udp'), '<sip:rgs.example.com>')
    assert.equal(contact('rgs.example.com', 5060, 'tcp'), '<sip:rgs.example.com;transport=tcp>')
    assert.equal(contact('rgs.example.com', 5061, 'tls', true), '<sips:rgs.example.com>')
  })

  it('has a port otherwise', () => {
    assert.equal(contact('rgs.example.com', 5070, 'udp'), '<sip:rgs.example.com:5070>')
    assert.equal(contact('10.0.0.11', 5060, 'udp'), '<sip:10.0.0.11:5060>')
    assert.equal(contact('[2001:db8::1]', 5060, 'udp'), '<sip:[2001:db8::1]:5060>')
  })
})
