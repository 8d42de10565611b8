import { Session } from 'node:inspector'
import { totalOf } from './inspector.js'

/** Bytes between two samples. */
const samplingInterval = 2_048

/** Bytes that `run` allocates in this process, including those that are collected meanwhile. Sampled: exact to some percent. */
export function bytesAllocated(run: () => void): number {
  const session = new Session()
  session.connect()
  const collected = { includeObjectsCollectedByMajorGC: true, includeObjectsCollectedByMinorGC: true }
  session.post('HeapProfiler.startSampling', { samplingInterval, ...collected })
  run()
  let total = NaN
  session.post('HeapProfiler.stopSampling', (error, result) => {
    if (!error) total = totalOf(result.profile.head)
  })
  session.disconnect()
  return total
}
