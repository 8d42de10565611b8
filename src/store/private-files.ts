import { chmod, link, lstat, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../foundation/log.js'

const privateFile = 0o600
const privateFolder = 0o700
/** Of the group and of others. */
const ofOthers = 0o077

/** A folder that this process writes into. */
export interface PrivatePlace {
  /** Absolute. */
  readonly folder: string
  /** Whether it writes a file of this name. */
  readonly isOurs: (name: string) => boolean
}

/**
 * Takes from the group and from others what an older version, or somebody else, let them read: calls, callers' numbers, marks of passwords.
 * New files are private by the process's umask. A folder that holds other things as well keeps its mode, and so do those. Never rejects.
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

/** Folders among files are left as they are, and so are links. */
async function restrict(path: string, mode: number, log: Log): Promise<void> {
  try {
    const found = await lstat(path)
    const isKind = mode === privateFolder ? found.isDirectory() : found.isFile()
    if (isKind && (found.mode & ofOthers) !== 0) await chmod(path, mode)
  } catch (error) {
    if (isMissing(error)) return
    const why = error instanceof Error ? error.message : String(error)
    log.warn(`${path} may be read by other users of this machine, and that can't be changed (${why})`, {
      event: 'store.readable',
      why,
    })
  }
}

/** Undefined: it is not made yet, or not ours to read. */
async function namesIn(folder: string, log: Log): Promise<string[] | undefined> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (!isMissing(error)) log.warn(`${folder} can't be read: ${String(error)}`, { event: 'store.readable' })
    return undefined
  }
}

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT'

const keyBytes = 32

/**
 * The key that lies beside the store, by which nobody who has the store alone can try passwords; made when there is none. Where it can
 * neither be read nor made it holds for this process, and phones register again after a restart. Never rejects.
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
      // Whole or not there; and one that is too short is replaced.
      if (kept) await rm(path)
      await link(draft, path)
    } finally {
      await rm(draft, { force: true })
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    log.warn(`${path} can't be kept (${why}): phones must register again after a restart`, { event: 'store.noKey', why })
  }
  return fresh
}
