import assert from 'node:assert/strict'
import fc from 'fast-check'
import { removeFolders } from '../config/folder.js'
import { assertValidOrRefused, folderOf, importedFrom, runImport } from './importing.js'

const imported = (files: Readonly<Record<string, string>>) => importedFrom('freeswitch', files)

const param = (name: string, value: string): string => `<param name="${name}" value="${value}"/>`
const agent = (name: string, more = ''): string =>
  `<agent name="${name}@default" type="callback" contact="[leg_timeout=20]user/${name}@default" status="Available" wrap-up-time="10" ${more}/>`
const tier = (name: string, level = 1, position = 1, queue = 'support@default'): string =>
  `<tier agent="${name}@default" queue="${queue}" level="${level}" position="${position}"/>`

/** callcenter.conf.xml with one queue. */
const conf = (params: string, agents: string, tiers: string): string =>
  `<configuration name="callcenter.conf"><settings/><queues><queue name="support@default">${params}</queue></queues>
  <!-- <agent name="old" contact="user/9"/> --><agents>${agents}</agents><tiers>${tiers}</tiers></configuration>`

const extension = (number: string, after: string): string =>
  `<extension name="x"><condition field="destination_number" expression="${number}"><action application="answer"/>
  <action application="callcenter" data="support@default"/>${after}</condition></extension>`

