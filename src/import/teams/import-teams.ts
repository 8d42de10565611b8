import { fault, type Result } from '../../foundation/result.js'
import type { Imported, ImportRequest } from '../imported.js'
import { importSite } from '../lync/import-lync.js'
import { siteOf } from '../lync/site.js'
import { Notes } from '../notes.js'
import { withSource, type ImportSource } from '../source.js'
import { listOf, property, readJson, textOf } from '../tree.js'
import { readObjects } from './objects.js'
import { shapedOf } from './shape.js'

/** Reads call queues, auto attendants and schedules of Teams from JSON. A fault is a sentence. */
export function importTeams(request: ImportRequest): Promise<Result<Imported>> {
  return withSource(request.source, source => importFrom(source, request))
}

/** Response Groups and call queues are so much alike that a tenant is written as an export of Lync, and then read as one. */
async function importFrom(source: ImportSource, request: ImportRequest): Promise<Result<Imported>> {
  const notes = new Notes()
  const objects = await readObjects(source, notes)
  if (!objects.ok) return objects
  const tree = readJson(JSON.stringify(shapedOf(objects.value, notes)))
  if (!tree.ok) return fault(`the menus of the auto attendants ${tree.fault}`)
  const people = new Map(
    [...objects.value.people.values()].flatMap(person => {
      const [address, name] = [
        textOf(property(person, 'SipAddress', 'UserPrincipalName')),
        textOf(property(person, 'DisplayName')),
      ]
      return address === undefined || name === undefined
        ? []
        : [[`sip:${address.replace(/^sips?:/i, '')}`.toLowerCase(), name] as const]
    }),
  )
  return importSite('Teams', { ...siteOf(listOf(tree.value)), people }, source, request, notes)
}
