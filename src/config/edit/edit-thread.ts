import { parentPort, workerData } from 'node:worker_threads'
import { runEditWork, type EditWork } from './edit-work.js'

/** The thread does one piece of work, posts its outcome and ends. */
const { task, name, ask } = workerData as EditWork
parentPort?.postMessage(await runEditWork(task, name, ask as never))
