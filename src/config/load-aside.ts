import { Worker } from 'node:worker_threads'
import { loadConfig, type LoadOptions, type LoadOutcome } from './load.js'
import type { LoadTask } from './load-thread.js'

/**
 * `loadConfig` in a thread of its own: thousands of agents take half a second to read, and calls do not wait for that. Where no thread can
 * be had, as without memory or when run from the sources, `failed` is told why and the folder is read in this one.
 */
export async function loadConfigAside(
  folder: string,
  options: LoadOptions,
  failed: (error: Error) => void,
): Promise<LoadOutcome> {
  try {
    return await inThread({ folder, options })
  } catch (error) {
    // In this thread it would take the calls with it.
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
