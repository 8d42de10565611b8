import { parentPort, workerData } from 'node:worker_threads'
import { readLists, type ReadTask } from './read-lists.js'

/** The thread reads some lists, posts each answer, and ends. */
await readLists(workerData as ReadTask, answer => parentPort?.postMessage(answer))
