import { Worker } from 'node:worker_threads'
import { loadConfig, type LoadOptions, type LoadOutcome } from './load.js'
import type { LoadTask } from './load-thread.js'

/**
 * Runs `loadConfig` in a thread of its own. Reading thousands of agents takes half a second, and calls must not wait for it. If
 * no thread can be started, for example without memory or when run from the sources, calls `failed` with the reason and reads the
 * folder in this thread.
 */
export async function loadConfigAside(
  folder: string,
  options: LoadOptions,
  failed: (error: Error) => void,
): Promise<LoadOutcome> {
  try {
    return await inThread({ folder, options })
  } catch (error) {
    // Reading it in this thread would exhaust the memory of the server and end all calls.
    if (error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY')
      return { ok: false, faults: [{ file: folder, line: 1, column: 1, message: tooLarge }] }
    failed(error instanceof Error ? error : new Error(String(error)))
    return loadConfig(folder, options)
  }
}

const maxOldGenerationSizeMb = 1_024
const tooLarge = `the config takes more than ${maxOldGenerationSizeMb} MB of memory to read: make it smaller`

function inThread(task: LoadTask): Promise<LoadOutcome> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./load-thread.js', import.meta.url), {
      workerData: task,
      resourceLimits: { maxOldGenerationSizeMb },
    })
    worker.once('message', resolve)
    worker.on('error', reject)
    worker.once('exit', code => reject(new Error(`the thread that reads the config ended with ${code}`)))
  })
}
