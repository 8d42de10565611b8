import { readUpTo } from './read-up-to.js'

/** In bytes: some 20,000 members. */
const longest = 1024 * 1024

/** The text of a distribution list. Rejects if it can't be read. */
export async function readListFile(path: string): Promise<string> {
  const bytes = await readUpTo(path, longest)
  if (bytes === 'notFile') throw new Error('it is not a file')
  if (bytes === 'tooLarge') throw new Error('the file is larger than 1 MiB')
  return bytes.toString('utf8')
}
