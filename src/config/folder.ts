import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Whether this is a folder that some file systems keep at their root. Only root may read it. */
export const isOfTheFileSystem = (name: string): boolean => name === 'lost+found'

/** Called with each path that can't be read, and the error. */
type Unreadable = (path: string, error: unknown) => void

/**
 * The YAML files of a folder, ordered by name, with carillon.yaml first. Links to files are followed, because Kubernetes mounts a
 * ConfigMap that way. Links to folders are not. Hidden files, the schema folder and `lost+found` are left out.
 */
export async function yamlFiles(folder: string, unreadable: Unreadable): Promise<string[]> {
  const first = join(folder, 'carillon.yaml')
  const files = await filesIn(folder, unreadable)
  return files.sort((a, b) => Number(a !== first) - Number(b !== first) || (a < b ? -1 : 1))
}

const isLeftOut = (name: string): boolean => name.startsWith('.') || name === 'schema' || isOfTheFileSystem(name)

async function filesIn(folder: string, unreadable: Unreadable): Promise<string[]> {
  const found: string[] = []
  try {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (isLeftOut(entry.name)) continue
      if (entry.isDirectory()) found.push(...(await filesIn(path, unreadable)))
      else if (/\.ya?ml$/.test(entry.name) && (entry.isFile() || (entry.isSymbolicLink() && (await leadsToFile(path)))))
        found.push(path)
    }
  } catch (error) {
    unreadable(folder, error)
  }
  return found
}

/**
 * Whether a link leads to a file. False for pipes and devices, because reading them might never end. A broken link counts as a file, so
 * that reading it reports the fault.
 */
async function leadsToFile(link: string): Promise<boolean> {
  try {
    return (await stat(link)).isFile()
  } catch {
    return true // ENOENT or ELOOP: reading the file fails in the same way and names its place.
  }
}
