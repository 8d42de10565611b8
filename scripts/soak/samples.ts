import { readdir, readFile } from 'node:fs/promises'
import { z } from 'zod'

/** The resources of the server at one moment, after a garbage collection. */
export interface Sample {
  /** Seconds since its process began. */
  readonly at: number
  /** Calls that were over by then. */
  readonly calls: number
  readonly heapMiB: number
  /** Buffers outside of V8's heap. */
  readonly externalMiB: number
  readonly rssMiB: number
  readonly descriptors: number
  /** Timers, sockets and so on that keep its event loop running. */
  readonly resources: Readonly<Record<string, number>>
}

const line = z.object({
  at: z.number(),
  heapUsed: z.number(),
  external: z.number(),
  rss: z.number(),
  resources: z.record(z.string(), z.number()),
})

/** Runs in the server: at SIGUSR2 it collects garbage and appends a line to that file. */
export function probe(file: string): string[] {
  const code = `
    import { appendFileSync } from 'node:fs'
    process.on('SIGUSR2', () => {
      globalThis.gc()
      const { heapUsed, external, rss } = process.memoryUsage()
      const resources = {}
      for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1
      const line = JSON.stringify({ at: process.uptime(), heapUsed, external, rss, resources })
      appendFileSync(${JSON.stringify(file)}, line + '\\n')
    })`
  return ['--expose-gc', '--import', `data:text/javascript,${encodeURIComponent(code)}`]
}

const mebibyte = 1024 * 1024

/** The samples that the probe wrote. Descriptors are counted from outside. */
export async function readSample(file: string, number: number, pid: number): Promise<Omit<Sample, 'calls'> | undefined> {
  const text = (await readFile(file, 'utf8').catch(() => '')).split('\n')[number]
  if (text === undefined || text === '') return undefined
  const { at, heapUsed, external, rss, resources } = line.parse(JSON.parse(text))
  const descriptors = (await readdir(`/proc/${pid}/fd`)).length
  return {
    at,
    heapMiB: heapUsed / mebibyte,
    externalMiB: external / mebibyte,
    rssMiB: rss / mebibyte,
    descriptors,
    resources,
  }
}

/** The medians of the first and the last third of a server's life, without its warm-up. */
export interface Trend {
  readonly samples: number
  readonly first: number
  readonly last: number
}

/** The warm-up: Node compiles frequent code, and the memory for SIP messages fills up. A shorter life can't be judged. */
const warmUp = { seconds: 120, share: 0.4, shortest: 200 }
const fewest = 6
/** The stories of this many finished calls are kept (observability/stories). Until then the heap grows with each call. */
export const remembered = 10_000

/** Undefined if the life was too short. `calls`: how many must be over before it counts. */
export function trendOf(samples: readonly Sample[], value: (sample: Sample) => number, calls = 0): Trend | undefined {
  const end = samples.at(-1)?.at ?? 0
  const after = Math.min(warmUp.seconds, end * warmUp.share)
  const counted = samples.filter(sample => sample.at >= after && sample.calls >= calls)
  if (end < warmUp.shortest || counted.length < fewest) return undefined
  const third = Math.floor(counted.length / 3)
  const median = (some: readonly Sample[]): number => medianOf(some.map(value))
  return { samples: counted.length, first: median(counted.slice(0, third)), last: median(counted.slice(-third)) }
}

/** The age in seconds at which servers are compared with each other. */
const sameAge = { from: 60, to: 180 }

/** The heap at an age that most servers reach. Undefined: this one did not. */
export function earlyHeap(samples: readonly Sample[]): number | undefined {
  const counted = samples.filter(({ at }) => at >= sameAge.from && at <= sameAge.to)
  return counted.length < fewest ? undefined : medianOf(counted.map(({ heapMiB }) => heapMiB))
}

export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
