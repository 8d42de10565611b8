import { parentPort } from 'node:worker_threads'
import { runEditWork, type EditWork } from './edit-work.js'

/** The thread does one piece of work after another, and posts the outcome of each. An error ends it. */
parentPort?.on('message', (work: EditWork) => void done(work))

async function done({ task, name, ask }: EditWork): Promise<void> {
  parentPort?.postMessage(await runEditWork(task, name, ask as never))
}
