import { parentPort, workerData } from 'node:worker_threads'
import { loadConfig, type LoadOptions } from './load.js'

/** What the thread is told at its start. */
export interface LoadTask {
  readonly folder: string
  readonly options: LoadOptions
}

/** The thread's whole life: one folder read, its outcome told. */
const { folder, options } = workerData as LoadTask
parentPort?.postMessage(await loadConfig(folder, options))
