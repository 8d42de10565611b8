import type { KeptList } from '../config/kept-lists.js'

/** An entry of the directory. The names of its attributes are in lower case. */
export interface DirectoryEntry {
  readonly dn: string
  readonly attributes: ReadonlyMap<string, readonly string[]>
}

/** A connection to a directory, as far as this file needs it. */
export interface Directory {
  /** One entry with these attributes. Undefined: it does not exist, or this server refers to another one for it. */
  entry(dn: string, attributes: readonly string[]): Promise<DirectoryEntry | undefined>
}

interface GroupOptions {
  readonly nested: boolean
  /** The attributes that lead to an agent, the best first. */
  readonly attributes: readonly string[]
}

type GroupMembers = Pick<KeptList, 'members' | 'skipped'>

/** In all groups of one list. */
const mostMembers = 5_000
/** Searches that are under way at the same time. */
const atOnce = 32
/** A range that does not end would be asked for again and again. Active Directory answers with 1,500 members. */
const mostRanges = 100

/** Reads the members of a group. Rejects with the reason if the list would not be whole. */
export async function readGroup(directory: Directory, dn: string, options: GroupOptions): Promise<GroupMembers> {
  const reader = new GroupReader(directory, options)
  if (!(await reader.read(dn))) throw new Error('the directory does not have this group, or does not show it to this user')
  return reader.members()
}

class GroupReader {
  readonly #seen = new Set<string>()
  readonly #found: { name: string; uris: string[] }[] = []
  readonly #skipped = { groups: 0, disabled: 0, unreadable: 0 }
  #groups: string[] = []

  constructor(
    private readonly directory: Directory,
    private readonly options: GroupOptions,
  ) {}

  /** False: there is no such group. */
  async read(dn: string): Promise<boolean> {
    this.#seen.add(keyOf(dn))
    const members = await membersOf(this.directory, dn)
    if (!members) return false
    await this.#add(members)
    for (let next = this.#groups.shift(); next !== undefined; next = this.#groups.shift()) {
      const inner = await membersOf(this.directory, next)
      if (inner) await this.#add(inner)
      else this.#skipped.unreadable += 1
    }
    return true
  }

  members(): GroupMembers {
    // A user who may not read the attribute sees a group without members. That must not take the agents away.
    if (this.#found.length === 0)
      throw new Error('the group has no members that this user may see; a group that is meant to be empty has `agents: []`')
    // A directory promises no order of members (RFC 4511 §4.1.7), so the order would change by chance.
    const inOrder = [...this.#found].sort((one, other) => (keyOf(one.name) < keyOf(other.name) ? -1 : 1))
    return { members: inOrder, skipped: this.#skipped }
  }

  async #add(members: readonly string[]): Promise<void> {
    const fresh = members.filter(dn => !this.#seen.has(keyOf(dn)))
    for (const dn of fresh) this.#seen.add(keyOf(dn))
    if (this.#seen.size > mostMembers + 1) throw new Error(`the group has more than ${mostMembers} members`)
    const wanted = ['objectClass', 'userAccountControl', ...this.options.attributes]
    for (let from = 0; from < fresh.length; from += atOnce) {
      const batch = fresh.slice(from, from + atOnce)
      const entries = await Promise.all(batch.map(dn => this.directory.entry(dn, wanted)))
      for (const entry of entries) this.#take(entry)
    }
  }

  #take(entry: DirectoryEntry | undefined): void {
    if (!entry) this.#skipped.unreadable += 1
    else if (isGroup(entry)) {
      if (this.options.nested) this.#groups.push(entry.dn)
      else this.#skipped.groups += 1
    } else if (isDisabled(entry)) this.#skipped.disabled += 1
    else this.#found.push({ name: entry.dn, uris: urisOf(entry, this.options.attributes) })
  }
}

const keyOf = (dn: string): string => dn.toLowerCase()

const groupClasses: ReadonlySet<string> = new Set(['group', 'groupofnames', 'groupofuniquenames'])
const isGroup = ({ attributes }: DirectoryEntry): boolean =>
  (attributes.get('objectclass') ?? []).some(name => groupClasses.has(name.toLowerCase()))

/** ACCOUNTDISABLE of Active Directory's userAccountControl (MS-ADTS §2.2.16). */
const disabledBit = 2
const isDisabled = ({ attributes }: DirectoryEntry): boolean =>
  (Number(attributes.get('useraccountcontrol')?.[0] ?? 0) & disabledBit) !== 0

/** The DNs of the members. Undefined: there is no such entry. */
async function membersOf(directory: Directory, dn: string): Promise<string[] | undefined> {
  const first = await directory.entry(dn, ['member', 'uniqueMember'])
  if (!first) return undefined
  const members = [...(first.attributes.get('member') ?? []), ...(first.attributes.get('uniquemember') ?? []).map(withoutBits)]
  let range = rangeOf(first)
  if (!range) return members
  members.push(...range.values)
  for (let count = 1; range.next !== undefined; count += 1) {
    if (count >= mostRanges || members.length > mostMembers) throw new Error(`the group has more than ${mostMembers} members`)
    const entry = await directory.entry(dn, [`member;range=${range.next}-*`])
    const further = entry && rangeOf(entry)
    if (!further || further.values.length === 0) throw new Error(`the directory did not send the members from ${range.next} on`)
    members.push(...further.values)
    range = further
  }
  return members
}

/** Active Directory sends many values as `member;range=0-1499`. The last range ends with `*` (MS-ADTS §3.1.1.3.1.3.3). */
function rangeOf({ attributes }: DirectoryEntry): { readonly values: readonly string[]; readonly next?: number } | undefined {
  for (const [name, values] of attributes) {
    const [, last] = /^member;range=\d{1,9}-(\d{1,9}|\*)$/.exec(name) ?? []
    if (last !== undefined) return last === '*' ? { values } : { values, next: Number(last) + 1 }
  }
  return undefined
}

/** A name may have a bit string behind it (RFC 4517 §3.3.21). */
const withoutBits = (value: string): string => value.replace(/#'[01]*'B$/, '')

const mostUris = 32

function urisOf({ attributes }: DirectoryEntry, names: readonly string[]): string[] {
  const values = names.flatMap(name => attributes.get(name.toLowerCase()) ?? [])
  return [...new Set(values.flatMap(value => uriOf(value.trim()) ?? []))].slice(0, mostUris)
}

const longestUri = 256

/** What a value may stand for: a SIP URI, an address of which a SIP URI can be made, or a number. Undefined: something else. */
function uriOf(value: string): string | undefined {
  if (value.length > longestUri) return undefined
  if (/^sips?:/i.test(value)) return value
  const number = value.replace(/^tel:/i, '').replace(/[ ().\-/]/g, '')
  if (/^\+?\d{2,20}$/.test(number)) return `tel:${number}`
  return /^[^\s:@]+@[^\s:@]+$/.test(value) ? `sip:${value}` : undefined
}
