import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

interface Profile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }[]
  readonly samples: readonly number[]
}

/** The functions with the most time of their own, from the profile in the server's folder. */
export function topFunctions(folder: string, most = 25): string[] {
  const file = readdirSync(folder).find(name => name.endsWith('.cpuprofile'))
  if (file === undefined) return ['no profile was written']
  const { nodes, samples } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Profile
  const names = new Map(
    nodes.map(({ id, callFrame }) => [
      id,
      `${callFrame.functionName || '(anonymous)'} ${callFrame.url.split('/').slice(-2).join('/')}:${callFrame.lineNumber + 1}`,
    ]),
  )
  const counts = new Map<string, number>()
  for (const sample of samples) {
    const name = names.get(sample) ?? '?'
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  const idle = counts.get('(idle) :0') ?? 0
  counts.delete('(idle) :0')
  const busy = samples.length - idle
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, most)
    .map(([name, count]) => `${((count / busy) * 100).toFixed(1).padStart(5)} % ${name}`)
}
