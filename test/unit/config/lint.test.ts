import assert from 'node:assert/strict'
import { removeFolders, warningsOf, wav, type Files } from './folder.js'

const start = 'workflows:\n  - name: support\n    uri: sip:support@example.com\n    number: "+14255550100"\n'
const workflow = (lines: string): Files => ({ 'workflows.yaml': `${start}    queue: support\n${lines}` })
const queues = (lines: string): Files => ({ 'queues.yaml': `queues:\n  - name: support\n    groups: [support]\n${lines}` })
const holidays = (days: string): Files => ({ 'holidays.yaml': `holidays:\n  - name: feasts\n    days: [${days}]\n` })
const fair = '{ name: Fair, from: 2026-07-01, to: 2026-07-02 }'
const zone = '    timeZone: UTC\n'

describe('a warning about the config', () => {
  after(removeFolders)

  for (const [what, files, expected] of [
    [
      'a domain that no agent and no workflow is in',
      { 'carillon.yaml': 'sip: { domain: example.org, trustedPeers: [10.0.0.1] }\n' },
      [
        "carillon.yaml:1:16: no agent and no workflow is in sip.domain 'example.org': phones of agents can't register here; is it 'example.com'?",
      ],
    ],
    [
      'a workflow that is never open',
      workflow(`${zone}    hours: { mon-fri: [] }\n`),
      ["workflows.yaml:7:5: 'support' is never open; 'active: false' closes a workflow"],
    ],
    [
      'a workflow without any hours',
      workflow(`${zone}    hours: {}\n`),
      ["workflows.yaml:7:5: 'support' is never open; 'active: false' closes a workflow"],
    ],
    [
      'a closing of what is always open',
      workflow('    closed: { action: { disconnect: true } }\n'),
      ["workflows.yaml:6:5: 'support' has no hours: it is always open"],
    ],
    [
      'a holiday action without holidays',
      workflow('    holiday: { action: { disconnect: true } }\n'),
      ["workflows.yaml:6:5: 'support' names no set of holidays"],
    ],
    [
      'hours without a time zone',
      workflow('    hours: { mon: ["09:00-10:00"] }\n'),
      ["workflows.yaml:6:5: 'support' has no timeZone: these times are read in UTC"],
    ],
    [
      'holidays without a time zone',
      { ...workflow('    holidays: [feasts]\n'), ...holidays(fair) },
      ["workflows.yaml:6:5: 'support' has no timeZone: these times are read in UTC"],
    ],
    ['holidays that no workflow names', holidays(fair), ["holidays.yaml:2:11: no workflow names the holidays 'feasts'"]],
    [
      'holidays that are past',
      { ...workflow(`${zone}    holidays: [feasts]\n`), ...holidays('{ name: Fair, from: 2025-07-01, to: 2025-07-02 }') },
      ["holidays.yaml:2:11: all days of 'feasts' are past; add those to come"],
    ],
    [
      'music that nobody hears',
      workflow('    answer: onAgent\n    welcome: { say: hi }\n    musicOnHold: builtin:default\n'),
      [
        'workflows.yaml:7:5: callers do not hear this: with answer: onAgent they hear ringback',
        'workflows.yaml:8:5: callers do not hear this: with answer: onAgent they hear ringback',
      ],
    ],
    [
      'a phone at an address that we have no socket for',
      {
        'carillon.yaml': 'sip: { domain: example.com, trustedPeers: [10.0.0.1], listen: ["udp://127.0.0.1:5060"] }\n',
        'agents.yaml': 'agents:\n  - { uri: "sip:alice@example.com", contact: "sip:alice@[2001:db8::1]:5060" }\n',
      },
      ["agents.yaml:2:46: nothing in sip.listen is IPv6: this phone can't be reached; add an address of it"],
    ],
    [
      'an anonymous workflow, whose callers see the address of the agent’s media',
      {
        ...workflow('    anonymous: true\n'),
        'carillon.yaml': 'sip: { domain: example.com, trustedPeers: [10.0.0.1] }\nmedia: { anchor: never }\n',
      },
      ["workflows.yaml:6:5: callers of 'support' get no agent's name, but media flows to them from the agent's own address"],
    ],
    [
      'contacts that lead back to us',
      {
        'carillon.yaml': 'sip: { domain: example.com, trustedPeers: [10.0.0.1], listen: ["udp://127.0.0.1:5060"] }\n',
        'agents.yaml':
          'agents:\n  - { uri: "sip:alice@example.com", contact: "sip:alice@127.0.0.1" }\n' +
          '  - { uri: "sip:bob@example.com", contact: "sip:support@127.0.0.1:5070" }\n' +
          '  - { uri: "sip:carol@example.com", contact: "sip:carol@127.0.0.1:5070" }\n',
        'groups.yaml':
          'groups: [{ name: support, routingMethod: serial, agents: ["sip:alice@example.com", "sip:bob@example.com", "sip:carol@example.com"] }]\n',
      },
      [
        'agents.yaml:2:46: this is an address that we listen on: calls for sip:alice@example.com come back to us and are refused',
        "agents.yaml:3:44: this is our own workflow 'support': calls for sip:bob@example.com come back to us and are refused",
      ],
    ],
    [
      'blocks of addresses wider than a site is',
      {
        'carillon.yaml':
          'sip: { domain: example.com, trustedPeers: [10.0.0.0/7, 10.0.0.0/8, "2001:db8::/31", "2001:db8::/32", "::ffff:10.0.0.0/103"] }\nhttp: { trustedProxies: [0.0.0.0/0], metrics: { listen: "http://0.0.0.0:9464", allow: [0.0.0.0/0, 10.0.0.5] } }\n',
      },
      [
        'carillon.yaml:1:44: 10.0.0.0/7 trusts a large part of the Internet; name the PBX or SBC',
        'carillon.yaml:1:68: 2001:db8::/31 trusts a large part of the Internet; name the PBX or SBC',
        'carillon.yaml:1:102: ::ffff:10.0.0.0/103 trusts a large part of the Internet; name the PBX or SBC',
        'carillon.yaml:2:26: 0.0.0.0/0 trusts a large part of the Internet; name the proxy',
        'carillon.yaml:2:88: 0.0.0.0/0 shows metrics to a large part of the Internet; name the scraper',
      ],
    ],
    [
      'a question that nobody hears',
      {
        'carillon.yaml': 'sip: { domain: example.com, trustedPeers: [10.0.0.1] }\nmedia: { engine: none }\n',
        'workflows.yaml': `${start}    type: interactive\n    question: { prompt: { say: hi }, answers: [{ digit: 1, queue: support }] }\n`,
      },
      ['workflows.yaml:6:5: media.engine is none: callers do not hear this question'],
    ],
    [
      'a call that comes back by its own number',
      { ...workflow(''), ...queues('    timeout: { after: 60s, action: { number: "+14255550100" } }\n') },
      ["queues.yaml:4:46: this is our own workflow 'support': calls can come back to queue 'support' from here, again and again"],
    ],
    [
      'a call that comes back by its own URI',
      queues('    timeout: { after: 60s, action: { uri: "sip:support@EXAMPLE.com" } }\n'),
      ["queues.yaml:4:43: this is our own workflow 'support': calls can come back to queue 'support' from here, again and again"],
    ],
    [
      'a closed workflow that forwards to itself',
      workflow(`${zone}    hours: { mon: ["09:00-10:00"] }\n    closed: { action: { uri: "tel:+14255550100" } }\n`),
      [
        "workflows.yaml:8:30: this is our own workflow 'support': calls can come back to workflow 'support' from here, again and again",
      ],
    ],
  ] as const satisfies readonly (readonly [string, Files, readonly string[]])[])
    it(`is given for ${what}`, async () => assert.deepEqual(await warningsOf(files), expected))

  it('is given for an answer that leads to a queue without reachable agents', async () => {
    const warnings = await warningsOf({
      ...queues('  - { name: empty, groups: [] }\n'),
      'workflows.yaml': `${start}    type: interactive\n    question: { prompt: { say: hi }, answers: [{ digit: 1, queue: support }, { digit: 2, action: { queue: empty } }] }\n`,
    })
    assert.deepEqual(warnings, [
      "queues.yaml:4:28: none of the groups of 'empty' has an agent who can be rung",
      "workflows.yaml:6:107: key 2 leads to the queue 'empty', where no agent can be rung",
    ])
  })

  it('is given for a loop through an answer and two queues', async () => {
    const warnings = await warningsOf({
      ...queues(
        '    timeout: { after: 60s, action: { queue: other } }\n  - { name: other, groups: [support], timeout: { after: 60s, action: { queue: support } } }\n',
      ),
      'workflows.yaml': `${start}    type: interactive\n    question: { prompt: { say: hi }, answers: [{ digit: 1, queue: other }] }\n`,
    })
    assert.deepEqual(warnings, [
      "queues.yaml:4:45: calls can come back to queue 'support' from here; a call ends after ten queues",
      "queues.yaml:5:79: calls can come back to queue 'other' from here; a call ends after ten queues",
    ])
  })

  it('is given for a prompt file outside the folder, because nothing notices its changes', async () => {
    const warnings = await warningsOf({ ...workflow('    welcome: { file: ../hi.wav, say: hi }\n'), 'hi.wav': wav() })
    assert.ok(
      warnings.some(line => line.startsWith("workflows.yaml:6:22: '../hi.wav' is outside the config folder")),
      warnings.join('\n'),
    )
  })

  it('is not given for a forward to another workflow from which no call returns', async () => {
    const files = {
      ...queues(
        '    timeout: { after: 60s, action: { uri: "sip:sales@example.com" } }\n  - { name: sales, groups: [support] }\n',
      ),
      'workflows.yaml': `${start}    queue: support\n  - { name: sales, uri: "sip:sales@example.com", queue: sales }\n`,
    }
    assert.deepEqual(await warningsOf(files), [])
  })

  it('is not given for texts that a program speaks, nor for future holidays', async () => {
    const files = {
      ...workflow(`${zone}    language: fr\n    welcome: { say: bonjour }\n    holidays: [feasts]\n`),
      ...holidays(`{ name: Old, from: 2020-01-01, to: 2020-01-02 }, ${fair}`),
      'carillon.yaml': 'sip: { domain: example.com, trustedPeers: [10.0.0.1] }\nmedia: { tts: { command: [espeak-ng] } }\n',
    }
    assert.deepEqual(await warningsOf(files), [])
  })
})
