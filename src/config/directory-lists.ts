import { stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { messageOf } from '../foundation/errors.js'
import { wallTime } from '../foundation/time.js'
import { agentUri, groupName, type AgentUri } from '../routing/world/ids.js'
import { faultAt, placeOf, type Placed } from './complaints.js'
import type { ConfigFault } from './faults.js'
import type { Gathered } from './gather.js'
import { keptName, readKept, type KeptList } from './kept-lists.js'
import { numberKey } from './numbers.js'
import { ConfigPaths } from './paths.js'
import type { AgentEntry, GroupEntry, Sections } from './schema.js'
import { readListPlace, type ListPlace } from './schema-directory.js'
import type { DirectoryList, DirectoryServer, DirectorySettings } from './settings.js'

/** The members of the groups that are in a directory. */
export class DirectoryLists {
  readonly lists: DirectoryList[] = []
  readonly #known: KnownAgents
  readonly #folder: string
  readonly #servers: readonly DirectoryServer[] | undefined

  /** `fresh`: lists that were read just now, by the names of their files. They replace the kept ones. */
  constructor(
    folder: string,
    { agents, sections, sectionPlaces }: Pick<Gathered, 'agents' | 'sections' | 'sectionPlaces'>,
    private readonly warnings: ConfigFault[],
    private readonly fresh: ReadonlyMap<string, KeptList> = new Map(),
  ) {
    this.#known = new KnownAgents(agents)
    this.#folder = sections ? keptFolder(sections, new ConfigPaths(folder, { sectionPlaces })) : folder
    this.#servers = sections?.directory?.servers
  }

  /** The members of one group that are agents, in the order of their names in the directory. */
  async membersOf(
    group: Placed<GroupEntry>,
    place: Extract<ListPlace, { readonly kind: 'directory' }>,
    faults: ConfigFault[],
  ): Promise<readonly AgentUri[]> {
    const servers = this.#serversOf(place.server)
    if (!servers) {
      faults.push(faultAt(group, ['distributionList'], unknownServer(this.#servers, place.server)))
      return []
    }
    const name = keptName(place.dn, place.server)
    const file = resolve(this.#folder, name)
    const kept = this.fresh.get(name) ?? (await readKept(file))
    const where = placeOf(group, ['distributionList'])
    const list: DirectoryList = { group: groupName(group.value.name), where, dn: place.dn, servers, file }
    this.lists.push(kept ? { ...list, readAt: wallTime(kept.readAt) } : list)
    if (kept) return this.#resolve(group, kept)
    this.#warn(group, 'the directory was not read yet: this group has no agents until it is')
    return []
  }

  /** Only servers of the section get the password. Undefined: the section does not have this server. */
  #serversOf(named: DirectoryServer | undefined): readonly DirectoryServer[] | undefined {
    if (named === undefined) return this.#servers
    return this.#servers?.some(each => isSame(each, named)) === true ? [named] : undefined
  }

  #resolve(group: Placed<GroupEntry>, { members, skipped }: KeptList): readonly AgentUri[] {
    const found = new Set<AgentUri>()
    const strangers: string[] = []
    for (const { name, uris } of members) {
      const agent = this.#known.find(uris)
      if (agent === undefined) strangers.push(name)
      else found.add(agent)
    }
    if (strangers.length > 0)
      this.#warn(group, `${strangers.length} of ${members.length} members are not agents of this config: ${firstOf(strangers)}`)
    const left = [
      ...(skipped.groups > 0 ? [`${skipped.groups} groups, because directory.nested is false`] : []),
      ...(skipped.disabled > 0 ? [`${skipped.disabled} accounts that are switched off`] : []),
      ...(skipped.unreadable > 0 ? [`${skipped.unreadable} entries that the directory does not show`] : []),
    ]
    if (left.length > 0) this.#warn(group, `some members are left out: ${left.join(', ')}`)
    return [...found]
  }

  #warn(group: Placed<GroupEntry>, message: string): void {
    this.warnings.push(faultAt(group, ['distributionList'], message))
  }
}

const isSame = (one: DirectoryServer, other: DirectoryServer): boolean =>
  one.host === other.host && one.port === other.port && one.secure === other.secure

function unknownServer(servers: readonly DirectoryServer[] | undefined, named: DirectoryServer | undefined): string {
  if (!servers) return 'a group of a directory needs the section `directory` with its servers in carillon.yaml'
  const host = named ? `${named.secure ? 'ldaps' : 'ldap'}://${named.host}:${named.port}` : ''
  return `${host} is not one of directory.servers; add it there, or write ldap:/// to ask those servers`
}

const mostNamed = 3
const firstOf = (names: readonly string[]): string =>
  `${names.slice(0, mostNamed).join('; ')}${names.length > mostNamed ? '; …' : ''}`

/** The folder with the kept lists is beside the store. */
function keptFolder({ store }: Sections, paths: ConfigPaths): string {
  const beside = store.kind === 'sqlite' ? dirname(paths.at(['store'], store.path)) : paths.data
  return resolve(beside, 'lists')
}

/** Finds the agent that an entry of the directory stands for. */
class KnownAgents {
  readonly #uris = new Set<AgentUri>()
  readonly #byNumber = new Map<string, AgentUri>()

  constructor(agents: readonly Placed<AgentEntry>[]) {
    for (const { value } of agents) {
      this.#uris.add(value.uri)
      const [, user = ''] = /^sips?:([^@]*)@/.exec(value.uri) ?? []
      if (/^\+?\d/.test(user)) this.#byNumber.set(numberKey(user), value.uri)
    }
  }

  find(candidates: readonly string[]): AgentUri | undefined {
    for (const candidate of candidates) {
      if (candidate.startsWith('tel:')) {
        const agent = this.#byNumber.get(numberKey(candidate.slice('tel:'.length)))
        if (agent !== undefined) return agent
        continue
      }
      const uri = agentUri(candidate)
      if (uri.ok && this.#uris.has(uri.value)) return uri.value
    }
    return undefined
  }
}

/** The settings of the directory. Undefined: the config has no such section. */
export async function directorySettings(
  { sections, sectionPlaces }: Gathered,
  folder: string,
  lists: readonly DirectoryList[],
  faults: ConfigFault[],
): Promise<DirectorySettings | undefined> {
  const entry = sections?.directory
  const place = sectionPlaces.get('directory')
  if (!entry || !place) return undefined
  const { servers, tls, ca, user, password, nested, attributes, refresh } = entry
  const authorities = ca === undefined ? undefined : resolve(folder, ca)
  if (authorities !== undefined) {
    const why = await whyUnreadable(authorities)
    if (why !== undefined) faults.push(faultAt(place, ['ca'], `'${ca}' can't be used: ${why}`))
  }
  return {
    ...{ servers, nested, attributes, refresh, lists, startTls: tls === 'required' },
    ...(authorities !== undefined && { ca: authorities }),
    ...(user !== undefined && password !== undefined && { login: { user, password } }),
  }
}

async function whyUnreadable(file: string): Promise<string | undefined> {
  try {
    return (await stat(file)).isFile() ? undefined : 'it is not a file'
  } catch (error) {
    return messageOf(error)
  }
}

/** Where the members of the group are. The schema has checked the text. */
export function placeOfList(written: string): ListPlace {
  const place = readListPlace(written)
  return place.ok ? place.value : { kind: 'file' }
}
