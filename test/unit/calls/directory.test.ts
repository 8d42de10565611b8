import assert from 'node:assert/strict'
import { Directory } from '../../../src/calls/directory.js'
import type { CallSettings, DialledWorkflow } from '../../../src/config/call-settings.js'
import type { AgentUri, WorkflowName } from '../../../src/routing/index.js'

const workflow = (name: string, uri: string, number?: string): DialledWorkflow => ({
  name: name as WorkflowName,
  uri,
  ...(number !== undefined && { number }),
  displayName: name,
  anonymous: false,
  callerDisplay: '{caller}',
  answer: 'atOnce',
})
const alice = 'sip:alice@example.com' as AgentUri
const bob = 'sip:bob@example.com' as AgentUri
const settings: CallSettings = {
  domain: 'example.com',
  ourHosts: ['rgs.example.com', '192.0.2.1', '2001:db8::1'],
  workflows: [
    workflow('sales', 'sip:sales@example.com', '+14255550100'),
    workflow('support', 'sip:+14255550200@example.com;user=phone'),
    workflow('partner', 'sip:desk@partner.example.net'),
    workflow('extension', 'sip:extension@example.com', '+14255550300;ext=4001'),
    workflow('other extension', 'sip:extension2@example.com', '+14255550300;ext=4002'),
    workflow('sales desk', 'sip:sales-desk@example.com', '+14255550100;ext=7'),
    workflow('short', 'sip:short@example.com', '4711'),
    workflow('desk', 'sip:HelpDesk@example.com'),
    workflow('other desk', 'sip:helpdesk@example.com'),
  ],
  agents: [{ uri: alice }, { uri: bob, contact: 'sip:bob@192.0.2.7:5062' }],
}

describe('the agent that a URI names', () => {
  const Bob = 'sip:Bob@example.com' as AgentUri
  const directory = new Directory({ ...settings, agents: [{ uri: alice }, { uri: Bob }, { uri: bob }] })
  for (const [uri, agent] of Object.entries({
    'sip:alice@example.com.': alice,
    'sip:%61lice@RGS.example.com.:5060': alice,
    'sip:Alice@example.com': alice,
    'sip:Bob@example.com': Bob,
    'sip:bob@example.com': bob,
    'sip:BOB@example.com': bob,
    'sip:alice@elsewhere.example.com': undefined,
  }))
    it(`${uri} names ${agent ?? 'nobody'}`, () => assert.equal(directory.agentNamed(uri), agent))

  it('matches a transfer target whose host ends with a dot, and a rule whose host ends with a dot', () => {
    for (const [rule, to] of [
      ['pbx.example.net', 'sip:desk@PBX.example.net.'],
      ['PBX.example.net.', 'sip:desk@pbx.example.net'],
    ] as const) {
      const allows = new Directory({ ...settings, transfers: { byCallers: false, allow: [{ kind: 'host', host: rule }] } })
      assert.equal(allows.referTarget(to, { agent: alice, trusted: false }).kind, 'call')
    }
  })
})

describe('two rules of transfers.allow for one host', () => {
  const host = (host: string) => ({ kind: 'host' as const, host })
  const uri = (uri: string) => ({ kind: 'uri' as const, uri })
  const led = (allow: NonNullable<CallSettings['transfers']>['allow'], to: string): string | undefined => {
    const verdict = new Directory({ ...settings, transfers: { byCallers: false, allow } }).referTarget(to, {
      ...{ agent: alice, trusted: false },
    })
    return verdict.kind === 'call' ? verdict.target.uri : undefined
  }
  const [first, second] = ['sip:desk@pbx.example.net:5060', 'sip:desk@pbx.example.net:5080;transport=tcp']

  it('both count: the port of the target chooses, otherwise the first rule does', () => {
    const hosts = [host('pbx.example.net:5060'), host('pbx.example.net:5080')]
    assert.equal(led(hosts, 'sip:bob@pbx.example.net:5060'), 'sip:bob@pbx.example.net:5060')
    assert.equal(led(hosts, 'sip:bob@pbx.example.net:5080'), 'sip:bob@pbx.example.net:5080')
    assert.equal(led(hosts, 'sip:bob@pbx.example.net'), 'sip:bob@pbx.example.net:5060')
    assert.equal(led(hosts, 'sip:bob@pbx.example.net:9'), 'sip:bob@pbx.example.net:5060')
    assert.equal(led([...hosts, host('pbx.example.net')], 'sip:bob@pbx.example.net'), 'sip:bob@pbx.example.net')
    const addresses = [host('[2001:db8::5]:5060'), host('[2001:db8::5]:5080')]
    assert.equal(led(addresses, 'sip:bob@[2001:DB8::5]:5080'), 'sip:bob@[2001:db8::5]:5080')
  })

  it('both count for a URI, too', () => {
    assert.equal(led([uri(first), uri(second)], 'sip:desk@pbx.example.net:5060'), first)
    assert.equal(led([uri(first), uri(second)], 'sip:desk@pbx.example.net:5080'), second)
    assert.equal(led([uri(first), uri(second)], 'sip:desk@pbx.example.net'), first)
  })
})

