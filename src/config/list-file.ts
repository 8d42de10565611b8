import { readFile, stat } from 'node:fs/promises'

/** In bytes: some 20,000 members. */
const longest = 1024 * 1024

/** The text of a distribution list. Rejects if it can't be read. */
export async function readListFile(path: string): Promise<string> {
  // Checked before reading, because reading a pipe or a device might never end.
  const stats = await stat(path)
  if (!stats.isFile()) throw new Error('it is not a file')
  if (stats.size > longest) throw new Error('the file is larger than 1 MiB')
  return await readFile(path, 'utf8')
}
