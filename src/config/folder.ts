import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** A folder that file systems keep at their root for themselves; only root may read it. */
export const isOfTheFileSystem = (name: string): boolean => name === 'lost+found'

/** What could not be read, and why. */
export type Unreadable = (path: string, error: unknown) => void

/**
 * The YAML files of a folder in the order of their names, carillon.yaml first. Links are followed to files, as Kubernetes mounts a ConfigMap,
 * and not to folders. Hidden ones, the schema folder and `lost+found` are left out.
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

/** False for pipes and devices, which could be read for ever. A link that leads nowhere is told when it is read. */
async function leadsToFile(link: string): Promise<boolean> {
  try {
    return (await stat(link)).isFile()
  } catch {
    return true // ENOENT, ELOOP: reading it tells the same, with its place
  }
}
