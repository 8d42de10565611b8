import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { faults, type FaultName } from './chaos/faults.js'
import { Walk } from './chaos/walk.js'
import { insideHub } from './cluster/namespaces.js'
import { Chance } from './soak/chance.js'

/**
 * `npm run chaos`: a random walk over the faults of a cluster. After each fault it checks that a node serves, that no agent was rung twice or
 * by two nodes, that everybody in a line of callers has kept their place, and that no invariant was violated. The exit code is 1 if something
 * was wrong. With the same seed, the same faults come in the same order.
 */
const names = Object.keys(faults) as FaultName[]
const usage = `npm run chaos -- [--minutes 10] [--times N] [--only ${names.join(',')}] [--seed N] [--rate 3] [--keep]`

async function run(): Promise<void> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '10' },
      times: { type: 'string', default: '1000000' },
      only: { type: 'string', default: names.join(',') },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      rate: { type: 'string', default: '3' },
      keep: { type: 'boolean', default: false },
    },
  })
  const chosen = values.only.split(',').map(word => names.find(name => name === word) ?? fail(word))
  const chance = new Chance(Number(values.seed))
  console.log(`seed ${values.seed}`)
  const folder = await mkdtemp(join(tmpdir(), 'carillon-chaos-'))
  const seconds = Number(values.minutes) * 60
  const walk = await Walk.begin(folder, chance, Number(values.rate), seconds)
  let times = 0
  /** Each fault comes once in a round. */
  let round: FaultName[] = []
  try {
    const until = performance.now() + seconds * 1_000
    for (; times < Number(values.times) && performance.now() < until; times += 1) {
      const before = walk.wrongs.length
      if (round.length === 0) round = chance.shuffled(chosen)
      const said = await walk.fault(round.pop() ?? 'killLeader')
      const wrongs = walk.wrongs.slice(before)
      console.log([`${times + 1} ${said}`, ...wrongs.map(wrong => `  WRONG ${wrong}`)].join('\n'))
      if (wrongs.length > 0) console.error(walk.log)
    }
  } finally {
    await walk.end()
    if (values.keep) console.error(`files: ${folder}`)
    else await rm(folder, { recursive: true })
  }
  console.log(`${times} faults, ${walk.rung} INVITEs to agents, ${walk.wrongs.length} things wrong; seed ${values.seed}`)
  // A node that was just being started would keep this process alive. The command outside ends it.
  process.exit(walk.wrongs.length > 0 ? 1 : 0)
}

function fail(word: string): never {
  throw new Error(`${word} is no fault: ${names.join(', ')}`)
}

if (process.argv.includes('--help')) console.log(usage)
else if (await insideHub()) await run()
