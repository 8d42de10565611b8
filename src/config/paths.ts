import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { faultAt } from './complaints.js'
import type { ConfigFault } from './faults.js'
import type { Gathered } from './gather.js'

/**
 * Resolves the relative paths of a config, which start at the config folder. In version 0.1 the paths of the store, the journal, the speech
 * folder and http.tls started at the parent of the config folder. Files that an older version left there are still used, with a warning
 * (docs/decisions/065).
 */
export class ConfigPaths {
  readonly warnings: ConfigFault[] = []

  constructor(
    /** The config folder, absolute. */
    readonly folder: string,
    private readonly gathered: Pick<Gathered, 'sectionPlaces'>,
  ) {}

  /** Where the server puts its data if the config names no place. */
  get data(): string {
    return resolve(this.folder, '../data')
  }

  /** The absolute path of `name`. `key` is the path of the value in the config, beginning with its section. */
  at(key: readonly [string, ...string[]], name: string): string {
    const path = resolve(this.folder, name)
    const before = resolve(this.folder, '..', name)
    if (path === before || name === newDefault || !isOld(name, path, before)) return path
    const [section, ...rest] = key
    const place = this.gathered.sectionPlaces.get(section)
    const message = `'${name}' now begins at the config folder, but there is only ${before}, which an older version made. It is used; write '../${name.replace(/^\.\//, '')}'`
    if (place) this.warnings.push(faultAt(place, rest, message))
    return before
  }
}

/** No older version had this default, so a file at the other place belongs to another server. */
const newDefault = '../data/carillon.db'

/** Whether an older version used the path `before`. The file itself decides first, and then the folder in which it would be made. */
function isOld(name: string, path: string, before: string): boolean {
  if (existsSync(path)) return false
  return existsSync(before) || (!name.startsWith('..') && !existsSync(dirname(path)) && existsSync(dirname(before)))
}
