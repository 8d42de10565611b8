import { fork, type ChildProcess } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { TimerSet, type Clock } from '../../foundation/clock.js'
import { seconds } from '../../foundation/time.js'

/** A worker thread or a child process that does part of the work. */
export interface Helper<To> {
  /** The process id, if it is a process. */
  readonly pid?: number
  tell(message: To): void
}

interface HelperListener<From> {
  heard(message: From): void
  /** The helper could not be started, or it failed. `ended` follows if it had started. */
  failed(error: Error): void
  /** Called once. Everything that the helper held is gone. */
  ended(why: string): void
}

/** Starts a helper. Each call starts another one. */
export type Begin<To, From> = (listener: HelperListener<From>) => Helper<To>

/** `entry`: the file with which the thread starts, without its extension. */
export function beginThread<To, From>(entry: URL): Begin<To, From> {
  return listener => {
    const worker = newWorker(entry)
    worker.on('message', (message: From) => listener.heard(message))
    worker.on('error', error => listener.failed(error))
    worker.on('exit', code => listener.ended(`exit code ${code}`))
    return { tell: message => worker.postMessage(message) }
  }
}

interface ProcessOptions {
  /** The file with which the process starts, without its extension. The process must send a message at least once per second. */
  readonly entry: URL
  /** Megabytes of V8's old space. V8 ends a process that needs more. */
  readonly memory: number
  readonly clock: Clock
}

/** A process without a message for this many seconds counts as hanging. */
const patience = 8
/** How many characters of standard error are kept for the log. */
const mostWords = 4000

/**
 * A separate process: if V8 or the system ends it, this process continues. A hanging process is killed. The child gets no
 * environment variables, because it reads input from strangers and needs no secrets.
 */
export function beginProcess<To extends object, From>({ entry, memory, clock }: ProcessOptions): Begin<To, From> {
  return listener => {
    const child = newProcess(entry, memory)
    let words = ''
    let isOver = false
    const watch = watchOver(child, clock)
    const ended = (why: string): void => {
      if (isOver) return
      isOver = true
      watch.stop()
      listener.ended(words === '' ? why : `${why}: ${words.trim()}`)
    }
    child.stderr?.setEncoding('utf8')
    child.stderr?.on('data', (text: string) => (words = (words + text).slice(-mostWords)))
    child.stderr?.on('error', error => listener.failed(error))
    child.on('message', message => {
      watch.heard()
      if (!isOver) listener.heard(message as From)
    })
    child.on('error', error => {
      listener.failed(error)
      // A child that could not be started has no `exit` event.
      if (child.pid === undefined) ended(error.message)
    })
    // `close` comes after standard error was read to its end.
    child.on('close', (code, signal) => ended(signal ?? `exit code ${code ?? 'unknown'}`))
    return {
      ...(child.pid !== undefined && { pid: child.pid }),
      tell: message => {
        // A message that can't be sent is lost with the child. `close` reports its end.
        if (child.connected) child.send(message, () => undefined)
      },
    }
  }
}

/**
 * Kills a child that is silent for too long. It counts its own checks and not the time. Otherwise all children would be killed after
 * the machine was suspended.
 */
function watchOver(child: ChildProcess, clock: Clock): { heard(): void; stop(): void } {
  const timers = new TimerSet<'check'>(clock)
  let silent = 0
  const wait = (): void =>
    timers.start('check', seconds(1), () => {
      silent += 1
      if (silent > patience) child.kill('SIGKILL')
      else wait()
    })
  wait()
  return { heard: () => (silent = 0), stop: () => timers.stopAll() }
}

/**
 * Starts a thread with the file `entry`, named without its extension. A built worker is JavaScript. One that runs from its source
 * must load tsx itself.
 */
export function newWorker(entry: URL, workerData?: unknown): Worker {
  if (isBuilt) return new Worker(new URL(`${entry.href}.js`), { workerData })
  const source = JSON.stringify(`${entry.href}.ts`)
  const code = `import('tsx/esm/api').then(({ register }) => { register(); return import(${source}) })`
  return new Worker(code, { eval: true, execArgv: [], workerData })
}

/** The command that runs the file `entry`, named without its extension, as a program. */
export const programOf = (entry: URL): readonly string[] => [process.execPath, ...loader(), fileOf(entry)]

const fileOf = (entry: URL): string => fileURLToPath(`${entry.href}${isBuilt ? '.js' : '.ts'}`)
const loader = (): readonly string[] =>
  isBuilt ? [] : ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href]

function newProcess(entry: URL, memory: number): ChildProcess {
  return fork(fileOf(entry), [], {
    execArgv: [...loader(), `--max-old-space-size=${memory}`],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: {},
  })
}

const isBuilt = import.meta.url.endsWith('.js')
