import assert from 'node:assert/strict'
import { readGroup, type Directory, type DirectoryEntry } from '../../../src/directory/group.js'

type Attributes = Readonly<Record<string, readonly string[]>>

/** Active Directory's largest range. */
const rangeSize = 1_500

/** A directory that answers long lists of members in ranges, as Active Directory does. */
class RangedDirectory implements Directory {
  readonly asked: string[] = []

  constructor(private readonly entries: Readonly<Record<string, Attributes>>) {}

  entry(dn: string, attributes: readonly string[]): Promise<DirectoryEntry | undefined> {
    this.asked.push(`${dn} ${attributes.join()}`)
    const found = this.entries[dn]
    if (!found) return Promise.resolve(undefined)
    const { member = [], ...rest } = found
    const from = Number(/^member;range=(\d+)-\*$/.exec(attributes[0] ?? '')?.[1] ?? 0)
    const part = member.slice(from, from + rangeSize)
    const isLast = from + part.length >= member.length
    const name = member.length <= rangeSize ? 'member' : `member;range=${from}-${isLast ? '*' : from + part.length - 1}`
    return Promise.resolve({ dn, attributes: new Map(Object.entries({ ...rest, [name]: part })) })
  }
}

const person = (mail: string, more: Attributes = {}): Attributes => ({ objectclass: ['top', 'user'], mail: [mail], ...more })
const group = (...member: readonly string[]): Attributes => ({ objectclass: ['top', 'group'], member })
const options = { nested: false, attributes: ['msRTCSIP-PrimaryUserAddress', 'proxyAddresses', 'telephoneNumber', 'mail'] }

const read = (entries: Readonly<Record<string, Attributes>>, nested = false) =>
  readGroup(new RangedDirectory(entries), 'cn=support', { ...options, nested })
const namesOf = async (...given: Parameters<typeof read>): Promise<string[]> =>
  (await read(...given)).members.map(({ name }) => name)

describe('a group of a directory', () => {
  it('has its members in the order of their names', async () => {
    const entries = { 'cn=support': group('cn=Bob', 'cn=alice'), 'cn=Bob': person('bob@x'), 'cn=alice': person('alice@x') }
    assert.deepEqual(await namesOf(entries), ['cn=alice', 'cn=Bob'])
  })

  it('is read in ranges of 1,500 members to its end', async () => {
    const names = Array.from({ length: 3_700 }, (_, index) => `cn=${String(index).padStart(4, '0')}`)
    const people = Object.fromEntries(names.map(name => [name, person(`${name.slice(3)}@x`)]))
    const directory = new RangedDirectory({ 'cn=support': group(...names), ...people })
    const { members } = await readGroup(directory, 'cn=support', options)
    assert.deepEqual(
      members.map(({ name }) => name),
      names,
    )
    assert.deepEqual(
      directory.asked.filter(each => each.startsWith('cn=support')),
      ['cn=support member,uniqueMember', 'cn=support member;range=1500-*', 'cn=support member;range=3000-*'],
    )
  })

  it('leaves groups inside it out, and counts them', async () => {
    const entries = {
      'cn=support': group('cn=a', 'cn=inner'),
      'cn=a': person('a@x'),
      'cn=inner': group('cn=b'),
      'cn=b': person('b@x'),
    }
    const { members, skipped } = await read(entries)
    assert.deepEqual(
      members.map(({ name }) => name),
      ['cn=a'],
    )
    assert.equal(skipped.groups, 1)
  })

  it('has the members of groups inside it with nested, each once, even if the groups contain each other', async () => {
    const entries = {
      'cn=support': group('cn=a', 'cn=inner'),
      'cn=inner': group('cn=b', 'cn=a', 'cn=support', 'cn=inner'),
      ...{ 'cn=a': person('a@x'), 'cn=b': person('b@x') },
    }
    assert.deepEqual(await namesOf(entries, true), ['cn=a', 'cn=b'])
  })

  it('leaves out accounts that are switched off and entries that do not exist', async () => {
    const entries = {
      'cn=support': group('cn=a', 'cn=off', 'cn=gone'),
      'cn=a': person('a@x', { useraccountcontrol: ['512'] }),
      'cn=off': person('off@x', { useraccountcontrol: ['514'] }),
    }
    const { members, skipped } = await read(entries)
    assert.deepEqual(
      members.map(({ name }) => name),
      ['cn=a'],
    )
    assert.deepEqual(skipped, { groups: 0, disabled: 1, unreadable: 1 })
  })

  it('takes what may lead to an agent from the attributes, in their order', async () => {
    const alice = person('alice@example.com', {
      'msrtcsip-primaryuseraddress': ['sip:alice@example.com'],
      proxyaddresses: ['SMTP:a.smith@example.com', 'SIP:alice@other.example', 'smtp:alice@example.com', 'X500:/o=Example'],
      telephonenumber: ['+49 (30) 1234-567'],
    })
    const { members } = await read({ 'cn=support': group('cn=a'), 'cn=a': alice })
    assert.deepEqual(
      members[0]?.uris,
      ['sip:alice@example.com', 'SIP:alice@other.example', 'tel:+49301234567', 'sip:alice@example.com'].filter(
        (uri, index, all) => all.indexOf(uri) === index,
      ),
    )
  })

  it('is no list if it does not exist', () => assert.rejects(read({}), /does not have this group/))

  it('is no list if it shows no members, because the user may lack the right to see them', () =>
    assert.rejects(read({ 'cn=support': group() }), /no members that this user may see/))

  it('is no list if it has more than 5,000 members', () => {
    const names = Array.from({ length: 5_001 }, (_, index) => `cn=${index}`)
    return assert.rejects(read({ 'cn=support': group(...names) }), /more than 5000 members/)
  })

  it('is no list if the directory stops in the middle', () => {
    const names = Array.from({ length: 2_000 }, (_, index) => `cn=${index}`)
    const directory = new RangedDirectory({ 'cn=support': group(...names) })
    const broken: Directory = {
      entry: (dn, attributes) =>
        attributes[0]?.startsWith('member;') === true ? Promise.resolve(undefined) : directory.entry(dn, attributes),
    }
    return assert.rejects(readGroup(broken, 'cn=support', options), /did not send the members from 1500 on/)
  })
})
