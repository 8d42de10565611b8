import assert from 'node:assert/strict'
import { faultsOf, removeFolders, settingsOf, type Files } from './folder.js'

const server = (sip: string): Files => ({ 'carillon.yaml': `sip: { domain: example.com, ${sip} }\n` })
const trusting = (proxies: string): Files => server(`trustedPeers: [10.0.0.1, 10.2.0.0/16], proxies: [${proxies}]`)

describe('sip.proxies of the config', () => {
  after(removeFolders)

  it('has none when nothing is said, and names trusted peers and the outbound proxy as peers', async () => {
    const { registration } = await settingsOf(
      server('trustedPeers: [10.0.0.1, 10.2.0.0/16], outboundProxy: "sip:PBX.example.com:5070"'),
    )
    assert.deepEqual([registration.proxies, registration.peerHosts], [[], ['10.0.0.1', 'pbx.example.com']])
  })

  it('has proxies by address, with names, and how their phones are reached', async () => {
    const { registration } = await settingsOf(
      trusting(
        '{ addresses: [10.0.0.1] }, { addresses: [203.0.113.5, 10.2.0.5], names: [Edge.Example.com.], reachedBy: contact }',
      ),
    )
    assert.deepEqual(registration.proxies, [
      { addresses: ['10.0.0.1'], names: [], reachedBy: 'path' },
      { addresses: ['203.0.113.5', '10.2.0.5'], names: ['edge.example.com'], reachedBy: 'contact' },
    ])
  })

  for (const [what, proxy, expected] of [
    [
      'a block of addresses',
      '{ addresses: [10.2.0.0/24] }',
      /expected an IP address of the proxy such as 10\.0\.0\.5, not a block/,
    ],
    ['a name as an address', '{ addresses: [edge.example.com] }', /expected an IP address of the proxy/],
    ['no address', '{ addresses: [] }', /expected at least one address/],
    ['a proxy that is no trusted peer', '{ addresses: [10.3.0.1] }', /none of these addresses is in sip\.trustedPeers/],
    [
      'an address of two proxies',
      '{ addresses: [10.0.0.1] }, { addresses: [10.0.0.1] }',
      /10\.0\.0\.1 is already an address of a proxy/,
    ],
    ['another way', '{ addresses: [10.0.0.1], reachedBy: route }', /path/],
    ['an unknown key', '{ addresses: [10.0.0.1], path: true }', /path/],
  ] as const)
    it(`refuses ${what}`, async () => {
      const faults = await faultsOf(trusting(proxy))
      assert.equal(faults.length, 1, JSON.stringify(faults))
      assert.match(JSON.stringify(faults), expected)
    })
})
