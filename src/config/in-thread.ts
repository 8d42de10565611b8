import { Worker } from 'node:worker_threads'

/** The heap limit of a thread in MB. A thread that needs more is ended. */
export const maxThreadMb = 1_024

/**
 * Whether the thread needed more than `maxThreadMb`. Its task must not be repeated in this thread: that would exhaust the memory of the
 * server and end all calls.
 */
export const wasTooLarge = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'

/** Runs the file of a thread and resolves with the one message that it posts before it ends. */
export function inThread<Outcome>(file: URL, task: unknown): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(file, { workerData: task, resourceLimits: { maxOldGenerationSizeMb: maxThreadMb } })
    worker.once('message', resolve)
    worker.on('error', reject)
    worker.once('exit', code => reject(new Error(`the thread that reads the config ended with ${code}`)))
  })
}
