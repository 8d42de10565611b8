import { parentPort, workerData } from 'node:worker_threads'
import { makeBundle, type BundleTask } from './make.js'

/** The thread makes one bundle, posts it and ends. */
const bundle = await makeBundle(workerData as BundleTask)
parentPort?.postMessage(bundle)
