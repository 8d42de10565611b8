import { once } from 'node:events'
import { WebSocket } from 'ws'
import { eventually } from '../../../test/wire/harness/eventually.js'
import type { CarillonServer } from '../../../test/wire/harness/server.js'

/** An allocation site in the inspector's profile. */
export interface AllocationNode {
  readonly callFrame: { readonly functionName: string; readonly url: string }
  /** Bytes allocated by this function itself. */
  readonly selfSize: number
  readonly children: readonly AllocationNode[]
}

/** Bytes between two samples of the allocation profiler. */
const samplingInterval = 4_096

/** Runs in the other process. The first time, `setTimeout` gets a counter. */
const countTimers = `(() => {
  if (globalThis.timersSoFar === undefined) {
    globalThis.timersSoFar = 0
    const arm = globalThis.setTimeout
    globalThis.setTimeout = (...given) => { globalThis.timersSoFar += 1; return arm(...given) }
  }
  return globalThis.timersSoFar
})()`

/** The inspector of another Node process (the Chrome DevTools Protocol), which runs with `--inspect=127.0.0.1:0`. */
export class Inspector {
  readonly #waiting = new Map<number, (result: unknown) => void>()
  #lastId = 0

  private constructor(private readonly socket: WebSocket) {
    socket.on('error', error => console.error(`the inspector's connection failed: ${error.message}`))
    socket.on('message', data => {
      const { id, result } = JSON.parse((data as Buffer).toString('utf8')) as { id?: number; result?: unknown }
      if (id === undefined) return
      this.#waiting.get(id)?.(result)
      this.#waiting.delete(id)
    })
  }

  /** The inspector of a server that runs with `--inspect`. */
  static async of(server: CarillonServer): Promise<Inspector> {
    let found: string | undefined
    await eventually('the inspector listens', () => {
      found = /ws:\/\/\S+/.exec(server.stray.join('\n'))?.[0]
      return found !== undefined
    })
    return Inspector.#connect(found ?? '')
  }

  /** `url`: from the process's stderr, "Debugger listening on ws://…". */
  static async #connect(url: string): Promise<Inspector> {
    const socket = new WebSocket(url, { maxPayload: 1024 * 1024 * 1024 })
    await once(socket, 'open')
    return new Inspector(socket)
  }

  /** Starts to sample allocations, including objects that are collected meanwhile. */
  async startSampling(): Promise<void> {
    const collected = { includeObjectsCollectedByMajorGC: true, includeObjectsCollectedByMinorGC: true }
    await this.#ask('HeapProfiler.startSampling', { samplingInterval, ...collected })
  }

  async stopSampling(): Promise<AllocationNode> {
    const { profile } = (await this.#ask('HeapProfiler.stopSampling')) as { readonly profile: { readonly head: AllocationNode } }
    return profile.head
  }

  /** How many timers have been armed by `setTimeout` since this was called first. */
  async timersSoFar(): Promise<number> {
    return (await this.#evaluate(countTimers)) as number
  }

  /** Bytes in use, on and beside the JavaScript heap, after a garbage collection. */
  async bytesInUse(): Promise<number> {
    await this.#ask('HeapProfiler.collectGarbage')
    return (await this.#evaluate('(({ heapUsed, external }) => heapUsed + external)(process.memoryUsage())')) as number
  }

  async #evaluate(expression: string): Promise<unknown> {
    const { result } = (await this.#ask('Runtime.evaluate', { expression, returnByValue: true })) as {
      readonly result: { readonly value?: unknown }
    }
    return result.value
  }

  close(): void {
    this.socket.close()
  }

  #ask(method: string, params: object = {}): Promise<unknown> {
    this.#lastId += 1
    const id = this.#lastId
    return new Promise(resolve => {
      this.#waiting.set(id, resolve)
      this.socket.send(JSON.stringify({ id, method, params }))
    })
  }
}

/** The sum of bytes. */
export const totalOf = ({ selfSize, children }: AllocationNode): number =>
  children.reduce((sum, child) => sum + totalOf(child), selfSize)

/** Bytes by function, and the sum. */
export function bytesByFunction(head: AllocationNode): {
  readonly total: number
  readonly functions: ReadonlyMap<string, number>
} {
  const functions = new Map<string, number>()
  let total = 0
  const walk = ({ callFrame, selfSize, children }: AllocationNode): void => {
    const name = `${callFrame.functionName || '(anonymous)'} ${callFrame.url.replace(/^.*\/(?:dist|node_modules)\//, '')}`
    functions.set(name, (functions.get(name) ?? 0) + selfSize)
    total += selfSize
    children.forEach(walk)
  }
  walk(head)
  return { total, functions }
}

/** Bytes by area of src: what Node and V8 allocate counts for the innermost function of ours that asked for it. */
export function bytesByArea(head: AllocationNode): ReadonlyMap<string, number> {
  const areas = new Map<string, number>()
  const walk = ({ callFrame: { url }, selfSize, children }: AllocationNode, outer: string): void => {
    const area = /\/dist\/(.*)\/[^/]+$/.exec(url)?.[1] ?? outer
    areas.set(area, (areas.get(area) ?? 0) + selfSize)
    for (const child of children) walk(child, area)
  }
  walk(head, 'Node')
  return areas
}