describe('carillon import freeswitch', () => {
  after(removeFolders)

  it('writes a config as a person would have written it', async () => {
    const { text, changed, lost } = await imported({
      'autoload_configs/callcenter.conf.xml': conf(
        param('strategy', 'top-down') + param('max-wait-time', '300') + param('moh-sound', '$${hold_music}'),
        agent('1001') + agent('1002'),
        tier('1002', 1, 1) + tier('1001', 1, 2),
      ),
      'dialplan/default.xml': `<include>${extension('^5000$', '<action application="transfer" data="1001 XML default"/>')}</include>`,
      'directory/1001.xml':
        '<include><user id="1001"><params><param name="password" value="secret"/></params><variables><variable name="effective_caller_id_name" value="Alice &amp; Co"/></variables></user></include>',
      'odd.xml': '<include><a></include>',
    })
    assert.deepEqual([changed, lost], [[], []])
    assert.equal(
      text('groups.yaml'),
      `# Agents who share calls. Imported from FreeSWITCH.
groups:
  - name: support
    participationPolicy: informal
    routingMethod: serial
    agentAlertTime: 20s
    agents: [sip:1002@example.com, sip:1001@example.com]
`,
    )
    assert.match(text('queues.yaml'), /timeout: \{ after: 5m, action: \{ uri: sip:1001@example\.com \} \}/)
    assert.match(text('workflows.yaml'), /name: support\n {4}uri: sip:5000@example\.com\n {4}number: '5000'/)
    assert.match(text('agents.yaml'), /uri: sip:1001@example\.com\n {4}name: Alice & Co\n {4}wrapUp: 10s/)
  })

  const strategies: readonly (readonly [strategy: string, method: string, differs: boolean])[] = [
    ['ring-all', 'parallel', false],
    ['longest-idle-agent', 'longestIdle', false],
    ['round-robin', 'roundRobin', false],
    ['top-down', 'serial', false],
    ['sequentially-by-agent-order', 'serial', false],
    ['ring-progressively', 'parallel', true],
    ['agent-with-least-talk-time', 'longestIdle', true],
    ['agent-with-fewest-calls', 'longestIdle', true],
    ['random', 'roundRobin', true],
  ]
  for (const [strategy, method, differs] of strategies)
    it(`writes ${method} for ${strategy}${differs ? ', and says what differs' : ''}`, async () => {
      const { text, changed } = await imported({
        'cc.xml': conf(param('strategy', strategy), agent('1') + agent('2'), tier('1', 1) + tier('2', 2)),
      })
      assert.match(text('groups.yaml'), new RegExp(`routingMethod: ${method}`))
      assert.equal(
        changed.some(note => note.includes('routingMethod')),
        differs,
      )
      // Without rules, ring-all rings all levels at once.
      assert.equal(text('groups.yaml').includes('(level 2)'), method !== 'parallel')
    })

  const cases: readonly (readonly [what: string, xml: string, note: string, file: string, written: RegExp])[] = [
    [
      'levels with rules',
      conf(
        param('strategy', 'ring-all') + param('tier-rules-apply', 'true'),
        agent('1') + agent('2'),
        tier('1', 1) + tier('2', 3),
      ),
      'queue support groups: the levels 1, 3 became groups in this order',
      'queues.yaml',
      /groups: \[support, support \(level 3\)\]/,
    ],
    [
      'an unknown strategy',
      conf(param('strategy', 'fastest'), agent('1'), tier('1')),
      "group support routingMethod: the strategy 'fastest' is not known",
      'groups.yaml',
      /parallel/,
    ],
    [
      'agents who log in',
      conf('', agent('1').replace('Available', 'Logged Out'), tier('1')),
      'group support participationPolicy: agents log in to take calls',
      'groups.yaml',
      /participationPolicy: formal/,
    ],
    [
      'a queue without agents',
      conf('', '', ''),
      'group support agents: the export names no agents for it',
      'groups.yaml',
      /participationPolicy: formal/,
    ],
    [
      'a wait without agents',
      conf(param('max-wait-time-with-no-agent', '30'), agent('1'), tier('1')),
      'queue support noAgents: callers left after 30 s without an agent',
      'queues.yaml',
      /noAgents: \{ when: noneSignedIn, action: \{ disconnect: true \} \}/,
    ],
    [
      'a tier of nobody',
      conf('', agent('1'), tier('1') + tier('7')),
      "queue support groups: the agent '7@default' is not in the export, or has no SIP address",
      'groups.yaml',
      /sip:1@/,
    ],
    [
      'an agent without an address',
      conf('', agent('1').replace('user/1@default', 'freetdm/1/a'), tier('1')),
      "site: the agent '1@default' has no SIP address ([leg_timeout=20]freetdm/1/a)",
      'groups.yaml',
      /agents: \[\]/,
    ],
    [
      'agents who miss calls',
      conf('', agent('1', 'max-no-answer="3"'), tier('1')),
      'site: agents got no more calls after 3 without an answer',
      'agents.yaml',
      /sip:1@/,
    ],
    [
      'phones that ring for different times',
      conf('', agent('1') + agent('2').replace('=20', '=300'), tier('1') + tier('2')),
      'group support agentAlertTime: phones rang for 20, 300 s and ring for 180 s',
      'groups.yaml',
      /agentAlertTime: 180s/,
    ],
    [
      'recording',
      conf(param('record-template', '/r/x.wav'), agent('1'), tier('1')),
      'queue support: record-template = /r/x.wav is left out',
      'queues.yaml',
      /record: always/,
    ],
    [
      'music',
      conf(param('moh-sound', 'local_stream://jazz'), agent('1'), tier('1')),
      'workflow support musicOnHold: the music local_stream://jazz is left out',
      'workflows.yaml',
      /prompts/,
    ],
  ]
  for (const [what, xml, note, file, written] of cases)
    it(`tells of ${what}`, async () => {
      const { text, changed, lost } = await imported({ 'callcenter.conf.xml': xml })
      assert.ok([...changed, ...lost].includes(note), [...changed, ...lost].join('\n'))
      assert.match(text(file), written)
    })

  it('reads the numbers of the dialplan, and says what it does not know', async () => {
    const { text, lost } = await imported({
      'callcenter.conf.xml': conf(param('max-wait-time', '60'), agent('1'), tier('1')),
      'dialplan.xml': `<x>${extension('^(5000|5001)$', '<action application="voicemail" data="default example.com 5000"/>')}${extension('^6\\d+$', '')}</x>`,
    })
    assert.match(text('workflows.yaml'), /number: '5000'/)
    assert.deepEqual(lost, [
      'queue support timeout: callers leave the queue after 60 s',
      'workflow support number: 5001 led to this queue, too',
    ])
    assert.match(text('queues.yaml'), /the dialplan goes on with voicemail default example\.com 5000/)
  })

  it('reads the lists that fs_cli prints', async () => {
    const { text, lost } = await imported({
      'queues.txt':
        'name|strategy|moh_sound|tier_rules_apply|max_wait_time|calls_answered\n5000@default|ring-all|(null)|false|0|17\n+OK\n',
      'agents.txt':
        'name|instance_id|type|contact|status|max_no_answer|wrap_up_time\n1001@default|single_box|callback|user/1001@default|Available|0|5\n+OK\n',
      'tiers.txt': 'queue|agent|state|level|position\n5000@default|1001@default|Ready|1|1\n+OK\n',
    })
    assert.deepEqual(lost, [])
    assert.match(text('groups.yaml'), /routingMethod: parallel\n {4}agentAlertTime: 60s\n {4}agents: \[sip:1001@example\.com\]/)
    assert.match(text('workflows.yaml'), /number: '5000'/)
  })

  it('refuses an export without queues, and a document type', async () => {
    const refused = async (files: Readonly<Record<string, string>>) =>
      (await runImport(['freeswitch', folderOf(files), '--dry-run', '--domain', 'example.com'])).err
    assert.match(await refused({ 'a.xml': '<a/>' }), /it has no queue of mod_callcenter/)
    assert.match(
      await refused({ 'a.xml': `<!DOCTYPE a [<!ENTITY b "c">]>${conf('', '', '')}` }),
      /it has no queue of mod_callcenter/,
    )
    assert.match((await runImport(['freeswitch', folderOf({}), '--dry-run'])).err, /give it as --domain/)
  })

  it('writes a valid config or none, whatever the files have', async () => {
    const word = fc.oneof(
      fc.constantFrom(
        '',
        '0',
        '-1',
        '999999999',
        'true',
        '${x}',
        'user/1@d',
        'support@default',
        '1@default',
        '^5000$',
        'sofia/gateway/a/1',
      ),
      fc.string({ unit: 'binary', maxLength: 8 }).map(text => text.replace(/[<&"]/g, '')),
    )
    const tag = fc.oneof(
      fc
        .tuple(fc.constantFrom('strategy', 'max-wait-time', 'moh-sound', 'tier-rules-apply'), word)
        .map(([name, value]) => param(name, value)),
      fc
        .tuple(word, word, word)
        .map(
          ([name, contact, status]) => `<agent name="${name}" contact="${contact}" status="${status}" wrap-up-time="${status}"/>`,
        ),
      fc.tuple(word, word, word).map(([who, queue, level]) => `<tier agent="${who}" queue="${queue}" level="${level}"/>`),
      word.map(name => `<queue name="${name}">${param('strategy', name)}</queue>`),
      fc.tuple(word, word).map(([number, name]) => extension(number, `<action application="callcenter" data="${name}"/>`)),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(tag, { maxLength: 15 }), fc.array(word, { maxLength: 5 }), async (tags, cells) => {
        await assertValidOrRefused('freeswitch', {
          'a.xml': `<x><queue name="support@default">${tags.join('')}</queue>${tags.join('')}</x>`,
          'b.txt': `name|strategy|contact|queue|agent|level\n${cells.join('|')}`,
        })
      }),
      { numRuns: 60 },
    )
  })
})
