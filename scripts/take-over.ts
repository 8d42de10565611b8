import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { eventually } from '../test/wire/harness/eventually.js'
import type { CallState } from '../test/wire/harness/server.js'
import { Keepalived } from './cluster/keepalived.js'
import { Load, signingIn, type Numbers } from './cluster/load.js'
import { Machine, type CallRecord } from './cluster/machine.js'
import { Mover } from './cluster/mover.js'
import { insideHub } from './cluster/namespaces.js'
import { Redis } from './cluster/redis.js'

/**
 * `npm run bench:take-over`: two machines in network namespaces, and calls that talk, wait and ring. The machine that serves loses its power,
 * and the other one takes over its address, which this command moves, or keepalived. Prints what became of each call. The exit code is 1 if a
 * call was lost that should not be.
 */
const usage = 'npm run bench:take-over -- [--calls 500] [--rate 20] [--keepalived] [--keep]'
/** In ms: calls that changed later than this before the end may be lost (docs/decisions/016). */
const unwritten = 300
const callsUntilDeath = { talks: 60_000, others: 120_000 }

interface Before {
  readonly calls: readonly CallState[]
  readonly diedAt: number
}

async function measure(): Promise<void> {
  const { values } = parseArgs({
    options: {
      calls: { type: 'string', default: '500' },
      rate: { type: 'string', default: '20' },
      keepalived: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
    },
  })
  const [calls, rate] = [Number(values.calls), Number(values.rate)]
  const numbers: Numbers = { talks: Math.round(calls * 0.6), waits: Math.round(calls * 0.3), rings: Math.round(calls * 0.1) }
  const folder = await mkdtemp(join(tmpdir(), 'carillon-take-over-'))
  const redis = new Redis(join(folder, 'redis'))
  await redis.start()
  const [first, second] = [new Machine('a', 11, folder, redis.url), new Machine('b', 12, folder, redis.url)]
  const mover = values.keepalived ? new Keepalived([first, second], folder) : new Mover([first, second])
  const load = new Load(folder)
  try {
    const setup = {
      ...(await load.answer(numbers)),
      media: { engine: 'builtin', noMediaAfter: '10m' },
      workflow: { musicOnHold: { say: 'Please wait' } },
    }
    await (await first.start(setup)).leads()
    await (await second.start(setup)).logged({ event: 'cluster.standsBy' })
    const before = await fillAndKill(first, mover, load, numbers, rate)
    const records = await goOn(second, before)
    process.exitCode = tell(before, records.list, records.found, records.took) ? 0 : 1
  } catch (error) {
    console.error([first, second].map(({ server }) => server?.tail()).join('\n---\n'))
    throw error
  } finally {
    await mover.stop()
    await load.stop()
    for (const machine of [first, second]) await machine.die()
    await redis.kill()
    if (!values.keep) await rm(folder, { recursive: true })
    else console.error(`files: ${folder}`)
  }
}

/** Fills the first machine with calls. New callers arrive until and after its end. */
async function fillAndKill(
  first: Machine,
  mover: Mover | Keepalived,
  load: Load,
  numbers: Numbers,
  rate: number,
): Promise<Before> {
  await load.call('talks', numbers.talks, 50, callsUntilDeath.talks)
  await load.call('waits', numbers.waits, 50, callsUntilDeath.others)
  await eventually('all talk or wait', async () => countOf(await first.calls()) >= numbers.talks + numbers.waits, 60_000)
  await load.call('rings', numbers.rings, 50, callsUntilDeath.others)
  await pause(2_000)
  await load.call('waits', rate * 4, rate, callsUntilDeath.others, 'new-callers')
  await pause(1_500)
  const calls = await first.calls()
  const diedAt = Date.now()
  if (mover instanceof Keepalived) await mover.die(first)
  await first.die()
  console.error(`the machine that served died with ${calls.length} calls`)
  return { calls, diedAt }
}

const countOf = (calls: readonly CallState[]): number =>
  calls.filter(({ state }) => state === 'connected' || state === 'waiting').length

/** Lets the second machine take over, and the calls end. */
async function goOn(second: Machine, { diedAt }: Before) {
  await second.server?.leads(30_000)
  const took = Date.now() - diedAt
  const found = await second.calls()
  for (const agent of signingIn) await second.put(`/api/agents/${encodeURIComponent(agent)}/groups/waits/sign-in`)
  await eventually('all calls are over', async () => (await second.calls()).length === 0, 180_000)
  return { list: await second.records(), found, took }
}

function tell(before: Before, records: readonly CallRecord[], found: readonly CallState[], took: number): boolean {
  const isYoung = ({ since }: CallState): boolean => Date.parse(since) > before.diedAt - unwritten
  const kinds = {
    talked: (call: CallState) => call.state === 'connected',
    waited: (call: CallState) => call.state === 'waiting' && call.offers.length === 0,
    'phone rang': (call: CallState) => call.offers.length > 0 && call.state !== 'connected',
  }
  const foundIds = new Set(found.map(({ callId }) => callId))
  const counted = new Map<string, string[]>()
  for (const { callId, outcome } of records) counted.set(callId, [...(counted.get(callId) ?? []), outcome])
  let isGood = true
  const row = (name: string, calls: readonly CallState[], mayLose: boolean): Record<string, unknown> => {
    const outcomes = calls.map(({ callId }) => counted.get(callId) ?? [])
    const lost = outcomes.filter(each => each.length === 0).length
    const twice = outcomes.filter(each => each.length > 1).length
    const answered = outcomes.filter(each => each.join() === 'answered').length
    if (twice > 0 || (!mayLose && answered < calls.length)) isGood = false
    const restored = calls.filter(({ callId }) => foundIds.has(callId)).length
    return {
      'before the death': name,
      calls: calls.length,
      restored,
      'answered, one record': answered,
      lost,
      'two records': twice,
    }
  }
  const rows = Object.entries(kinds).flatMap(([name, is]) => {
    const calls = before.calls.filter(is)
    return [
      row(
        name,
        calls.filter(call => !isYoung(call)),
        false,
      ),
      row(`${name}, younger than 0.3 s`, calls.filter(isYoung), true),
    ]
  })
  console.log(`ready ${took} ms after the death`)
  console.table(rows)
  const known = new Set(before.calls.map(({ callId }) => callId))
  const after = records.filter(({ callId, arrivedAt }) => !known.has(callId) && Date.parse(arrivedAt) > before.diedAt)
  console.log(
    `calls that came after the death: ${after.length}, answered: ${after.filter(({ outcome }) => outcome === 'answered').length}`,
  )
  console.log(`callers who overtook another: ${overtaken(records.filter(({ callId }) => known.has(callId)))}`)
  return isGood
}

/** How many callers who waited were joined more than 0.1 s before somebody who came earlier. */
function overtaken(records: readonly CallRecord[]): number {
  const waited = records.filter(({ workflow, joinedAt }) => workflow === 'waits' && joinedAt !== null)
  waited.sort((one, other) => Date.parse(one.arrivedAt) - Date.parse(other.arrivedAt))
  let latest = 0
  let count = 0
  for (const { joinedAt } of waited) {
    const at = Date.parse(joinedAt ?? '')
    if (at < latest - 100) count += 1
    latest = Math.max(latest, at)
  }
  return count
}

if (process.argv.includes('--help')) console.log(usage)
else if (await insideHub()) await measure()
