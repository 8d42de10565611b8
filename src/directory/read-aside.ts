import { basename } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Clock } from '../foundation/clock.js'
import { messageOf } from '../foundation/errors.js'
import { formatDuration, type Millis } from '../foundation/time.js'
import { readLists, type ListAnswer, type ReadTask } from './read-lists.js'

/** The heap limit of the thread in MB. 5,000 members take about 20. */
const maxThreadMb = 256

/**
 * Reads lists in a thread of its own, because thousands of entries take a second of the processor and calls must not wait. The thread ends
 * after `within`, and lists without an answer have failed. If no thread can be started, for example because Carillon runs from its sources,
 * reads them in this thread. Never rejects.
 */
export async function readListsAside(task: ReadTask, within: Millis, clock: Clock): Promise<readonly ListAnswer[]> {
  const answers: ListAnswer[] = []
  const why = await inThread(task, { within, clock, tell: answer => void answers.push(answer) })
  if (why === undefined) return answers
  const answered = new Set(answers.map(({ file }) => file))
  const missing = new Set(task.lists.map(({ file }) => basename(file)).filter(file => !answered.has(file)))
  return [...answers, ...[...missing].map(file => ({ kind: 'failed', file, because: why, isLogin: false }) as const)]
}

interface ThreadOptions {
  readonly within: Millis
  readonly clock: Clock
  readonly tell: (answer: ListAnswer) => void
}

/** Resolves when the thread has ended. The value says why it could not finish. */
function inThread(task: ReadTask, { within, clock, tell }: ThreadOptions): Promise<string | undefined> {
  return new Promise(resolve => {
    const worker = new Worker(new URL('./directory-thread.js', import.meta.url), {
      workerData: task,
      resourceLimits: { maxOldGenerationSizeMb: maxThreadMb },
    })
    const timer = clock.after(within, () => {
      ended(`the directory took longer than ${formatDuration(within)}`)
      void worker.terminate()
    })
    const ended = (why: string | undefined): void => {
      timer.cancel()
      resolve(why)
    }
    worker.on('message', tell)
    worker.on('error', error => {
      if (isMissing(error)) void readLists(task, tell).then(() => ended(undefined))
      else ended(messageOf(error))
    })
    worker.once('exit', code => {
      if (code === 0) ended(undefined)
    })
  })
}

/** The file of the thread exists only after the build. */
const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'
