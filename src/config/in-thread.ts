import { Worker } from 'node:worker_threads'

/** In MB. A thread that needs more is ended. */
export const maxThreadMb = 1_024

/** The thread needed more than `maxThreadMb`. Doing its task in this thread would exhaust the memory of the server and end all calls. */
export const wasTooLarge = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'

/** Runs the file of a thread, which posts one message and ends. */
export function inThread<Outcome>(file: URL, task: unknown): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(file, { workerData: task, resourceLimits: { maxOldGenerationSizeMb: maxThreadMb } })
    worker.once('message', resolve)
    worker.on('error', reject)
    worker.once('exit', code => reject(new Error(`the thread that reads the config ended with ${code}`)))
  })
}
