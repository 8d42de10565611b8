import { Worker } from 'node:worker_threads'
import { makeBundle, type BundleTask } from './make.js'

/** The heap limit of the thread in MB. A large site's world takes about 20, and a long journal 200. */
const maxThreadMb = 512

/**
 * Makes a bundle in a thread of its own, because reading a journal takes seconds and calls must not wait. If Carillon runs from its sources,
 * there is no file for the thread, and the bundle is made in this one.
 */
export function makeBundleAside(task: BundleTask): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./bundle-thread.js', import.meta.url), {
      workerData: task,
      resourceLimits: { maxOldGenerationSizeMb: maxThreadMb },
    })
    worker.once('message', resolve)
    worker.on('error', error => {
      if (isMissing(error)) makeBundle(task).then(resolve, reject)
      else reject(error)
    })
    worker.once('exit', code => {
      if (code !== 0) return
      reject(new Error('the thread that makes the bundle ended without one'))
    })
  })
}

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'
