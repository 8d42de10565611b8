import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { eventually } from '../test/wire/harness/eventually.js'
import { Load } from './cluster/load.js'
import { Machine } from './cluster/machine.js'
import { Mover } from './cluster/mover.js'
import { hubAddress, insideHub } from './cluster/namespaces.js'
import { Redis } from './cluster/redis.js'

/**
 * `npm run bench:rolling`: an update of both nodes under load. The node that serves leaves, starts again and stands by, and then the other one.
 * Prints how many calls failed, and the longest silence of a caller who waits with music. The exit code is 1 if a call failed.
 */
const usage = 'npm run bench:rolling -- [--rate 50] [--rounds 2] [--keep]'
const lease = 2_000
/** In ms. */
const talksFor = 1_000

async function measure(): Promise<void> {
  const { values } = parseArgs({
    options: { rate: { type: 'string', default: '50' }, rounds: { type: 'string', default: '2' }, keep: { type: 'boolean' } },
  })
  const [rate, rounds] = [Number(values.rate), Number(values.rounds)]
  const folder = await mkdtemp(join(tmpdir(), 'carillon-rolling-'))
  const redis = new Redis(join(folder, 'redis'))
  await redis.start()
  const machines = [new Machine('a', 11, folder, redis.url), new Machine('b', 12, folder, redis.url)] as const
  const mover = new Mover(machines)
  const load = new Load(folder)
  const silences = await listen()
  try {
    const phones = await load.answer({ talks: rate * 4, waits: 0, rings: 1 })
    const media = { engine: 'builtin', noMediaAfter: '10m' }
    const setup = { ...phones, media, workflow: { musicOnHold: { say: 'Please wait' } } }
    await (await machines[0].start(setup)).leads()
    await machines[1].start(setup)
    // The node that starts again is ready to take over after one lease.
    const round = lease + 4_000
    const seconds = Math.ceil((rounds * (round + 3_000)) / 1_000) + 3
    await load.call('waits', 1, 1, seconds * 1_000 + 60_000, 'listener', silences.port)
    const callers = await load.call('talks', rate * seconds, rate, talksFor)
    for (let each = 0; each < rounds; each += 1) {
      await pause(round)
      await replace(machines, mover, setup)
    }
    const { code, errors } = await callers.end
    const records = await eventually('all calls are over', async () => {
      const { leader } = mover
      return leader && (await leader.calls()).length === 1 && (await leader.records())
    })
    const answered = records.filter(({ outcome }) => outcome === 'answered').length
    console.log(`${rate * seconds} calls, ${rate} a second; ${rounds} nodes left and came back`)
    console.log(`answered, with one record: ${answered}; SIPp: ${code === 0 ? 'no call failed' : errors.slice(0, 2_000)}`)
    console.log(`longest silence of a caller who waits: ${silences.longest().toFixed(0)} ms`)
    process.exitCode = code === 0 && answered === rate * seconds ? 0 : 1
  } catch (error) {
    console.error(machines.map(({ server }) => server?.tail()).join('\n---\n'))
    throw error
  } finally {
    silences.close()
    mover.stop()
    await load.stop()
    for (const machine of machines) await machine.die()
    await redis.kill()
    if (!values.keep) await rm(folder, { recursive: true })
    else console.error(`files: ${folder}`)
  }
}

/** The node that serves leaves its calls to the other one, and starts again. */
async function replace(machines: readonly Machine[], mover: Mover, setup: Parameters<Machine['start']>[0]): Promise<void> {
  const { leader } = mover
  const other = machines.find(machine => machine !== leader)
  const before = leader?.server
  if (!leader || !before || !other) throw new Error('nobody leads')
  const began = performance.now()
  before.signal('SIGTERM')
  const code = await before.exited
  const stopped = performance.now()
  await other.server?.leads(30_000)
  const ready = performance.now()
  console.error(
    `${leader.name} ended with ${code} after ${(stopped - began).toFixed(0)} ms; ${other.name} ready ${(ready - stopped).toFixed(0)} ms later`,
  )
  await leader.start(setup)
}

/** Where the caller who waits hears music. */
async function listen() {
  const socket = createSocket('udp4')
  socket.bind(0, hubAddress)
  await once(socket, 'listening')
  let [last, longest] = [Infinity, 0]
  socket.on('message', () => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
  })
  return { port: socket.address().port, longest: () => longest, close: () => void socket.close() }
}

if (process.argv.includes('--help')) console.log(usage)
else if (await insideHub()) await measure()
