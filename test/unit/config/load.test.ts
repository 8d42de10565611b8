import assert from 'node:assert/strict'
import fc from 'fast-check'
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { formatFault } from '../../../src/config/faults.js'
import { jsonSchemas } from '../../../src/config/json-schema.js'
import { loadConfig } from '../../../src/config/load.js'
import { faultsOf, newFolder, removeFolders, settingsOf, today, warningsOf, writeFolder } from './folder.js'

const sample = fileURLToPath(new URL('../../../config/', import.meta.url))

describe('the config', () => {
  after(removeFolders)

  it('uses the default of the specification for every key that is left out', async () => {
    const { routing, http, store, presence } = await settingsOf()
    assert.equal(routing.generation, 7)
    assert.equal(routing.ringbackGracePeriod, 60_000)
    assert.equal(routing.pauseAfterMisses, undefined)
    const [group] = routing.groups
    assert.deepEqual(
      [group?.routingMethod, group?.participationPolicy, group?.agentAlertTime, group?.attendantOffers],
      ['parallel', 'informal', 20_000, 3],
    )
    assert.deepEqual(routing.queues[0]?.noAgents, { when: 'noneConfigured', action: { kind: 'disconnect' } })
    const connections = { most: 1_000, strangers: 400, perAddress: 64, requestWithin: 30_000 }
    assert.deepEqual(http, { host: '127.0.0.1', port: 8080, trustedProxies: [], connections })
    assert.ok(store.kind === 'sqlite' && store.file.endsWith('/data/carillon.db'))
    assert.deepEqual([...presence.agents.values()], ['always'])
  })

  it('follows links like those of a Kubernetes ConfigMap, and reads each file once', async () => {
    const folder = newFolder()
    cpSync(writeFolder({}), join(folder, '..data'), { recursive: true })
    for (const name of readdirSync(join(folder, '..data'))) symlinkSync(join('..data', name), join(folder, name))
    const outcome = await loadConfig(folder, { env: {}, generation: 1, now: today })
    assert.ok(outcome.ok)
    assert.equal(outcome.settings.routing.workflows.length, 1)
  })

  it('stops after a thousand faults and says that there are more', async () => {
    const faults = await faultsOf({ 'groups.yaml': `groups:\n${'  - { name: x }\n'.repeat(3_000)}` })
    assert.deepEqual([faults.length <= 1_001, faults.length >= 1_000], [true, true])
    const keys = Array.from({ length: 3_000 }, (_, index) => `    k${index}: 1\n`).join('')
    const unknown = await faultsOf({ 'queues.yaml': `queues:\n  - name: support\n    groups: [support]\n${keys}` })
    assert.ok(unknown.length <= 1_001)
  })

  it('does not read a file that is larger than any config', async () => {
    const faults = await faultsOf({ 'z.yaml': `# ${'x'.repeat(25 * 1024 * 1024)}\n` })
    assert.match(faults.join(), /z\.yaml:1:1: can't be read: the config is larger than 24 MiB/)
  })

  it('accepts no key, section or variable named like a built-in property of JavaScript', async () => {
    for (const key of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      for (const [name, text] of [
        ['carillon.yaml', `sip: { domain: example.com, ${key}: 1 }\n`],
        ['more.yaml', `${key}: 1\n`],
        ['queues.yaml', `queues:\n  - { name: support, groups: [support], ${key}: 1 }\n`],
        ['agents.yaml', `agents:\n  - { uri: "sip:alice@example.com", homed: ${key} }\n`],
        ['groups.yaml', `groups:\n  - { name: support, agents: ["sip:alice@example.com"], description: "\${${key}}" }\n`],
      ] as const) {
        const said = (await faultsOf({ [name]: text })).join('\n')
        assert.ok(said.includes(key) && !said.includes('function') && !said.includes('native code'), said)
      }
    }
  })

  it('says at once what a number must look like where text is expected', async () => {
    for (const [file, expected] of [
      [
        { 'groups.yaml': 'groups:\n  - { name: support, agentAlertTime: 20 }\n' },
        'groups.yaml:2:38: expected a duration such as 20s, 5m or 1h30m, found 20',
      ],
      [
        { 'carillon.yaml': 'sip: { domain: example.com, listen: 8080 }\n' },
        'carillon.yaml:1:37: expected a list such as [udp://0.0.0.0:5060], found 8080',
      ],
      [
        { 'carillon.yaml': 'sip: { domain: example.com, listen: [8080] }\n' },
        'carillon.yaml:1:38: expected a transport, IP address and port such as udp://0.0.0.0:5060 or tcp://[::]:5060, found 8080',
      ],
      [
        { 'carillon.yaml': 'sip: { domain: example.com, capture: 16 }\n' },
        'carillon.yaml:1:38: expected none, or a size from 1MiB to 1GiB such as 16MiB, found 16',
      ],
    ] as const)
      assert.equal((await faultsOf(file))[0], expected)
  })

  it('names carillon.yaml when it does not exist, not another file', async () => {
    const folder = newFolder()
    writeFileSync(join(folder, 'agents.yaml'), 'agents:\n  - { uri: "sip:alice@example.com" }\n')
    const outcome = await loadConfig(folder, { env: {}, generation: 1 })
    const [fault] = outcome.ok ? [] : outcome.faults.map(formatFault)
    assert.match(fault ?? '', /^carillon\.yaml:1:1: there is no carillon\.yaml in this folder; 'domain' is missing/)
  })

  it('shows a number as the file has it, with its plus sign and leading zero', async () => {
    for (const number of ['+14255550100', '0606060606']) {
      const [fault = ''] = await faultsOf({
        'workflows.yaml': `workflows:\n  - { name: support, uri: "sip:support@example.com", queue: support, number: ${number} }\n`,
      })
      assert.ok(fault.includes(`found ${number}`), fault)
      assert.ok(fault.includes('; put it in quotes'), fault)
    }
  })

  it('warns of names, hours, holidays and prompts that are probably mistakes', async () => {
    const warnings = await warningsOf({
      'workflows.yaml': `workflows:
  - name: "<b>support</b>"
    uri: "sip:support@example.com"
    queue: support
    welcome: { say: "Welcome, <break/> you." }
    hours: { mon: ["09:00-12:00", "11:00-13:00"] }
    holidays: [none]
  - { name: constructor, uri: "sip:other@example.com", queue: support }
`,
      'holidays.yaml': 'holidays:\n  - { name: none, days: [] }\n',
    })
    const said = warnings.join('\n')
    for (const part of [
      "'<b>support</b>' has < or > in it",
      "fail on the name 'constructor'",
      "the set of holidays 'none' has no day",
      '09:00-12:00 and 11:00-13:00 overlap',
      "'<break/>' in a prompt is spoken as it stands",
    ])
      assert.ok(said.includes(part), `${part}\n${said}`)
  })

  it('warns once per file of passwords in a file that anybody may read', async () => {
    const password = `password: "md5:${'0'.repeat(32)},sha-256:${'0'.repeat(64)}"`
    const agents = ['alice', 'bob'].map(
      name => `  - { uri: "sip:${name}@example.com", contact: "sip:x@10.1.1.1", ${password} }\n`,
    )
    const files = {
      'agents.yaml': `agents:\n${agents.join('')}`,
      'groups.yaml': 'groups:\n  - { name: support, agents: ["sip:alice@example.com", "sip:bob@example.com"] }\n',
    }
    const folder = writeFolder(files)
    const said = async (): Promise<number> => {
      const outcome = await loadConfig(folder, { env: {}, generation: 1, now: today })
      assert.ok(outcome.ok)
      return outcome.warnings.filter(({ message }) => message.includes('anybody on this machine may read')).length
    }
    chmodSync(join(folder, 'agents.yaml'), 0o644)
    assert.equal(await said(), 1)
    chmodSync(join(folder, 'agents.yaml'), 0o640)
    assert.equal(await said(), 0)
  })

  it('warns of a drachtio-server’s secret in a file that anybody may read, and not if it comes from the environment', async () => {
    const said = async (drachtio: string): Promise<readonly string[]> => {
      const folder = writeFolder({
        'carillon.yaml': `sip: { domain: example.com, engine: drachtio, drachtio: ${drachtio} }\n`,
      })
      chmodSync(join(folder, 'carillon.yaml'), 0o644)
      const outcome = await loadConfig(folder, { env: { SECRET: 'x' }, generation: 1, now: today })
      assert.ok(outcome.ok)
      return outcome.warnings.flatMap(({ message, column }) => (message.includes('anybody') ? [`${column} ${message}`] : []))
    }
    assert.match((await said('{ host: a, secret: x }')).join(), /^76 the secret of a drachtio-server stands here/)
    assert.match((await said('[{ host: a, secret: "${SECRET}" }, { host: b, secret: y }]')).join(), /^111 the secret/)
    assert.deepEqual(await said('{ host: a, secret: "${SECRET}" }'), [])
    assert.deepEqual(await said('[{ host: a, secret: "${SECRET}" }]'), [])
  })

  it('leaves out lost+found, which belongs to the file system', async () => {
    const { routing } = await settingsOf({ 'lost+found/agents.yaml': 'nonsense: 1\n' })
    assert.equal(routing.agents.length, 1)
  })

  it('names each file that can’t be read, and does not hang on a link to a pipe', async () => {
    const folder = writeFolder({})
    symlinkSync('a.yaml', join(folder, 'a.yaml'))
    symlinkSync('nowhere.yaml', join(folder, 'b.yaml'))
    execFileSync('mkfifo', [join(folder, 'pipe')])
    symlinkSync('pipe', join(folder, 'c.yaml'))
    const outcome = await loadConfig(folder, { env: {}, generation: 1, now: today })
    assert.ok(!outcome.ok)
    assert.deepEqual(
      outcome.faults.map(({ file, message }) => [file, /[A-Z]{5,}/.exec(message)?.[0]]),
      [
        ['a.yaml', 'ELOOP'],
        ['b.yaml', 'ENOENT'],
      ],
    )
  })

  it('loads the sample without a warning', async () => {
    const outcome = await loadConfig(sample, { env: {}, generation: 1, now: today })
    assert.ok(outcome.ok)
    assert.deepEqual(outcome.warnings, [])
    assert.deepEqual([outcome.settings.routing.groups.length, outcome.settings.routing.agents.length], [4, 9])
    assert.equal(new Set(outcome.settings.routing.groups.map(({ routingMethod }) => routingMethod)).size, 3)
  })

  it('keeps the JSON Schemas of config/schema up to date (npm run schema)', () => {
    for (const [name, text] of jsonSchemas()) assert.equal(readFileSync(join(sample, 'schema', name), 'utf8'), text, name)
    assert.deepEqual(readdirSync(join(sample, 'schema')).sort(), [...jsonSchemas().keys()].sort())
  })

  it('translates actions for routing, and sends numbers to the outbound proxy', async () => {
    const queues = `queues:
  - name: support
    groups: [support]
    timeout: { after: 30s, action: { number: "+14255550100" } }
    serviceLevel: { within: 45s }
    overflow: { waitingCalls: 5, candidate: oldest, action: { voicemail: "sip:vm@example.com" } }
    noAgents: { when: noneSignedIn, action: { queue: support } }
`
    const { routing } = await settingsOf({
      'queues.yaml': queues,
      'carillon.yaml': 'sip: { domain: example.com, trustedPeers: [10.0.0.1], outboundProxy: "sip:pbx.example.com:5070" }\n',
    })
    const [queue] = routing.queues
    assert.deepEqual(queue?.timeout, {
      after: 30_000,
      action: { kind: 'forward', as: 'number', to: 'sip:+14255550100@pbx.example.com:5070;user=phone' },
    })
    assert.deepEqual(queue.serviceLevel, { within: 45_000, target: 80 })
    assert.deepEqual(queue.overflow, {
      waitingCalls: 5,
      candidate: 'oldest',
      action: { kind: 'forward', as: 'voicemail', to: 'sip:vm@example.com' },
    })
    assert.deepEqual(queue.noAgents, { when: 'noneSignedIn', action: { kind: 'queue', queue: 'support' } })
  })

  it('keeps the order of a distribution list, and warns of entries that are not agents', async () => {
    const files = {
      'groups.yaml': 'groups:\n  - { name: support, distributionList: lists/support.txt }\n',
      'lists/support.txt': '# ours\n sip:bob@example.com\nsip:ALICE@example.com\nsip:alice@EXAMPLE.com\n',
    }
    const { routing } = await settingsOf(files)
    assert.deepEqual(routing.groups[0]?.agents, ['sip:alice@example.com'])
    const warnings = await warningsOf(files)
    assert.ok(
      warnings.some(line => line.startsWith('lists/support.txt:2:2: sip:bob@example.com is not an agent')),
      warnings.join('\n'),
    )
  })

  it('quotes no line of a distribution list that is not a SIP URI, because the file may be another one, with secrets', async () => {
    const warnings = await warningsOf({
      'groups.yaml': 'groups:\n  - { name: support, distributionList: secrets.env }\n',
      'secrets.env': 'SIP_PASSWORD=hunter2\n',
    })
    assert.ok(warnings.includes('secrets.env:1:1: this line is not a SIP URI such as sip:alice@example.com'), warnings.join('\n'))
    assert.doesNotMatch(warnings.join('\n'), /hunter2/)
  })

  it('reads a distribution list only if it is a file of at most 1 MiB', async () => {
    const listAt = (file: string) => faultsOf({ 'groups.yaml': `groups:\n  - { name: support, distributionList: ${file} }\n` })
    assert.match((await listAt('/dev/zero')).join(), /groups\.yaml:2:40: can't be read: it is not a file/)
    // It says that it is a file without a byte, and has more than any memory.
    assert.match((await listAt('/proc/self/pagemap')).join(), /can't be read: (?:the file is larger than 1 MiB|EINVAL)/)
    const long = {
      'long.txt': '#'.repeat(1024 * 1024 + 1),
      'groups.yaml': 'groups:\n  - { name: support, distributionList: long.txt }\n',
    }
    assert.match((await faultsOf(long)).join(), /can't be read: the file is larger than 1 MiB/)
  })

  it('suggests names for the first unknown ones only, and reports all', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `sip:alise${index}@example.com`).join('", "')
    const faults = await faultsOf({ 'groups.yaml': `groups:\n  - { name: support, agents: ["${names}"] }\n` })
    assert.equal(faults.filter(fault => fault.includes('there is no agent')).length, 100)
    assert.equal(faults.filter(fault => fault.includes("did you mean 'sip:alice@example.com'")).length, 10)
  })

  it('joins lists from several files, and reads environment variables', async () => {
    const { routing, sip } = await settingsOf(
      {
        'more/agents.yaml': 'agents: [{ uri: "sip:bob@example.com", contact: "sip:bob@10.1.1.2" }]\n',
        'carillon.yaml': 'sip: { domain: example.com, trustedPeers: ["${PBX}"] }\n',
      },
      { PBX: '10.9.9.9' },
    )
    assert.deepEqual(
      routing.agents.map(({ uri }) => uri),
      ['sip:alice@example.com', 'sip:bob@example.com'],
    )
    assert.deepEqual(sip.trustedPeers, ['10.9.9.9'])
  })

  const agents = (entry: string): Record<string, string> => ({
    'agents.yaml': `agents:\n  - { uri: "sip:alice@example.com", contact: "sip:alice@10.1.1.1" }\n${entry}`,
  })
  const group = (rest: string): Record<string, string> => ({
    'groups.yaml': `groups:\n  - name: support\n    agents: ["sip:alice@example.com"]\n${rest}`,
  })
  for (const [what, files, expected] of [
    [
      'an unknown key, with the nearest known one',
      group('    routingMehtod: serial\n'),
      /^groups\.yaml:4:5: .*'routingMehtod'.*routingMethod/,
    ],
    ['an unknown value, with the nearest known one', group('    routingMethod: seriall\n'), /^groups\.yaml:4:20: .*serial/],
    ['an alert time that no INVITE transaction rings', group('    agentAlertTime: 200s\n'), /^groups\.yaml:4:21: .*timer C/],
    [
      'an unknown agent of a group, with the nearest',
      { 'groups.yaml': 'groups:\n  - { name: support, agents: ["sip:alcie@example.com"] }\n' },
      /^groups\.yaml:2:31: .*sip:alcie@example\.com.*sip:alice@example\.com/,
    ],
    [
      'an unknown group of a queue',
      { 'queues.yaml': 'queues:\n  - { name: support, groups: [suport] }\n' },
      /^queues\.yaml:2:31: there is no group 'suport'.*support/,
    ],
    [
      'an unknown queue of a workflow',
      { 'workflows.yaml': 'workflows:\n  - { name: s, uri: "sip:s@example.com", queue: sales }\n' },
      /^workflows\.yaml:2:49: there is no queue 'sales'/,
    ],
    [
      'an agent who occurs twice',
      agents('  - { uri: "sip:alice@EXAMPLE.com" }\n'),
      /^agents\.yaml:3:12: agent 'sip:alice@example\.com' is already defined at agents\.yaml:2:12/,
    ],
    [
      'a text with a colon that has no quotes',
      { 'more.yaml': 'store: memory:\n' },
      /^more\.yaml:1:8: not YAML: a text with a colon at its end or before a space needs quotes$/,
    ],
    [
      'a section that occurs twice',
      { 'more.yaml': 'sip: { domain: example.org }\n' },
      /^more\.yaml:1:1: 'sip' is already defined at carillon\.yaml/,
    ],
    ['a missing variable', { 'carillon.yaml': 'sip: { domain: "${NOWHERE}" }\n' }, /^carillon\.yaml:1:\d+: .*NOWHERE/],
    ['a YAML error', { 'queues.yaml': 'queues: [\n' }, /^queues\.yaml:\d+:\d+: /],
    [
      'TLS without a certificate',
      { 'carillon.yaml': 'sip: { domain: example.com, listen: ["tls://0.0.0.0:5061"] }\n' },
      /^carillon\.yaml:1:38: tls:\/\/ needs a certificate/,
    ],
    [
      'a transport that there is not',
      { 'carillon.yaml': 'sip: { domain: example.com, listen: ["sctp://0.0.0.0:5060"] }\n' },
      /^carillon\.yaml:1:38: expected a transport/,
    ],
    [
      'a time-out past the longest',
      { 'queues.yaml': 'queues:\n  - { name: support, groups: [support], timeout: { after: 65536s } }\n' },
      /^queues\.yaml:2:\d+: /,
    ],
    ['a file that lost its content', { 'agents.yaml': '' }, /^agents\.yaml:1:1: this file is empty/],
    [
      'a file in another encoding',
      { 'agents.yaml': Buffer.from('agents:\n  - { uri: "sip:alice@example.com", name: "Ren\u00e9e" }\n', 'latin1') },
      /^agents\.yaml:2:47: this file is not UTF-8/,
    ],
    ['a config without a SIP domain', { 'carillon.yaml': '{}\n' }, /^carillon\.yaml:1:1: .*domain/],
  ] as const) {
    it(`names ${what}, with file, line and column`, async () => {
      const faults = await faultsOf(files)
      assert.ok(
        faults.some(line => expected.test(line)),
        faults.join('\n'),
      )
    })
  }

  it('names files that can’t be read, but no errors that only follow from that', async () => {
    for (const [name, text] of [
      ['carillon.yaml', 'sip: [\n'],
      ['agents.yaml', 'agents:\n\t- x\n'],
      ['groups.yaml', ''],
    ] as const) {
      const faults = await faultsOf({ [name]: text })
      assert.ok(faults.length > 0 && faults.every(line => line.startsWith(name)), faults.join('\n'))
    }
    const faults = await faultsOf({ 'carillon.yaml': 'sip: [\n', 'groups.yaml': 'groups:\n  - { name: support, agents: 5 }\n' })
    assert.match(faults.join('\n'), /carillon\.yaml:[^]*groups\.yaml:2:30: expected/)
  })

  it('warns of queues that send calls in circles, and of a time-out that is shorter than the alert time', async () => {
    const warnings = await warningsOf({
      'queues.yaml': 'queues:\n  - { name: support, groups: [support], timeout: { after: 15s, action: { queue: support } } }\n',
    })
    assert.ok(
      warnings.some(line => line.includes("calls can come back to queue 'support'")),
      warnings.join('\n'),
    )
    assert.ok(
      warnings.some(line => line.includes("time-out comes before the first agent of 'support'")),
      warnings.join('\n'),
    )
  })

  it('has a separate address for metrics, which only this machine may use unless others are named', async () => {
    const carillon = (metrics: string): { 'carillon.yaml': string } => ({
      'carillon.yaml': `sip: { domain: example.com, trustedPeers: [10.0.0.1] }\nhttp: { metrics: ${metrics} }\n`,
    })
    const { http } = await settingsOf(carillon('{ listen: "http://0.0.0.0:9464", allow: [10.0.0.5, "fd00::/8"] }'))
    assert.deepEqual(http.metrics, { host: '0.0.0.0', port: 9464, allow: ['10.0.0.5', 'fd00::/8'] })
    const { http: local } = await settingsOf(carillon('{ listen: "http://127.0.0.1:9464" }'))
    assert.deepEqual(local.metrics?.allow, ['127.0.0.0/8', '::1'])
    const wrong: readonly (readonly [string, RegExp])[] = [
      ['{ listen: "https://0.0.0.0:9464" }', /only by http:\/\//],
      ['{ listen: "http://0.0.0.0:8080" }', /already has the port 8080/],
      ['{ listen: "http://0.0.0.0:9464", allow: [] }', /nobody could read the metrics/],
      ['{ listen: "http://0.0.0.0:9464", allow: [everybody] }', /expected an IP address/],
      ['{ allow: [10.0.0.5] }', /listen/],
    ]
    for (const [metrics, fault] of wrong) assert.match((await faultsOf(carillon(metrics))).join(), fault)
  })

  it('refuses an IPv4-mapped block that contains every IPv4 address', async () => {
    for (const peer of ['::ffff:10.0.0.0/8', '::ffff:127.0.0.1/8', '::ffff:0:0/95'])
      for (const line of [`trustedPeers: ["${peer}"] }`, `trustedPeers: [] }\nhttp: { trustedProxies: ["${peer}"] }`]) {
        const faults = await faultsOf({ 'carillon.yaml': `sip: { domain: example.com, ${line}\n` })
        assert.match(faults.join(), /fewer than 96 bits of it hold every IPv4 address/)
      }
  })

  it('config-or-nothing: whatever is done to the sample’s bytes gives settings or faults, and never throws', async () => {
    const folder = newFolder()
    cpSync(sample, folder, { recursive: true })
    const file = join(folder, 'workflows', 'workflows.yaml')
    const bytes = readFileSync(file)
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(40), fc.uint8Array({ maxLength: 8 }), async (at, length, replacement) => {
        writeFileSync(file, Buffer.concat([bytes.subarray(0, at), replacement, bytes.subarray(at + length)]))
        const outcome = await loadConfig(folder, { env: {}, generation: 1 })
        if (!outcome.ok)
          assert.ok(outcome.faults.length > 0 && outcome.faults.every(({ line, column }) => line > 0 && column > 0))
      }),
      { numRuns: 150 },
    )
  })
})
