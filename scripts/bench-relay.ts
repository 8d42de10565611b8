import { measureRelay, type RelayFigures, type RelayWay } from './bench/relay.js'

/**
 * `npm run bench:relay -- [SECONDS] [CALLS …]`: talks that pass through the relay, beside the same talks through rtpengine in userspace
 * (Debian's package rtpengine-daemon) and beside phones that send to each other. `recorded`: the relay also records each talk. All in one run, because machines differ.
 */
const [duration = 10, ...counts] = process.argv.slice(2).map(Number)

for (const calls of counts.length > 0 ? counts : [150, 350]) {
  const all: RelayFigures[] = []
  for (const way of ['direct', 'carillon', 'recorded', 'rtpengine'] as const) {
    const figures = await tried(way, calls)
    if (!figures) continue
    all.push(figures)
    console.log(line(figures))
  }
  const [ours, theirs] = (['carillon', 'rtpengine'] as const).map(way => all.find(each => each.way === way)?.cpu ?? 0)
  const recorded = all.find(({ way }) => way === 'recorded')?.cpu ?? 0
  if (ours && recorded) console.log(`  recording: ${(((recorded - ours) * 10) / calls).toFixed(2)} ms of CPU a second for a talk`)
  if (ours && theirs) console.log(`  CPU of a call: ${(ours / theirs).toFixed(2)} times that of rtpengine`)
}

async function tried(way: RelayWay, calls: number): Promise<RelayFigures | undefined> {
  try {
    return await measureRelay(way, calls, duration)
  } catch (error) {
    console.log(`${way}: ${error instanceof Error ? error.message : String(error)}`)
    return undefined
  }
}

function line({ way, calls, cpu, packets, expected, delayMedianMs, delayP99Ms, jitterP99Ms }: RelayFigures): string {
  const lost = Math.max(0, 100 - (packets * 100) / expected)
  const delay = `delay ${delayMedianMs.toFixed(2)} ms, p99 ${delayP99Ms.toFixed(2)} ms, jitter p99 ${jitterP99Ms.toFixed(2)} ms`
  return `${way.padEnd(10)}${String(calls).padStart(4)} calls: ${cpu.toFixed(0).padStart(3)} % of a core, ${delay}, ${lost.toFixed(1)} % of packets missing`
}
