import assert from 'node:assert/strict'
import { join } from 'node:path'
import { existsSync } from 'node:fs'
import fc from 'fast-check'
import { newFolder, removeFolders } from '../config/folder.js'
import { assertValidOrRefused, folderOf, importedFrom, runImport } from './importing.js'

const imported = (files: Readonly<Record<string, string>>) => importedFrom('asterisk', files)

/** A shop with two queues, a template and an included file. */
const shop = {
  'queues.conf': `[general]
persistentmembers = yes
autofill = no            ; the old way

[desk](!)
strategy = rrmemory
timeout = 20
wrapuptime = 15
musicclass = default
joinempty = yes

;-- the old list
member => PJSIP/9999
--;
#include "queues_more.conf"
[sales](desk)
strategy = leastrecent
announce-frequency = 90
announce-holdtime = once
maxlen = 12
member => PJSIP/1001,0
member => Local/1002@agents/n,1,Bob Brown
`,
  'queues_more.conf': '[support](desk)\nservicelevel = 60\nmember => SIP/trunk/1003\n[support](+)\nmember => PJSIP/1004@pbx\n',
  'extensions.conf': `[from-pbx]
exten => 2001,1,Answer()
 same => n,Queue(sales,tT,,,300)
 same => n,Queue(support)
exten => +4930123456,1,Goto(2001,1)
exten => 2002,1,Queue(support,,,,600)
exten => 2003,1,Queue(support)
 same => n,Playback(vm-goodbye)
`,
  'voicemail.conf': '[default]\n1001 => 4711,Alice Adams,alice@example.com\n1004 => 1234,Dan Drew\n',
  'pjsip.conf': '[1001]\ntype = endpoint\ncallerid = "A." <1001>\n[1001]\ntype = auth\npassword = secret\n',
}

