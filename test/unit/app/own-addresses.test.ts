import assert from 'node:assert/strict'
import { networkInterfaces } from 'node:os'
import { missingAddresses } from '../../../src/app/own-addresses.js'

describe('The addresses that a node waits for', () => {
  it('are those that the machine does not have', () => {
    const hosts = ['192.0.2.77', '192.0.2.77', '2001:db8::77', '0.0.0.0', '::', '127.0.0.9', 'sip.example.com']
    assert.deepEqual(missingAddresses(hosts.map(host => ({ host }))), ['192.0.2.77', '2001:db8::77'])
  })

  it('are none of its own', () => {
    const ours = Object.values(networkInterfaces()).flatMap(each => (each ?? []).map(({ address }) => ({ host: address })))
    assert.deepEqual(missingAddresses(ours), [])
  })
})
