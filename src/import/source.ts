import { lstat, readdir, readFile, stat } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import yauzl from 'yauzl'
import { messageOf } from '../foundation/errors.js'
import { fault, ok, type Result } from '../foundation/result.js'

/** What an import reads: the entries of a ZIP, the files of a folder, or one file. Nothing is ever written under these names. */
export interface ImportSource {
  /** With `/` between folders. */
  readonly names: readonly string[]
  /** The bytes of an entry. A fault is the rest of a sentence that begins with its name. */
  read(name: string): Promise<Result<Buffer>>
  close(): void
}

/** Far more than an export of a large site has. */
const mostEntries = 10_000
/** In bytes, of one entry: about an hour of compressed sound. */
const largestEntry = 32 * 1_024 * 1_024
/** In bytes, of all entries that are read. */
const mostBytes = 1_024 * 1_024 * 1_024
/** How many times larger an entry may become, if it is also larger than `smallEntry`. XML with the same lines again and again reaches 50. */
const largestRatio = 200
const smallEntry = 1_024 * 1_024
/** Folders inside each other. */
const deepestFolder = 12

/** Opens what the path names. A fault is a sentence. */
export async function openSource(path: string): Promise<Result<ImportSource>> {
  try {
    const stats = await stat(path)
    if (stats.isDirectory()) return ok(folderSource(path, await filesIn(path)))
    if (!stats.isFile()) return fault(`${path} is neither a file nor a folder`)
    if (/\.(?:xml|fsxml|json|conf|[ct]sv)$/i.test(path)) return ok(folderSource(join(path, '..'), [basename(path)]))
    return await openArchive(path)
  } catch (error) {
    return fault(isMissing(error) ? `there is no ${path}` : `${path} can't be read: ${messageOf(error)}`)
  }
}

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT'

function folderSource(folder: string, names: readonly string[]): ImportSource {
  const budget = new Budget()
  return {
    names,
    async read(name) {
      try {
        const file = join(folder, name)
        const { size } = await stat(file)
        return budget.take(size) ? ok(await readFile(file)) : fault('is too large')
      } catch (error) {
        return fault(`can't be read: ${messageOf(error)}`)
      }
    },
    close: () => undefined,
  }
}

/** The files of a folder and the folders in it. Links are left out, because they may lead anywhere. */
async function filesIn(root: string): Promise<string[]> {
  const found: string[] = []
  const look = async (folder: string, levels: number): Promise<void> => {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (found.length > mostEntries) throw new Error(`it has more than ${mostEntries} files`)
      const path = join(folder, entry.name)
      if (entry.isDirectory() && levels > 0) await look(path, levels - 1)
      else if ((await lstat(path)).isFile()) found.push(relative(root, path).replaceAll('\\', '/'))
    }
  }
  await look(root, deepestFolder)
  return found.sort()
}

/** Limits the bytes that are read: of each entry, and of all entries together. */
class Budget {
  #left = mostBytes

  take(bytes: number): boolean {
    if (bytes > largestEntry || bytes > this.#left) return false
    this.#left -= bytes
    return true
  }
}

async function openArchive(path: string): Promise<Result<ImportSource>> {
  const zip = await opened(path)
  if (!zip.ok) return fault(`${path} is not a ZIP file: ${zip.fault}`)
  const entries = await entriesOf(zip.value)
  if (!entries.ok) {
    zip.value.close()
    return fault(`${path}: ${entries.fault}`)
  }
  const budget = new Budget()
  return ok({
    names: [...entries.value.keys()],
    read: name => {
      const entry = entries.value.get(name)
      return entry ? contentOf(zip.value, entry, budget) : Promise.resolve(fault('is not in the archive'))
    },
    close: () => zip.value.close(),
  })
}

/** Opens a ZIP. Its entries are read one by one, so that a hostile table of contents takes no memory. */
function opened(path: string): Promise<Result<yauzl.ZipFile>> {
  return new Promise(resolve => {
    yauzl.open(path, { lazyEntries: true, autoClose: false }, (error, zip) => {
      if (error) resolve(fault(messageOf(error)))
      else resolve(ok(zip))
    })
  })
}

/** yauzl refuses names that are absolute or lead out of the folder, and turns backslashes into slashes. */
function entriesOf(zip: yauzl.ZipFile): Promise<Result<ReadonlyMap<string, yauzl.Entry>>> {
  return new Promise(resolve => {
    const entries = new Map<string, yauzl.Entry>()
    const end = (why: string): void => resolve(fault(why))
    zip.on('error', (error: unknown) => end(messageOf(error)))
    zip.on('end', () => resolve(ok(entries)))
    zip.on('entry', (entry: yauzl.Entry) => {
      if (zip.entriesRead > mostEntries) return end(`it has more than ${mostEntries} entries`)
      if (entries.has(entry.fileName)) return end(`it has two entries with the name ${entry.fileName}`)
      if (!entry.fileName.endsWith('/')) entries.set(entry.fileName, entry)
      zip.readEntry()
    })
    zip.readEntry()
  })
}

function contentOf(zip: yauzl.ZipFile, entry: yauzl.Entry, budget: Budget): Promise<Result<Buffer>> {
  const { uncompressedSize: size, compressedSize } = entry
  if (size > smallEntry && size > compressedSize * largestRatio)
    return Promise.resolve(fault('becomes too large: it is compressed more than any real export'))
  if (!budget.take(size)) return Promise.resolve(fault('is too large'))
  if (entry.isEncrypted()) return Promise.resolve(fault('is encrypted'))
  return new Promise(resolve => {
    zip.openReadStream(entry, (error, stream) => {
      if (error) return resolve(fault(`can't be read: ${messageOf(error)}`))
      const chunks: Buffer[] = []
      let length = 0
      stream.on('data', (chunk: Buffer) => {
        length += chunk.length
        // yauzl compares the length with the one that the archive states, and reports a difference as an error.
        if (length > largestEntry) stream.destroy(new Error('too large'))
        else chunks.push(chunk)
      })
      stream.on('error', (broken: unknown) => resolve(fault(`can't be read: ${messageOf(broken)}`)))
      stream.on('end', () => resolve(ok(Buffer.concat(chunks))))
    })
  })
}

/** Opens the export, gives it to `read`, and closes it in any case. */
export async function withSource<Value>(
  path: string,
  read: (source: ImportSource) => Promise<Result<Value>>,
): Promise<Result<Value>> {
  const source = await openSource(path)
  if (!source.ok) return source
  try {
    return await read(source.value)
  } finally {
    source.value.close()
  }
}
