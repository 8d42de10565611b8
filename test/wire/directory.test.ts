import assert from 'node:assert/strict'
import { Attribute, Change } from 'ldapts'
import { agentUri, configFiles, writeConfig } from './harness/config.js'
import { eventually } from './harness/eventually.js'
import { carillon } from './harness/program.js'
import { dnOf, groupEntry, personEntry, reader, Slapd } from './harness/slapd.js'
import { onWire, type Wire } from './harness/wire.js'

interface DirectoryOptions {
  readonly servers: readonly string[]
  /** Further keys of `directory`. */
  readonly more?: Readonly<Record<string, unknown>>
  /** The value of `distributionList`. */
  readonly list?: string
}

const names = ['alice', 'bob', 'carol', 'dave']

/** Writes a config whose group `support` is in the directory. */
async function configure(
  wire: Wire,
  slapd: Slapd,
  { servers, more = {}, list = `ldap:///${dnOf('Support')}` }: DirectoryOptions,
) {
  const files = configFiles({
    agents: names.map(name => ({ name, contact: 'sip:nobody@127.0.0.1:9' })),
    groups: [{ name: 'support', method: 'serial', agents: [] }],
  })
  await writeConfig(wire.configFolder, {
    ...files,
    'groups/all.yaml': { groups: [{ name: 'support', distributionList: list }] },
    'directory.yaml': { directory: { servers, ca: slapd.authority.certificateFile, ...reader, ...more } },
  })
}

/** The agents of the group, by the names in their URIs. */
async function membersOf(wire: Wire): Promise<string[]> {
  const groups = await wire.server.get<readonly { readonly agents: readonly string[] }[]>('/api/groups')
  return groups.flatMap(({ agents }) => agents.map(uri => /sip:(.*)@/.exec(uri)?.[1] ?? uri))
}

const becomes = (wire: Wire, ...wanted: readonly string[]): Promise<unknown> =>
  eventually(`the members are ${wanted.join()}`, async () => (await membersOf(wire)).join() === wanted.join())

async function withSlapd(entries: readonly string[], test: (wire: Wire, slapd: Slapd) => Promise<void>): Promise<void> {
  await onWire(async wire => {
    const slapd = await Slapd.start(wire.folder, entries)
    try {
      await test(wire, slapd)
    } finally {
      await slapd.stop()
    }
  })
}

/** Each is found by another attribute. */
const people = [
  personEntry('Alice', 'msRTCSIP-PrimaryUserAddress: sip:alice@example.com'),
  personEntry('Bob', 'proxyAddresses: smtp:b@example.org', 'proxyAddresses: SIP:bob@example.com'),
  personEntry('Carol', 'mail: carol@example.com'),
  personEntry('Dave', 'mail: dave@example.com', 'userAccountControl: 514'),
]

describe('Groups of an LDAP directory', () => {
  it('have the agents of the directory from the start, and follow its changes at a reload', () =>
    withSlapd([...people, groupEntry('Support', 'Bob', 'Alice', 'Dave')], async (wire, slapd) => {
      await configure(wire, slapd, { servers: [`ldap://127.0.0.1:${slapd.port}`] })
      await wire.restart()
      assert.deepEqual(await membersOf(wire), ['alice', 'bob'])
      const modification = new Attribute({ type: 'member', values: [dnOf('Alice'), dnOf('Carol')] })
      await slapd.change(dnOf('Support'), new Change({ operation: 'replace', modification }))
      wire.server.signal('SIGHUP')
      await becomes(wire, 'alice', 'carol')
      assert.match(slapd.log, /STARTTLS[\s\S]*BIND dn="cn=reader,dc=example,dc=com"/, 'the password came after TLS')
      assert.ok(!JSON.stringify(wire.server.lines).includes(reader.password), 'the log has no password')
    }))

  it('keep their last agents while the directory is away, also over a restart, and say so', () =>
    withSlapd([...people, groupEntry('Support', 'Alice')], async (wire, slapd) => {
      await configure(wire, slapd, { servers: [`ldaps://127.0.0.1:${slapd.tlsPort}`] })
      await wire.restart()
      assert.deepEqual(await membersOf(wire), ['alice'])
      await slapd.stop()
      await wire.server.stop()
      await wire.restart()
      assert.deepEqual(await membersOf(wire), ['alice'])
      await wire.server.logged({ event: 'directory.failed' })
      const { degraded } = await wire.server.get<{ readonly degraded: readonly string[] }>('/health/ready')
      assert.deepEqual(degraded, ["directory: 1 of 1 lists can't be read now; the last members stay"])
      const checked = await carillon('check', wire.configFolder)
      assert.match(checked.stdout, /groups\/all\.yaml:3:23: the list can't be read: .*ECONNREFUSED.*; the members of .* are used/)
      await slapd.start()
      wire.server.signal('SIGHUP')
      await wire.server.logged({ event: 'directory.again' })
      assert.equal(await wire.server.metric('carillon_directory_reads_total', { result: 'failed' }), 1)
    }))

  it('are not read from a server whose certificate is not trusted, and no password goes there', () =>
    withSlapd([...people, groupEntry('Support', 'Alice')], async (wire, slapd) => {
      for (const server of [`ldap://127.0.0.1:${slapd.port}`, `ldaps://127.0.0.1:${slapd.tlsPort}`]) {
        await configure(wire, slapd, { servers: [server], more: { ca: undefined } })
        const { stdout } = await carillon('check', wire.configFolder)
        assert.match(stdout, /the list can't be read: 127\.0\.0\.1:\d+: .*certificate/i)
      }
      assert.doesNotMatch(slapd.log, /BIND/)
      await configure(wire, slapd, { servers: [`ldap://127.0.0.1:${slapd.port}`] })
      await wire.restart()
    }))

  it('are checked by carillon check, which names members who are not agents', () =>
    withSlapd(
      [
        ...people,
        personEntry('Eve', 'mail: eve@example.com'),
        groupEntry('Inner', 'Bob'),
        groupEntry('Support', 'Alice', 'Eve', 'Inner'),
      ],
      async (wire, slapd) => {
        const nobody = 'ldap://127.0.0.1:1'
        await configure(wire, slapd, { servers: [nobody, `ldap://127.0.0.1:${slapd.port}`] })
        const { stdout } = await carillon('check', wire.configFolder)
        assert.match(stdout, /1 of 2 members are not agents of this config: cn=Eve,dc=example,dc=com/)
        assert.match(stdout, /some members are left out: 1 groups, because directory\.nested is false/)
        await configure(wire, slapd, { servers: [nobody, `ldap://127.0.0.1:${slapd.port}`], more: { nested: true } })
        await wire.restart()
        assert.deepEqual(await membersOf(wire), ['alice', 'bob'])
        await configure(wire, slapd, { servers: [`ldap://127.0.0.1:${slapd.port}`], more: { password: 'wrong' } })
        const wrong = await carillon('check', wire.configFolder)
        assert.match(wrong.stdout, /directory\.user or directory\.password is wrong/)
        assert.ok(!wrong.stdout.includes(agentUri('alice')))
      },
    ))
})
