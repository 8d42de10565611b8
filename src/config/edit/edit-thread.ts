import { parentPort } from 'node:worker_threads'
import { runEditWork, type EditWork } from './edit-work.js'

/** The thread does one piece of work after another, and posts the outcome of each. An error ends it. */
parentPort?.on('message', async ({ task, name, ask }: EditWork) => {
  parentPort?.postMessage(await runEditWork(task, name, ask as never))
})
