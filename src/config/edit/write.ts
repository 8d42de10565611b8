import { randomBytes } from 'node:crypto'
import { chown, link, lstat, mkdir, open, readFile, rename, rm, type FileHandle } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { messageOf } from '../../foundation/errors.js'
import { versionOf } from './prepare.js'

type Written = { readonly kind: 'written' } | { readonly kind: 'stale' } | { readonly kind: 'failed'; readonly because: string }

/** The mode of a new file. The file may hold hashes of passwords. */
const newFile = 0o600

/**
 * Replaces the whole text of a file. After a crash the file has either the old or the new text. Mode and owner stay. `version` is the
 * version that the file must have now. Undefined: the file must not exist. Never rejects.
 */
export async function writeWhole(folder: string, file: string, version: string | undefined, text: string): Promise<Written> {
  const path = join(resolve(folder), file)
  // Reading the config skips hidden files.
  const draft = join(dirname(path), `.carillon-${randomBytes(8).toString('hex')}.tmp`)
  try {
    await mkdir(dirname(path), { recursive: true })
    if (!(await isStill(path, version))) return { kind: 'stale' }
    await writeDraft(draft, path, version === undefined, text)
    if (!(await isStill(path, version))) return { kind: 'stale' }
    // `link` fails if the file appeared meanwhile, so such a file is not replaced.
    if (version === undefined) await link(draft, path)
    else await rename(draft, path)
    await flushFolder(dirname(path))
    return { kind: 'written' }
  } catch (error) {
    return { kind: 'failed', because: messageOf(error) }
  } finally {
    await rm(draft, { force: true }).catch(() => undefined) // The draft may be gone, or the folder may not be writable any more.
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

/**
 * Keeps the owner and mode of a file. Fails if the new file can't get the owner of the old one, because that owner might not be able to
 * read it.
 */
async function keepOwner(file: FileHandle, draft: string, path: string): Promise<void> {
  const [wanted, own] = [await lstat(path), await file.stat()]
  if (wanted.uid !== own.uid || wanted.gid !== own.gid) await chown(draft, wanted.uid, wanted.gid)
  await file.chmod(wanted.mode & 0o7777)
}

/** Writes the folder to disk, because the rename must survive a loss of power. */
async function flushFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