describe('the workflow that a caller dials', () => {
  const directory = new Directory(settings)
  const cases: Readonly<Record<string, string | undefined>> = {
    'sip:sales@example.com': 'sales',
    'sip:sales@EXAMPLE.com:5060;transport=tcp': 'sales',
    'sips:sales@rgs.example.com': 'sales',
    'sip:sales@192.0.2.1': 'sales',
    'sip:sales@[2001:db8::1]:5060': 'sales',
    'sip:s%61les@example.com': 'sales',
    'sip:sales;tag=x@example.com': 'sales',
    'sip:+14255550100@rgs.example.com': 'sales',
    'sip:14255550100@192.0.2.1;user=phone': 'sales',
    'sip:+1-(425)-555.0100@example.com;user=phone': 'sales',
    'sip:%2B14255550100@example.com': 'sales',
    'tel:+1-425-555-0100': 'sales',
    'TEL:+14255550100;ext=1': 'sales',
    'sip:+14255550300;ext=4001@example.com;user=phone': 'extension',
    'sip:14255550300;ext=4002@rgs.example.com': 'other extension',
    'tel:+1-425-555-0300;ext=40-01': 'extension',
    'tel:+14255550300;ext=4001;phone-context=example.com': 'extension',
    'sip:+14255550300@example.com': undefined,
    'sip:+14255550300;ext=4003@example.com': undefined,
    'sip:+14255550300;ext=4001@elsewhere.example.net': undefined,
    'tel:+14255550100;ext=7': 'sales desk',
    'tel:+14255550100;ext=8': 'sales',
    'sip:sales;ext=7@example.com': 'sales',
    'sip:4711@example.com': 'short',
    'tel:4711;phone-context=example.com': 'short',
    'sip:14255550200@example.com': 'support',
    'tel:+14255550200': 'support',
    'sip:desk@partner.example.net': 'partner',
    // Lync's workflows ignore case (docs/decisions/040). An exact match comes first.
    'sip:Sales@example.com': 'sales',
    'sip:DESK@partner.example.net': 'partner',
    'sip:HelpDesk@example.com': 'desk',
    'sip:helpdesk@rgs.example.com': 'other desk',
    'sip:HELPDESK@example.com': 'other desk',
    'sip:sales@Example.COM.': 'sales',
    'sip:sales@rgs.example.com.:5060': 'sales',
    'sip:desk@partner.example.net.': 'partner',
    'sip:sales@elsewhere.example.net': undefined,
    'sip:desk@example.com': undefined,
    'sip:example.com': undefined,
    'tel:+14255550999': undefined,
    '': undefined,
  }
  for (const [dialled, name] of Object.entries(cases))
    it(`${dialled || 'an empty URI'} names ${name ?? 'no workflow'}`, () => assert.equal(directory.dialled(dialled)?.name, name))
})

describe('the target of an agent’s URI', () => {
  it('is the agent’s contact as one device, or else the URI, without a route when there is no proxy', () => {
    const directory = new Directory(settings)
    assert.deepEqual(directory.agentTarget(bob), { uri: 'sip:bob@192.0.2.7:5062', phones: bob, oneDevice: true })
    assert.deepEqual(directory.agentTarget(alice), { uri: alice, phones: alice, oneDevice: false })
  })

  it('goes through the outbound proxy if there is one, for agents and forward targets', () => {
    const directory = new Directory({ ...settings, outboundProxy: 'sip:pbx.example.com' })
    assert.deepEqual(directory.agentTarget(alice), { uri: alice, route: 'sip:pbx.example.com', phones: alice, oneDevice: false })
    assert.deepEqual(directory.forwardTarget('tel:+14255550999'), { uri: 'tel:+14255550999', route: 'sip:pbx.example.com' })
  })
})
