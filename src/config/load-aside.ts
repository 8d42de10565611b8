import { inThread, maxThreadMb, wasTooLarge } from './in-thread.js'
import { loadConfig, type LoadOptions, type LoadOutcome } from './load.js'

/**
 * Runs `loadConfig` in a thread of its own. Reading thousands of agents takes half a second, and calls must not wait for it. If no thread
 * can be started, for example because of low memory or because Carillon runs from its sources, calls `failed` with the reason and reads the
 * folder in this thread.
 */
export async function loadConfigAside(
  folder: string,
  options: LoadOptions,
  failed: (error: Error) => void,
): Promise<LoadOutcome> {
  try {
    return await inThread(new URL('./load-thread.js', import.meta.url), { folder, options })
  } catch (error) {
    if (wasTooLarge(error)) return { ok: false, faults: [{ file: folder, line: 1, column: 1, message: tooLarge }] }
    failed(error instanceof Error ? error : new Error(String(error)))
    return loadConfig(folder, options)
  }
}

const tooLarge = `the config takes more than ${maxThreadMb} MB of memory to read: make it smaller`
