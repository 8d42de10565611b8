import { randomBytes } from 'node:crypto'
import { chown, link, lstat, mkdir, open, readFile, rename, rm, type FileHandle } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { messageOf } from '../../foundation/errors.js'
import { versionOf } from './prepare.js'

type Written = { readonly kind: 'written' } | { readonly kind: 'stale' } | { readonly kind: 'failed'; readonly because: string }

/** Mode of a file that did not exist. It may hold hashes of passwords. */
const newFile = 0o600

/**
 * Gives a file another text: at a crash it has the old one or the new one, whole. Mode and owner stay. `version`: what it must be now;
 * undefined: it must not exist. Never rejects.
 */
export async function writeWhole(folder: string, file: string, version: string | undefined, text: string): Promise<Written> {
  const path = join(resolve(folder), file)
  // The config is read without hidden files.
  const draft = join(dirname(path), `.carillon-${randomBytes(8).toString('hex')}.tmp`)
  try {
    await mkdir(dirname(path), { recursive: true })
    if (!(await isStill(path, version))) return { kind: 'stale' }
    await writeDraft(draft, path, version === undefined, text)
    if (!(await isStill(path, version))) return { kind: 'stale' }
    // A file that appeared meanwhile is not replaced.
    if (version === undefined) await link(draft, path)
    else await rename(draft, path)
    await flushFolder(dirname(path))
    return { kind: 'written' }
  } catch (error) {
    return { kind: 'failed', because: messageOf(error) }
  } finally {
    await rm(draft, { force: true }).catch(() => undefined) // It may be gone, or the folder may not be writable any more.
  }
}

async function isStill(path: string, version: string | undefined): Promise<boolean> {
  const bytes = await readFile(path).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  })
  return bytes === undefined ? version === undefined : versionOf(bytes) === version
}

async function writeDraft(draft: string, path: string, isNew: boolean, text: string): Promise<void> {
  const file = await open(draft, 'wx', newFile)
  try {
    await file.writeFile(text)
    if (!isNew) await keepOwner(file, draft, path)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Fails if another owner's file can't be given back to them: they might not be able to read it any more. */
async function keepOwner(file: FileHandle, draft: string, path: string): Promise<void> {
  const [wanted, own] = [await lstat(path), await file.stat()]
  if (wanted.uid !== own.uid || wanted.gid !== own.gid) await chown(draft, wanted.uid, wanted.gid)
  await file.chmod(wanted.mode & 0o7777)
}

/** The rename itself must survive a loss of power. */
async function flushFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
