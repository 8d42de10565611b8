import assert from 'node:assert/strict'
import { faultsOf, removeFolders, settingsOf, warningsOf, type Files } from './folder.js'

const site = (outbound: string, { sip = ', outboundProxy: "sip:pbx.example.com:5080"', more = '' } = {}): Files => ({
  'carillon.yaml': `sip: { domain: example.com, trustedPeers: [10.0.0.1]${sip} }\nagents: { signIn: { code: "*60", language: en-US } }\n`,
  'agents.yaml': 'agents: [{ uri: "sip:alice@example.com" }]\n',
  'groups.yaml':
    'groups:\n- { name: support, participationPolicy: formal, signInCode: "1", agents: ["sip:alice@example.com"] }\n- { name: sales, agents: ["sip:alice@example.com"] }\n',
  'queues.yaml': 'queues: [{ name: first, groups: [support] }]\n',
  'workflows.yaml': `workflows:\n- { name: main, uri: "sip:main@example.com", number: "+14255550100;ext=40", queue: first, outbound: ${outbound} }\n${more}`,
})

describe('outbound calls in the config', () => {
  after(removeFolders)

  it('belong to the groups of the workflow by default, and show its number without the extension', async () => {
    assert.deepEqual((await settingsOf(site('{ prefix: "*71", numbers: ["0 1-2?", "+33*"] }'))).calls.outbound, [
      {
        ...{ workflow: 'main', prefix: '*71', numbers: ['012?', '+33*'], groups: ['support'] },
        ...{ identity: 'sip:+14255550100@pbx.example.com:5080;user=phone', at: 'pbx.example.com:5080' },
      },
    ])
  })

  it('may belong to other groups, and need no prefix', async () => {
    const [outbound] = (await settingsOf(site('{ numbers: ["0*"], groups: [sales] }'))).calls.outbound ?? []
    assert.deepEqual([outbound?.groups, outbound?.prefix], [['sales'], undefined])
  })

  for (const [what, files, expected] of [
    ['no way out', site('{ numbers: ["0*"] }', { sip: '' }), /through sip\.outboundProxy, which is missing/],
    ['no number', site('{ numbers: [] }'), /expected at least one number/],
    ['nothing', site('{}'), /numbers/],
    ['a prefix of letters', site('{ prefix: "x1", numbers: ["0*"] }'), /expected 1 to 8 keys of a telephone/],
    ['a prefix that signs in', site('{ prefix: "*601", numbers: ["0*"] }'), /\*601 is a code for signing in/],
    ['an unknown group', site('{ numbers: ["0*"], groups: [suport] }'), /there is no group 'suport'; did you mean 'support'/],
    [
      'the prefix of another workflow',
      site('{ prefix: "*71", numbers: ["0*"] }', {
        more: '- { name: other, uri: "sip:other@example.com", queue: first, outbound: { prefix: "*71", numbers: ["0*"] } }\n',
      }),
      /a workflow with the prefix '\*71' is already defined at/,
    ],
  ] as const)
    it(`are refused with ${what}`, async () => assert.match((await faultsOf(files)).join('\n'), expected))

  it('to every number get a warning', async () => {
    assert.match(
      (await warningsOf(site('{ numbers: ["+*"] }'))).join('\n'),
      /\+\* lets agents call any number, also one that costs/,
    )
    assert.doesNotMatch((await warningsOf(site('{ numbers: ["+33*"] }'))).join('\n'), /costs/)
  })
})
