import assert from 'node:assert/strict'
import { faultsOf, removeFolders, settingsOf, warningsOf, type Files } from './folder.js'

const server = (transfers: string, sip = ', outboundProxy: "sip:pbx.example.com"'): Files => ({
  'carillon.yaml': `sip: { domain: example.com, trustedPeers: [10.0.0.1]${sip} }\n${transfers}`,
})
const one = (rule: string): Files => server(`transfers: { allow: [${rule}] }\n`)

describe('transfers in the config', () => {
  after(removeFolders)

  it('are allowed by default only for agents, and only to agents and workflows', async () => {
    assert.deepEqual((await settingsOf(server(''))).calls.transfers, { byCallers: false, allow: [] })
  })

  it('can be allowed for callers too, and to numbers, hosts and URIs', async () => {
    const allow =
      '[{ number: "+1 (425) 555-*" }, { number: "2??" }, { host: "PBX.example.com:5080" }, { uri: "sip:desk@example.com" }]'
    assert.deepEqual((await settingsOf(server(`transfers: { byCallers: true, allow: ${allow} }\n`))).calls.transfers, {
      byCallers: true,
      allow: [
        { kind: 'number', number: '+1425555*' },
        { kind: 'number', number: '2??' },
        { kind: 'host', host: 'pbx.example.com:5080' },
        { kind: 'uri', uri: 'sip:desk@example.com' },
      ],
    })
  })

  for (const [what, rule, expected] of [
    ['a number without quotes', '{ number: +14255550100 }', /put it in quotes/],
    ['a number with a star in its middle', '{ number: "+1*25" }', /expected a number in quotes such as "\+14255550100"/],
    ['a pattern of letters', '{ number: "[0-9]+" }', /expected a number in quotes/],
    ['a host with a user', '{ host: "bob@pbx.example.com" }', /expected a host name or IP address/],
    ['a host with a parameter', '{ host: "pbx.example.com;transport=tcp" }', /expected a host name or IP address/],
    ['a URI with header fields', '{ uri: "sip:desk@example.com?Route=x" }', /expected a SIP URI/],
    ['two kinds in one', '{ number: "2??", host: pbx.example.com }', /has one of number, host, uri; 'number' is already set/],
    ['no kind', '{}', /needs one of number, host, uri/],
    ['an unknown key', '{ prefix: "1" }', /prefix/],
  ] as const)
    it(`are refused with what is expected for ${what}`, async () => {
      const faults = await faultsOf(one(rule))
      assert.ok(faults.length > 0)
      assert.match(faults.join('\n'), /^carillon\.yaml:2:/)
      assert.match(faults.join('\n'), expected)
    })

  it('cause a warning for a rule that allows any number, and for numbers without a route', async () => {
    assert.match((await warningsOf(one('{ number: "*" }'))).join('\n'), /\* lets a call be sent on to any number/)
    const warnings = await warningsOf(server('transfers: { allow: [{ number: "2??" }] }\n', ''))
    assert.match(warnings.join('\n'), /numbers are called through sip\.outboundProxy, which is missing/)
  })
})
