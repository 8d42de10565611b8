import { basename } from 'node:path'
import type { KeptList } from '../config/kept-lists.js'
import type { DirectoryList, DirectoryServer, DirectorySettings } from '../config/settings.js'
import { systemClock, wallNow } from '../foundation/clock.js'
import { isWrongLogin, openDirectory } from './connection.js'
import { readGroup } from './group.js'
import { reasonOf } from './reason.js'

/** What to read. `lists` may be some of those in the settings. */
export interface ReadTask {
  readonly settings: DirectorySettings
  readonly lists: readonly DirectoryList[]
}

/** The outcome for one list. `file` is the name of its kept file. */
export type ListAnswer =
  | { readonly kind: 'read'; readonly file: string; readonly list: KeptList }
  | { readonly kind: 'failed'; readonly file: string; readonly because: string; readonly isLogin: boolean }

/** Reads lists of the directory, and tells each outcome as soon as it is known. Never rejects. */
export async function readLists({ settings, lists }: ReadTask, tell: (answer: ListAnswer) => void): Promise<void> {
  const sets = new Map<string, { readonly servers: readonly DirectoryServer[]; readonly lists: DirectoryList[] }>()
  for (const list of new Map(lists.map(each => [each.file, each])).values()) {
    const key = JSON.stringify(list.servers)
    const set = sets.get(key) ?? { servers: list.servers, lists: [] }
    set.lists.push(list)
    sets.set(key, set)
  }
  for (const set of sets.values()) await readSet(settings, set.servers, set.lists, tell)
}

async function readSet(
  settings: DirectorySettings,
  servers: readonly DirectoryServer[],
  lists: readonly DirectoryList[],
  tell: (answer: ListAnswer) => void,
): Promise<void> {
  const opened = await openFirst(settings, servers)
  if (opened.kind === 'failed') {
    for (const { file } of lists) tell({ ...opened, file: basename(file) })
    return
  }
  for (const { dn, file } of lists) {
    const name = basename(file)
    try {
      const found = await readGroup(opened.directory, dn, settings)
      tell({ kind: 'read', file: name, list: { version: 1, readAt: wallNow(systemClock), ...found } })
    } catch (error) {
      tell({ kind: 'failed', file: name, because: reasonOf(error), isLogin: false })
    }
  }
  await opened.directory.close()
}

type Opened =
  | { readonly kind: 'open'; readonly directory: Awaited<ReturnType<typeof openDirectory>> }
  | { readonly kind: 'failed'; readonly because: string; readonly isLogin: boolean }

/** Connects to the first server that can be reached. */
async function openFirst(settings: DirectorySettings, servers: readonly DirectoryServer[]): Promise<Opened> {
  const reasons: string[] = []
  for (const server of servers)
    try {
      return { kind: 'open', directory: await openDirectory(server, settings) }
    } catch (error) {
      const name = `${server.host}:${server.port}`
      if (isWrongLogin(error))
        return { kind: 'failed', because: `${name}: directory.user or directory.password is wrong`, isLogin: true }
      reasons.push(`${name}: ${reasonOf(error)}`)
    }
  return { kind: 'failed', because: reasons.join('; '), isLogin: false }
}
