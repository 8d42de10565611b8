import { fault, ok, type Result } from '../../foundation/result.js'
import type { Notes } from '../notes.js'
import type { ImportSource } from '../source.js'
import { identityOf, listOf, property, readJson, textOf, type Tree } from '../tree.js'

/** The objects of a tenant as PowerShell writes them, by kind. */
export interface TeamsObjects {
  readonly queues: readonly Tree[]
  readonly attendants: readonly Tree[]
  /** By identity. */
  readonly schedules: ReadonlyMap<string, Tree>
  /** Resource accounts by identity. */
  readonly accounts: ReadonlyMap<string, Tree>
  /** People by identity. */
  readonly people: ReadonlyMap<string, Tree>
}

const mostFiles = 64
/** In bytes, of all files. */
const mostBytes = 24 * 1_024 * 1_024

/** Reads each JSON file. A fault is a sentence. */
export async function readObjects(source: ImportSource, notes: Notes): Promise<Result<TeamsObjects>> {
  const objects = new Objects()
  let left = mostBytes
  for (const name of source.names.filter(each => /\.json$/i.test(each)).slice(0, mostFiles)) {
    const bytes = await source.read(name)
    if (bytes.ok) left -= bytes.value.length
    if (left < 0) return fault('its JSON files are too large to be an export of call queues')
    const isWide = bytes.ok && bytes.value[0] === 0xff && bytes.value[1] === 0xfe
    const tree = bytes.ok ? readJson(bytes.value.toString(isWide ? 'utf16le' : 'utf8')) : bytes
    if (tree.ok) for (const each of listOf(tree.value)) objects.take(each)
    else notes.lost('site', '', undefined, `${name} ${tree.fault}`, 'export it again, or write by hand what it had')
  }
  if (objects.queues.length + objects.attendants.length === 0)
    return fault('there are neither call queues nor auto attendants in it')
  return ok(objects)
}

class Objects implements TeamsObjects {
  readonly queues: Tree[] = []
  readonly attendants: Tree[] = []
  readonly schedules = new Map<string, Tree>()
  readonly accounts = new Map<string, Tree>()
  readonly people = new Map<string, Tree>()

  /** The kind of an object is known by properties that only this kind has. */
  take(object: Tree): void {
    const has = (name: string): boolean => property(object, name) !== undefined
    const id = idOf(object)
    if (has('DefaultCallFlow')) {
      this.attendants.push(object)
      for (const schedule of listOf(property(object, 'Schedules'))) this.take(schedule)
    } else if (has('RoutingMethod')) this.queues.push(object)
    else if (has('WeeklyRecurrentSchedule') || has('FixedSchedule')) this.schedules.set(id ?? '', object)
    else if (has('ApplicationId')) this.accounts.set(id ?? '', object)
    else if ((has('SipAddress') || has('UserPrincipalName')) && id !== undefined) this.people.set(id, object)
  }
}

/** The identity of an object, in lower case. */
export const idOf = (object: Tree | undefined): string | undefined => identityOf(property(object, 'ObjectId', 'Identity', 'Id'))

/** The address of a person or a resource account. */
export function addressOf(object: Tree | undefined): string | undefined {
  const sip = textOf(property(object, 'SipAddress'))
  if (sip !== undefined) return /^sips?:/i.test(sip) ? sip : `sip:${sip}`
  const principal = textOf(property(object, 'UserPrincipalName'))
  return principal === undefined ? undefined : `sip:${principal}`
}
