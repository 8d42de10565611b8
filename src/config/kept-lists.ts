import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { z } from 'zod'
import type { DirectoryServer } from './settings.js'

/**
 * The file that keeps the members of a directory group. The server writes it after each reading, and every reader of the config reads it.
 * So a config never waits for the directory, and the members outlive a restart.
 */
const keptList = z.strictObject({
  version: z.literal(1),
  /** Wall-clock time in ms. */
  readAt: z.number().int(),
  /** `uris`: what may lead to the agent, `sip:…` or `tel:+…`, the best first. */
  members: z.array(z.strictObject({ name: z.string(), uris: z.array(z.string()) })),
  /** How many members were left out: groups inside the group, switched-off accounts, entries that can't be read. */
  skipped: z.strictObject({ groups: z.number().int(), disabled: z.number().int(), unreadable: z.number().int() }),
})

export type KeptList = z.output<typeof keptList>

/** In bytes. 5,000 members take about 1 MB. */
const largestKept = 16 * 1024 * 1024

/** The content of the file. Throws if the list is so long that `readKept` would not read it. */
export function keptText(list: KeptList): string {
  const text = JSON.stringify(list)
  if (Buffer.byteLength(text) > largestKept) throw new Error('the names of the members take more than 16 MiB')
  return text
}

/** The name of the file. Other settings of the directory may change while the last members stay in use. */
export function keptName(dn: string, server: DirectoryServer | undefined): string {
  const at = server ? `${server.host}:${server.port}` : ''
  return `${createHash('sha256')
    .update(JSON.stringify([at, dn.toLowerCase()]))
    .digest('hex')
    .slice(0, 32)}.json`
}

/** Undefined: no list is kept, or the file is damaged. Then the directory must be read before the group has agents. */
export async function readKept(file: string): Promise<KeptList | undefined> {
  try {
    const stats = await stat(file)
    if (!stats.isFile() || stats.size > largestKept) return undefined
    return keptList.safeParse(JSON.parse(await readFile(file, 'utf8'))).data
  } catch {
    return undefined // The file does not exist yet, or is not JSON. The caller reports a list that is missing.
  }
}
