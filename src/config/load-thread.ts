import { parentPort, workerData } from 'node:worker_threads'
import { loadConfig, type LoadOptions } from './load.js'

/** The input of the thread. */
interface LoadTask {
  readonly folder: string
  readonly options: LoadOptions
}

/** The thread reads one folder, posts the outcome and ends. */
const { folder, options } = workerData as LoadTask
parentPort?.postMessage(await loadConfig(folder, options))
