import { messageOf } from '../foundation/errors.js'
import { chmod, link, lstat, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../foundation/log.js'

const privateFile = 0o600
const privateFolder = 0o700
/** The permission bits of the group and of others. */
const ofOthers = 0o077

/** A folder in which this process writes. */
export interface PrivatePlace {
  /** An absolute path. */
  readonly folder: string
  /** Whether this process writes a file with this name. */
  readonly isOurs: (name: string) => boolean
}

/**
 * Removes the group's and others' permissions from files of older versions, which may hold calls, callers' numbers and password
 * data. New files are private by the process's umask. If a folder also holds other files, their modes and the folder's mode stay
 * unchanged. Never rejects.
 */
export async function tighten(places: readonly PrivatePlace[], log: Log): Promise<void> {
  const folders = new Set(places.map(({ folder }) => folder))
  for (const { folder, isOurs } of places) {
    const names = await namesIn(folder, log)
    if (!names) continue
    for (const name of names) if (isOurs(name)) await restrict(join(folder, name), privateFile, log)
    if (names.every(name => isOurs(name) || folders.has(join(folder, name)))) await restrict(folder, privateFolder, log)
  }
}

/** Removes the permissions from one path. Skips links, and folders among the files. */
async function restrict(path: string, mode: number, log: Log): Promise<void> {
  try {
    const found = await lstat(path)
    const isKind = mode === privateFolder ? found.isDirectory() : found.isFile()
    if (isKind && (found.mode & ofOthers) !== 0) await chmod(path, mode)
  } catch (error) {
    if (isMissing(error)) return
    const why = messageOf(error)
    log.warn(`${path} may be read by other users of this machine, and that can't be changed (${why})`, {
      event: 'store.readable',
      why,
    })
  }
}

/** The names in the folder. Undefined: it does not exist yet, or we may not read it. */
async function namesIn(folder: string, log: Log): Promise<string[] | undefined> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (!isMissing(error)) log.warn(`${folder} can't be read: ${String(error)}`, { event: 'store.readable' })
    return undefined
  }
}

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT'

export const keyBytes = 32

/**
 * The key in the file beside the store. Somebody who has only the store can't try passwords without it. The file is created if it is
 * missing. If it can be neither read nor created, the key is for this process only, and phones must register again after a restart. Never
 * rejects.
 */
export async function keyBeside(file: string, random: (size: number) => Uint8Array, log: Log): Promise<Uint8Array> {
  const path = `${file}.key`
  const fresh = Buffer.from(random(keyBytes))
  try {
    const kept = await readFile(path).catch((error: unknown) => {
      if (isMissing(error)) return undefined
      throw error
    })
    if (kept?.length === keyBytes) return kept
    const draft = `${path}.${process.pid}`
    await writeFile(draft, fresh, { mode: privateFile, flag: 'w' })
    try {
      // The link makes the file appear complete or not at all. A file that is too short is replaced.
      if (kept) await rm(path)
      await link(draft, path)
    } finally {
      await rm(draft, { force: true })
    }
  } catch (error) {
    const why = messageOf(error)
    log.warn(`${path} can't be kept (${why}): phones must register again after a restart`, { event: 'store.noKey', why })
  }
  return fresh
}