describe('carillon import asterisk', () => {
  after(removeFolders)

  it('writes a config as a person would have written it', async () => {
    const { text, taken, changed, lost } = await imported(shop)
    assert.deepEqual(taken['queues'], ['support', 'sales'])
    assert.equal(
      text('groups.yaml'),
      `# Agents who share calls. Imported from Asterisk.
groups:
  - name: support
    participationPolicy: informal
    routingMethod: roundRobin
    agentAlertTime: 20s
    wrapUp: 15s
    agents: [sip:1003@example.com, sip:1004@example.com]
  - name: sales
    participationPolicy: informal
    # Asterisk: the strategy was leastrecent and is longestIdle.
    routingMethod: longestIdle
    agentAlertTime: 20s
    wrapUp: 15s
    agents: [sip:1001@example.com]
  - name: sales (penalty 1)
    participationPolicy: informal
    routingMethod: longestIdle
    agentAlertTime: 20s
    wrapUp: 15s
    agents: [sip:1002@example.com]
`,
    )
    assert.match(
      text('queues.yaml'),
      /- name: support\n {4}groups: \[support\]\n {4}timeout: \{ after: 10m, action: \{ disconnect: true \} \}\n {4}serviceLevel: \{ within: 1m \}/,
    )
    assert.match(
      text('queues.yaml'),
      /announce: \{ position: true, wait: true, every: 1m30s \}\n {4}timeout: \{ after: 5m, action: \{ queue: support \} \}/,
    )
    assert.match(text('queues.yaml'), /overflow: \{ waitingCalls: 12, action: \{ queue: support \} \}/)
    assert.match(
      text('workflows.yaml'),
      /name: sales\n {4}uri: sip:2001@example\.com\n {4}number: '2001'\n {4}type: huntGroup\n {4}queue: sales/,
    )
    assert.match(text('agents.yaml'), /uri: sip:1001@example\.com\n {4}name: Alice Adams\n/)
    assert.match(text('agents.yaml'), /uri: sip:1002@example\.com\n {4}name: Bob Brown\n/)
    assert.match(text('carillon.yaml'), /domain: example\.com[^]*outboundProxy: sip:10\.0\.0\.5/)
    assert.ok(!/4711|secret/.test(['agents.yaml', 'users.yaml', 'queues.yaml'].map(text).join('')))
    assert.deepEqual(changed, [
      'group sales routingMethod: the strategy was leastrecent and is longestIdle',
      'queue sales groups: the penalties 0, 1 became groups in this order',
      'queue sales announce: it was announce-holdtime = once',
      'site: autofill = no is left out',
    ])
    assert.deepEqual(lost, ['workflow support number: 2003 led to this queue, too'])
  })

  const strategies: readonly (readonly [strategy: string, method: string, differs: boolean])[] = [
    ['ringall', 'parallel', false],
    ['leastrecent', 'longestIdle', true],
    ['fewestcalls', 'longestIdle', true],
    ['random', 'roundRobin', true],
    ['rrmemory', 'roundRobin', false],
    ['rrordered', 'roundRobin', false],
    ['linear', 'serial', false],
    ['wrandom', 'roundRobin', true],
  ]
  for (const [strategy, method, differs] of strategies)
    it(`writes ${method} for ${strategy}${differs ? ', and says what differs' : ''}`, async () => {
      const queue = `[2001]\nstrategy=${strategy}\nmember=PJSIP/1,0\nmember=PJSIP/2,5\n`
      const { text, changed } = await imported({ 'queues.conf': queue })
      assert.match(text('groups.yaml'), new RegExp(`routingMethod: ${method}`))
      assert.equal(
        changed.some(note => note.includes('routingMethod')),
        differs,
      )
      // For wrandom, penalties are weights and not an order.
      assert.equal(text('groups.yaml').includes('(penalty 5)'), strategy !== 'wrandom')
    })

  const cases: readonly (readonly [what: string, setting: string, note: string, file: string, written: RegExp])[] = [
    [
      'an unknown strategy',
      'strategy = fastest',
      "group q routingMethod: the strategy 'fastest' is not known",
      'groups.yaml',
      /routingMethod: parallel/,
    ],
    [
      'a phone that rings without end',
      'timeout = 0',
      'queue q groups: phones rang without end (timeout = 0) and ring for 180 s',
      'groups.yaml',
      /agentAlertTime: 180s/,
    ],
    ['a short alert time', 'timeout = 4', 'queue q groups: timeout was 4 and is 10', 'groups.yaml', /agentAlertTime: 10s/],
    [
      'a number that is none',
      'wrapuptime = soon',
      "queue q: wrapuptime is 'soon', which is not a number",
      'groups.yaml',
      /agentAlertTime: 15s\n {4}agents/,
    ],
    [
      'a class of music',
      'musicclass = jazz',
      "workflow q musicOnHold: the music class 'jazz' is left out",
      'workflows.yaml',
      /# TODO \(musicOnHold\): [^]*copy one of its files \(\/srv\/jazz\)/,
    ],
    [
      'a limit of callers',
      'maxlen = 5',
      'queue q overflow: callers beyond maxlen = 5 leave the queue',
      'queues.yaml',
      /overflow: \{ waitingCalls: 5, action: \{ disconnect: true \} \}/,
    ],
    [
      'a queue that callers may not join',
      'joinempty = paused,inuse',
      'queue q noAgents: it was joinempty = paused,inuse, leavewhenempty = no',
      'queues.yaml',
      /# TODO \(noAgents\)/,
    ],
    [
      'a weight',
      'weight = 3',
      'queue q: weight = 3 is left out',
      'queues.yaml',
      /# TODO: weight = 3 is left out: Carillon serves the call that has waited longest/,
    ],
    ['a setting that nobody knows', 'colour = red', 'queue q: colour = red is left out', 'queues.yaml', /# TODO: colour = red/],
    ['recording', 'monitor-format = wav', 'queue q: monitor-format = wav is left out', 'queues.yaml', /record: always here/],
    [
      'a channel without SIP',
      'member => DAHDI/1',
      "queue q groups: the member 'DAHDI/1' has no SIP address",
      'queues.yaml',
      /DAHDI/,
    ],
    [
      'announcements between others',
      'periodic-announce = please-wait',
      'queue q: periodic-announce = please-wait is left out',
      'queues.yaml',
      /musicOnHold/,
    ],
    [
      'an include that is not there',
      '#include gone.conf',
      "site: '#include gone.conf' in queues.conf names no file of the export",
      'queues.yaml',
      /name: q/,
    ],
    ['a program', '#exec /bin/rm', "site: '#exec /bin/rm' runs a program, which an import never does", 'queues.yaml', /name: q/],
    [
      'a wrap-up time of one member',
      'member => PJSIP/8,0,Eve,,,30',
      'queue q groups: the member 8 has a wrap-up time of its own: 30 s',
      'groups.yaml',
      /sip:8@/,
    ],
  ]
  for (const [what, setting, note, file, written] of cases)
    it(`tells of ${what}`, async () => {
      const { text, changed, lost } = await imported({
        'queues.conf': `[q]\nmember => PJSIP/7\n${setting}\n`,
        'musiconhold.conf': '[jazz]\nmode = files\ndirectory = /srv/jazz\n',
      })
      assert.ok([...changed, ...lost].includes(note), [...changed, ...lost].join('\n'))
      assert.match(text(file), written)
    })

  it('says nothing of settings that are off, and of what Carillon does anyway', async () => {
    const quiet =
      'autofill=yes\nringinuse=no\nweight=0\nreportholdtime=no\nautopause=no\nmemberdelay=0\nperiodic-announce-frequency=0\nqueue-thankyou=\n'
    const { changed, lost } = await imported({ 'queues.conf': `[600]\nmember=PJSIP/1\n${quiet}` })
    assert.deepEqual(changed, ['workflow 600 number: the number is 600'])
    assert.deepEqual(lost, ['site: the export does not say for each queue how long callers wait and where they go then'])
  })

  it('makes a formal group where agents sign in and out by themselves', async () => {
    const { text, lost } = await imported({ 'queues.conf': '[600]\nleavewhenempty = strict\n' })
    assert.match(text('groups.yaml'), /participationPolicy: formal/)
    assert.match(text('queues.yaml'), /noAgents: \{ when: noneSignedIn, action: \{ disconnect: true \} \}/)
    assert.ok(lost.some(note => note.startsWith('group 600 agents')))
  })

  it('reads the tables of FreePBX', async () => {
    const { text, lost, changed } = await imported({
      'queues_details.csv': [
        'id,keyword,data,flags',
        '600,strategy,ringall,0',
        '600,member,"Local/1002@from-queue/n,0",1',
        '600,member,"Local/1001@from-queue/n,0",0',
        '601,strategy,linear,0',
        '601,member,"Local/1001@from-queue/n,0",0',
        '',
      ].join('\n'),
      'queues_config.csv':
        'extension,descr,maxwait,dest\n600,Front desk,180,"ext-queues,601,1"\n601,Back office,,"ext-local,vmu1001,1"\n',
      'users.tsv': 'extension\tname\n1001\tAlice Adams\n1002\tBob Brown\n',
    })
    assert.match(text('workflows.yaml'), /name: Front desk\n {4}uri: sip:600@example\.com\n {4}number: '600'/)
    assert.match(text('queues.yaml'), /timeout: \{ after: 3m, action: \{ queue: Back office \} \}/)
    assert.match(text('groups.yaml'), /agents: \[sip:1001@example\.com, sip:1002@example\.com\]/)
    assert.match(text('agents.yaml'), /name: Alice Adams[^]*name: Bob Brown/)
    assert.deepEqual([lost, changed], [[], []])
  })

  it("writes nothing with --dry-run, and refuses what it can't read", async () => {
    const to = join(newFolder(), 'config')
    const folder = folderOf(shop)
    const dry = await runImport(['asterisk', folder, '--to', to, '--domain', 'example.com', '--dry-run'])
    assert.equal(dry.code, 0)
    assert.match(dry.out, /Taken over from Asterisk[^]*Nothing is written/)
    assert.ok(!existsSync(to))
    const refusals: readonly (readonly [Readonly<Record<string, string>>, RegExp])[] = [
      [{ 'sip.conf': '' }, /neither a queues\.conf nor a CSV/],
      [{ 'queues.conf': '[general]\n' }, /queues\.conf has no queues/],
      [{ 'queues.conf': '#include queues.conf\n' }, /more than 64 files, or files include each other/],
    ]
    for (const [files, why] of refusals)
      assert.match((await runImport(['asterisk', folderOf(files), '--to', to, '--domain', 'example.com'])).err, why)
    assert.match((await runImport(['asterisk', folder, '--to', to])).err, /no SIP domain: give it as --domain/)
    assert.match((await runImport(['asterix', folder, '--to', to])).err, /no importer 'asterix'; did you mean 'asterisk'\?/)
  })

  it('ends templates that multiply', async () => {
    const twice = Array.from({ length: 30 }, (_, index) => `[t${index + 1}](!,t${index})\n[t${index + 1}](+,t${index})\n`).join(
      '',
    )
    const { err } = await runImport([
      'asterisk',
      folderOf({ 'queues.conf': `[t0](!)\nx = 1\n${twice}[q](t30)\n` }),
      '--dry-run',
      '--domain',
      'example.com',
    ])
    assert.match(err, /more than 200000 settings after its templates were copied/)
  })

  it('writes a valid config or none, whatever the files have', async () => {
    const word = fc.oneof(
      fc.constantFrom(
        ...[
          '',
          '0',
          '-1',
          '99999999999',
          'yes',
          '${HOME}',
          'PJSIP/1001',
          'Local/x@y/n,2,"N"',
          'a\0b',
          '#include *.conf',
          '[a](b',
          '=>',
          ';--',
        ],
      ),
      fc.string({ unit: 'binary', maxLength: 12 }),
    )
    const keys = [
      'strategy',
      'timeout',
      'member',
      'maxlen',
      'joinempty',
      'announce-frequency',
      'servicelevel',
      'wrapuptime',
      'musicclass',
      'exten',
      'same',
    ]
    const line = fc.oneof(
      fc
        .tuple(fc.constantFrom(...keys), fc.constantFrom('=', '=>', '+='), word)
        .map(([key, mark, value]) => `${key} ${mark} ${value}`),
      fc.tuple(word, fc.constantFrom('', '(!)', '(+)', '(a)', '(a,!)')).map(([name, options]) => `[${name}]${options}`),
      fc.constantFrom('[a](!)', '[sales]', '[sales](+)', '[601](a)', 'exten => 601,1,Queue(sales,,,,99)', 'same => n,Queue(601)'),
      word,
    )
    const file = fc.array(line, { maxLength: 25 }).map(lines => lines.join('\n'))
    const table = fc.array(
      fc.array(word, { maxLength: 4 }).map(row => row.join(',')),
      { maxLength: 6 },
    )
    await fc.assert(
      fc.asyncProperty(file, file, table, async (queues, dialplan, rows) => {
        await assertValidOrRefused('asterisk', {
          'queues.conf': `[sales]\n${queues}`,
          'extensions.conf': dialplan,
          'voicemail.conf': queues,
          'queues_details.csv': ['id,keyword,data,flags', ...rows].join('\n'),
          'queues_config.csv': ['extension,descr,maxwait,dest', ...rows].join('\n'),
        })
      }),
      { numRuns: 60 },
    )
  })
})
