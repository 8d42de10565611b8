import { messageOf } from '../foundation/errors.js'
import { resolve } from 'node:path'
import { agentUri, type AgentUri } from '../routing/world/ids.js'
import { faultAt } from './complaints.js'
import type { ConfigFault } from './faults.js'
import { placeOfList, type DirectoryLists } from './directory-lists.js'
import type { Gathered } from './gather.js'
import { readListFile } from './list-file.js'

/**
 * Reads the members of each group's distribution list. A file has one SIP URI a line, `#` starts a comment, and the order is kept. A
 * file that can't be read is a fault. A member who is not an agent is a warning and is skipped.
 */
export async function readLists(
  folder: string,
  { agents, groups }: Gathered,
  directory: DirectoryLists,
  { faults, warnings }: { readonly faults: ConfigFault[]; readonly warnings: ConfigFault[] },
): Promise<Map<string, readonly AgentUri[]>> {
  const known = new Set(agents.map(({ value }) => value.uri))
  const lists = new Map<string, readonly AgentUri[]>()
  for (const group of groups) {
    const file = group.value.distributionList
    if (file === undefined) continue
    const place = placeOfList(file)
    if (place.kind === 'directory') {
      lists.set(group.value.name, await directory.membersOf(group, place, faults))
      continue
    }
    try {
      lists.set(group.value.name, members(file, await readListFile(resolve(folder, file)), known, warnings))
    } catch (error) {
      faults.push(faultAt(group, ['distributionList'], `can't be read: ${messageOf(error)}`))
    }
  }
  return lists
}

function members(file: string, text: string, known: ReadonlySet<AgentUri>, warnings: ConfigFault[]): AgentUri[] {
  const found = new Set<AgentUri>()
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const entry = line.replace(/#.*/, '').trim()
    if (entry === '') continue
    const uri = agentUri(entry)
    const column = line.indexOf(entry) + 1
    // The text is not quoted: if the name of the file is wrong, it may be a secret.
    if (!uri.ok)
      warnings.push({ file, line: index + 1, column, message: 'this line is not a SIP URI such as sip:alice@example.com' })
    else if (!known.has(uri.value))
      warnings.push({
        file,
        line: index + 1,
        column,
        message: `${uri.value} is not an agent of this config; this member does not work`,
      })
    else found.add(uri.value)
  }
  return [...found]
}
