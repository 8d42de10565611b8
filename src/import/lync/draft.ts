import type { Notes, Subject } from '../notes.js'
import type { TakenSounds } from '../sounds.js'
import { lineOf, Names } from '../texts.js'
import type { LyncSite } from './site.js'

/** What the translation of each part needs: the site, the names that its parts get, and where notes go. */
export interface Draft {
  readonly site: LyncSite
  readonly sounds: TakenSounds
  readonly notes: Notes
  /** Our SIP domain. */
  readonly domain: string
  readonly names: {
    /** By identity. */
    readonly groups: ReadonlyMap<string, string>
    readonly queues: ReadonlyMap<string, string>
    readonly hours: ReadonlyMap<string, string>
    readonly holidays: ReadonlyMap<string, string>
  }
}

/** A part with the name that it gets. */
export interface WithName<T> {
  readonly part: T
  readonly name: string
}

/** Lync adds the identity of its workflow to the name of hours and holidays that only this workflow uses. */
const privateName = /_[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export const isPrivate = (name: string | undefined): boolean => privateName.test(name ?? '')

/** Gives each part a name of its own. A name that had to change is a note. */
export function named<T extends { readonly name: string | undefined }>(
  parts: readonly T[],
  of: Subject,
  notes: Notes,
  names = new Names(),
): readonly WithName<T>[] {
  return parts.map((part, index) => {
    const old = (part.name ?? '').replace(privateName, '')
    const wanted = lineOf(old, 128) ?? `${of} ${index + 1}`
    const name = names.free(wanted)
    if (name !== old.trim())
      notes.changed(of, name, 'name', `the name was '${old}'`, 'names are unique, and are one line of 1 to 128 characters')
    return { part, name }
  })
}

/** The names by identity. If several parts have the same identity, the first one counts. */
export function byIdentity(parts: readonly WithName<{ readonly id: string | undefined }>[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const { part, name } of parts) if (part.id !== undefined && !found.has(part.id)) found.set(part.id, name)
  return found
}
