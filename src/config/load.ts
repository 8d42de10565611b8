import { messageOf } from '../foundation/errors.js'
import { readFile, stat } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import { systemClock, wallNow } from '../foundation/clock.js'
import type { WallTime } from '../foundation/time.js'
import { checkHttpCertificates, readCertificates } from './certificates.js'
import { checkCluster } from './cluster.js'
import { inOrder, mostFaults, type ConfigFault } from './faults.js'
import { DirectoryLists, directorySettings } from './directory-lists.js'
import { yamlFiles } from './folder.js'
import { gather } from './gather.js'
import type { KeptList } from './kept-lists.js'
import { lintConfig } from './lint.js'
import { lintListen } from './lint-listen.js'
import { lintSecrets } from './lint-secrets.js'
import { readLists } from './lists.js'
import { ConfigPaths } from './paths.js'
import { readPrompts } from './prompts.js'
import { checkReferences } from './references.js'
import type { Settings } from './settings.js'
import { readSource, type Environment, type SourceFile } from './source.js'
import { translate } from './translate.js'

export type LoadOutcome =
  | {
      readonly ok: true
      readonly settings: Settings
      /** Things that work but look wrong. */ readonly warnings: readonly ConfigFault[]
    }
  | { readonly ok: false; readonly faults: readonly ConfigFault[] }

export interface LoadOptions {
  /** The values that replace `${NAME}`. */
  readonly env: Environment
  /** Becomes `RoutingSettings.generation`. */
  readonly generation: number
  /** Whether a running server uses the config. See `CertificateSurroundings`. */
  readonly serving?: boolean
  /** The time at which holidays and certificates are checked. Default: the time of the system's clock. */
  readonly now?: WallTime
  /** The IP addresses of this machine. If given, `sip.listen` and `http.listen` are compared with them. */
  readonly addresses?: ReadonlySet<string>
  /** A YAML file of the folder that is read as if it had this text, whether it exists or not. */
  readonly replaced?: ReplacedFile
  /** Lists that were read from the directory just now, by the names of their files. Default: the kept ones are used. */
  readonly lists?: ReadonlyMap<string, KeptList>
}

interface ReplacedFile {
  /** Relative to the config folder, with `/`. */
  readonly file: string
  readonly text: string
}

/** Reads every YAML file of a config folder and reports all faults at once. Never rejects. */
export async function loadConfig(
  folder: string,
  { env, generation, serving = false, now = wallNow(systemClock), addresses, replaced, lists: fresh }: LoadOptions,
): Promise<LoadOutcome> {
  const faults: ConfigFault[] = []
  const warnings: ConfigFault[] = []
  const { sources, complete, open } = await readFolder(resolve(folder), env, faults, replaced)
  const gathered = gather(sources, faults, complete)
  if (faults.length >= mostFaults) return { ok: false, faults: firstOf(faults, folder) }
  checkReferences(gathered, faults)
  checkCluster(gathered, faults)
  const directoryLists = new DirectoryLists(resolve(folder), gathered, warnings, fresh)
  const lists = await readLists(resolve(folder), gathered, directoryLists, { faults, warnings })
  const directory = await directorySettings(gathered, resolve(folder), directoryLists.lists, faults)
  const prompts = await readPrompts(resolve(folder), gathered, faults, warnings)
  const tls = await readCertificates(gathered, { folder: resolve(folder), now, serving }, { faults, warnings })
  const paths = new ConfigPaths(resolve(folder), gathered)
  await checkHttpCertificates(gathered, paths, { folder: resolve(folder), now, serving }, { faults, warnings })
  const { sections } = gathered
  if (faults.length > 0 || !sections) return { ok: false, faults: firstOf(faults, folder) }
  const settings = translate(gathered, sections, { paths, generation, lists, prompts, tls, directory })
  return {
    ok: true,
    settings,
    warnings: firstOf(
      [
        ...warnings,
        ...paths.warnings,
        ...lintSecrets(gathered, open),
        ...(addresses ? lintListen(gathered, addresses) : []),
        ...lintConfig(gathered, settings, { folder: resolve(folder), now }),
      ],
      folder,
    ),
  }
}

/** The first faults in the order of their places. If there are more, the last one says so. */
function firstOf(found: readonly ConfigFault[], folder: string): ConfigFault[] {
  if (found.length <= mostFaults) return inOrder(found)
  const more = {
    file: folder,
    line: 1,
    column: 1,
    message: `there are more than these ${mostFaults} faults; the rest is not shown`,
  }
  return [...inOrder(found).slice(0, mostFaults), more]
}

/** The limit for all YAML files together, in bytes. A config with 100,000 agents has about 10 MB. */
const mostBytes = 24 * 1024 * 1024

/** The mode bit of a file that every user of the machine may read (POSIX: others may read). */
const ofAnybody = 0o004

/**
 * Reads the YAML files of a folder. `open` has the files that every user of the machine may read. `complete` is false if a file could not
 * be read.
 */
export async function readFolder(
  folder: string,
  env: Environment,
  faults: ConfigFault[],
  replaced?: ReplacedFile,
): Promise<{ readonly sources: readonly SourceFile[]; readonly complete: boolean; readonly open: ReadonlySet<string> }> {
  const sources: SourceFile[] = []
  let complete = true
  let bytes = 0
  const open = new Set<string>()
  const unreadable = (path: string, error: unknown): void => {
    complete = false
    const why = messageOf(error)
    faults.push({ file: relative(folder, path) || folder, line: 1, column: 1, message: `can't be read: ${why}` })
  }
  for (const path of await filesOf(folder, replaced, unreadable)) {
    try {
      const isReplaced = replaced !== undefined && path === resolve(folder, replaced.file)
      const { size, mode } = isReplaced ? { size: Buffer.byteLength(replaced.text), mode: 0 } : await stat(path)
      if ((mode & ofAnybody) !== 0) open.add(relative(folder, path))
      bytes += size
      if (bytes > mostBytes) throw new Error(`the config is larger than ${mostBytes / 1024 / 1024} MiB from here on`)
      const { source, faults: found } = readSource(
        relative(folder, path),
        isReplaced ? Buffer.from(replaced.text) : await readFile(path),
        env,
      )
      faults.push(...found)
      if (source) sources.push(source)
      else complete = false
    } catch (error) {
      unreadable(path, error)
    }
  }
  return { sources, complete, open }
}

/** The YAML files. If the replaced file does not exist, it comes last. */
async function filesOf(
  folder: string,
  replaced: ReplacedFile | undefined,
  unreadable: (path: string, error: unknown) => void,
): Promise<string[]> {
  const files = await yamlFiles(folder, unreadable)
  const path = replaced && resolve(folder, replaced.file)
  return path === undefined || files.includes(path) ? files : [...files, path]
}
